#pragma once
// How many evaluations are still to come, and what one costs.

#include <vector>

#include "prediction/level.h"
#include "prediction/series.h"

namespace carbontracker {

struct EvaluationCount {
  double weight = 0;   // probability
  double count = 0;    // still to come
  bool last_at_end = false;  // the last of them follows the last unit
};

struct EvaluationOutlook {
  std::vector<EvaluationCount> counts;  // weights sum to 1
  double seconds = 0, joules = 0;       // of one
  double deviation = 0;                 // relative, of `seconds`
  std::size_t seen = 0;
  bool cost_known = false;              // else seconds and joules are a prior's, and wide
  bool told = false;                    // the schedule says when
  bool marked = false;                  // seen as marks; else found as extra time in the units
};

// `level` and `watts`: of training, to give the extras found in the units a power, and a prior a scale.
[[nodiscard]] EvaluationOutlook evaluation_outlook(const Series& series, const Schedule& plan, const Level& level, double watts);

// Positions start, start + every, ... in (after, until], `start` itself included.
[[nodiscard]] double evaluations_between(double start, double every, double after, double until);

}  // namespace carbontracker
