#pragma once
// Whether to start now or to wait for a greener hour. Pure.

#include "advice/plan.h"

namespace carbontracker {

// Waiting for less than this is not worth it, in percent: forecasts of the grid are not that good.
inline constexpr double kLeastSavingPercent = 1;

struct GreenStart {
  enum class Why {
    later_is_better,                // the only one that waits
    now_is_best,                    // no start before the deadline saves kLeastSavingPercent
    too_late,                       // started now, the work ends at or after the deadline
  };
  Why why = Why::now_is_best;
  WallTime start{};                 // now, unless later is better
  double saved_percent = 0, saved_low = 0, saved_high = 0;  // against starting now; low and high 90 %

  [[nodiscard]] bool waits() const { return why == Why::later_is_better; }
};

// The work takes `length` and shall have ended by `deadline`. Asked again each hour, with the grid as it is known by then.
[[nodiscard]] GreenStart green_start(const IntensitySeries& grid, WallTime now, Seconds length, WallTime deadline);

}  // namespace carbontracker
