#include "hardware/load_energy.h"

#include <algorithm>

#include "hardware/cpu_table.h"

namespace carbontracker {

// `load` is that of the CPUs; the quota's share of them is correspondingly busier.
Watts LoadEnergy::power(double load) const {
  return Watts(tdp_ * share_of_tdp(quota_ > 0 ? load * cpus_ / quota_ : 0));
}

Joules LoadEnergy::at(Instant now, const CpuTicks& ticks) {
  const Seconds length = seconds_between(window_start_, now);
  const auto total = ticks.total - at_window_start_.total;
  if (length >= kLoadWindow && total > 0) {
    load_ = static_cast<double>(ticks.busy - at_window_start_.busy) / static_cast<double>(total);
    closed_ += power(load_) * length;
    window_start_ = now;
    at_window_start_ = ticks;
  }
  return reported_ = std::max(reported_, closed_ + power(load_) * seconds_between(window_start_, now));
}

Seconds LoadEnergy::standing_still(Instant now) const { return seconds_between(window_start_, now); }

}  // namespace carbontracker
