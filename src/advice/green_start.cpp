#include "advice/green_start.h"

namespace carbontracker {

GreenStart green_start(const IntensitySeries& grid, WallTime now, Seconds length, WallTime deadline) {
  // Where only a start is chosen the energy cancels out; one kWh serves.
  const auto plan = plan_work({length, Joules(kJoulesPerKilowattHour)}, {.from = now, .deadline = deadline}, {{"", grid}});
  if (!plan) return {GreenStart::Why::too_late, now};
  const PlanOption& best = plan->options.front();
  if (best.start <= now || best.saved_percent < kLeastSavingPercent) return {GreenStart::Why::now_is_best, now};
  return {GreenStart::Why::later_is_better, best.start, best.saved_percent, best.saved_low, best.saved_high};
}

}  // namespace carbontracker
