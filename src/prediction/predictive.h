#pragma once
// From what a run has shown to a distribution of what is left of it.

#include <optional>

#include "prediction/evaluations.h"
#include "prediction/level.h"
#include "prediction/series.h"

namespace carbontracker {

struct Outlook {
  const Series* series = nullptr;
  const Schedule* plan = nullptr;
  Level seconds;               // per unit
  Level watts;                 // while training
  EvaluationOutlook evaluations;
  bool single = false;         // one stretch of progress only: nothing to compare it with
  bool program_end = false;    // the program's end belongs to the run
  std::optional<double> start; // s of the program's start-up; nothing where the only stretch holds it, if any
  bool within_unit = false;    // less than one unit is done
  bool evaluations_marked = false;
  bool units_hold_evaluations = false;  // the unit is the evaluation
};

struct Totals {
  Distribution seconds, joules;  // of the whole run
};
[[nodiscard]] Totals predict(const Outlook& outlook);

}  // namespace carbontracker
