#pragma once
// What a run takes that is likely to stop before its plan's end: the forecast of early_stop.h's units. Pure.

#include "prediction/early_stop.h"
#include "prediction/forecast.h"

namespace carbontracker {

// Time and energy of the whole run until it stops; low and high are 90 %, the end's own doubt in them.
struct EarlyEnd {
  LikelyEnd end;
  Joules joules{}, low{}, high{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
};

// `seen`, `plan` and `prior` as for forecast(); the plan's total is the ceiling. Errc::unavailable with the reason: no forecast, too few
// evaluations, the metric has gone missing, or the rule was met and the run goes on all the same.
[[nodiscard]] Result<EarlyEnd> early_end(const Observed& seen, const Schedule& plan, const Prior* prior, const std::vector<MetricPoint>& metric, const StopRule& rule);

}  // namespace carbontracker
