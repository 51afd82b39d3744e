#pragma once
// Sums over the runs of a project or sweep, and what its remaining trials will take. Pure.

#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"
#include "prediction/distribution.h"

namespace carbontracker {

struct Trial {
  Joules joules{};
  Seconds seconds{};
  bool failed = false;   // interrupted, or an exit code other than 0: its energy was spent all the same
};

struct SweepSum {
  std::size_t runs = 0, failed = 0;
  Joules joules{}, failed_joules{};
  Seconds seconds{};
};
// Trials with a NaN or a negative figure are counted and add nothing.
[[nodiscard]] SweepSum sum_trials(const std::vector<Trial>& trials);

// Of the whole sweep: what is spent and what `remaining` more trials take, drawn from those that were seen, failed ones among them.
// low and high are 90 %.
struct SweepForecast {
  Joules joules{}, low{}, high{}, spent{};
  Seconds seconds{}, seconds_low{}, seconds_high{};  // of machine time, one trial after another
  std::size_t seen = 0, remaining = 0;
};
// Errc::unavailable before the first trial with energy has ended.
[[nodiscard]] Result<SweepForecast> forecast_sweep(const std::vector<Trial>& trials, std::size_t remaining);

}  // namespace carbontracker
