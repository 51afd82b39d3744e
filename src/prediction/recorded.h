#pragma once
// The forecast of a recorded, partial run: what `carbontracker forecast --power FILE --events FILE --total N` prints. Pure.

#include <optional>

#include "prediction/early_forecast.h"
#include "prediction/trace.h"

namespace carbontracker {

struct RecordedPlan {
  double total = 0;               // units, see unit_of
  std::optional<double> now;      // s since the run began; by default the trace's last reading or mark
  std::optional<double> eval_start, eval_every;  // in units
  const priors::UnseenEvaluations* unseen_evaluations = nullptr;  // see Schedule
};

// The mark that counts as a unit: `epoch` where the trace has an epoch_stop, else `block`, else `eval`; where the whole trace
// holds exactly `total` marks of one of them, that one (a complete run whose only epoch ends with it counts its blocks or evaluations).
[[nodiscard]] std::string unit_of(const Trace& trace, double total);

// What was known at `now`. Later events and readings are not looked at. An evaluation that training overtakes ends where the next unit begins.
[[nodiscard]] Observed observe(const Trace& trace, const std::string& unit, double now);
// Whether a unit was seen to begin before the evaluation of the one before had ended.
[[nodiscard]] bool evaluation_is_pipelined(const Trace& trace, const std::string& unit, double now);

// `prior`: an earlier, complete run of the same workload.
[[nodiscard]] Result<Forecast> forecast_recorded(const Trace& trace, const RecordedPlan& plan, const Trace* prior = nullptr);

// Where the run is likely to stop by `rule`, by the metric that its marks of that key tell (eval_accuracy, eval_loss), and what it takes
// until then. The plan's total is the ceiling. Errc::unavailable with the reason where fewer than three are seen.
[[nodiscard]] Result<EarlyEnd> early_end_recorded(const Trace& trace, const RecordedPlan& plan, const StopRule& rule, const std::string& metric);

}  // namespace carbontracker
