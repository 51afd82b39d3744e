#pragma once
// A partial run -> a forecast of the whole. Pure: no clock, no files, no state. The model in formulas: docs/method/prediction.md.
// Cost: one pass over the recorded points, then work bounded by kMaxSegments (series.h) whatever their number.

#include <optional>
#include <string>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"
#include "prediction/distribution.h"

namespace carbontracker {

namespace priors {
struct UnseenEvaluations;
}

// What is known of a run so far. Times since the run began; both series in time order (others are sorted, at a cost).
// Points with a NaN, and points after `now`, are left out. Progress that goes back is a restart: what is done again counts as elapsed.
struct ProgressPoint {
  Seconds at{};
  double done = 0;         // units finished (fractions allowed: steps within an epoch)
};
struct EnergyPoint {
  Seconds at{};            // may be before the run began (negative): used only to see the machine's power at rest
  Joules cumulative{};     // since the run began
};
// One evaluation (validation, checkpoint) that was seen: work between units, or inside one.
struct EvaluationSpan {
  Seconds begin{};
  std::optional<Seconds> end;  // nothing while it runs
};
// The run stood still on purpose (run --pause-above): no progress was to be expected, and its power is not the work's.
struct PauseSpan {
  Seconds begin{};
  std::optional<Seconds> end;  // nothing while it lasts
};
struct Observed {
  std::vector<ProgressPoint> progress;
  std::vector<EnergyPoint> energy;
  Seconds now{};
  // Power at the last point of `energy` where a gauge told it: it holds until `now`. Else that of the last stretch does.
  std::optional<Watts> watts_at_last;
  std::vector<EvaluationSpan> evaluations;
  // When the first unit began, where a mark says so: set-up before it is left out of the cost of a unit.
  std::optional<Seconds> first_unit_began;
  // Only ends of units are told, and the first began at some moment after the program did: it holds the program's start-up.
  bool first_unit_holds_start = false;
  // The run ends when its program does: an end of the program (saving, the interpreter's teardown) follows the last unit.
  bool program_end_follows = false;
  // Whether evaluations are reported when they happen, so that none seen means none yet; otherwise a unit's time may hold one.
  bool evaluations_marked = false;
  std::vector<PauseSpan> pauses;
};

inline constexpr double kLastUnitCut = 0.06;

struct Schedule {
  double total = 0;                              // units planned
  std::string unit;                              // "epoch", "step"
  std::optional<double> eval_start, eval_every;  // in units, where known
  // Probability that the run ends before its last unit is done although `total` counts it: a target reached, training stopped early.
  double last_unit_cut = kLastUnitCut;
  bool units_are_evaluations = false;            // a unit ends with its evaluation: none are to be expected besides
  const priors::UnseenEvaluations* unseen_evaluations = nullptr;  // other than priors.h has it: for the back-test that compares them
};

// What an earlier run of the same workload says. Its shape is transferred (cost of unit i, evaluations, end), its scale is not.
struct Prior {
  Observed run;                          // without its pauses
  double total = 0;
  std::optional<Joules> final_joules;    // of the whole earlier run; by default what its last reading says
  std::optional<Seconds> final_seconds;  // by default its `now`
  double doubt = 0;                      // deviation of its cost to this one's (logarithm) where it may be other work; 0: the same
};

// Of the whole run, elapsed part included; low and high are 90 %. The point figures are medians.
struct Forecast {
  Joules joules{}, low{}, high{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
  Joules elapsed_joules{};
  Seconds elapsed{};
  Seconds paused{};        // of `elapsed`; what is still to come holds no further pause
  double done = 0, of = 0;
  std::string unit;
  std::string method;      // what it rests on, for the report: "3 of 10 epochs, warm-up left out"
  Distribution joules_distribution, seconds_distribution;  // any quantile; of the whole run

  [[nodiscard]] Joules remaining_joules() const { return joules - elapsed_joules; }
  [[nodiscard]] Seconds remaining_seconds() const { return seconds - elapsed; }
};

// Errc::unavailable with the reason where no honest forecast exists yet ("no unit has finished", "total unknown").
[[nodiscard]] Result<Forecast> forecast(const Observed& seen, const Schedule& plan, const Prior* prior = nullptr);

}  // namespace carbontracker
