#pragma once
// Energy of a CPU whose power is a function of its load: the integral behind the cpu model's counter.

#include <cstdint>

#include "base/clock.h"
#include "carbontracker/units.h"
#include "hardware/proc_stat.h"

namespace carbontracker {

// Clock ticks are 10 ms, so load is known only over windows: a window closes at the first reading at least kLoadWindow
// after the last close, and is then charged the power of its mean load for its whole length. Readings inside a window are
// provisional, at the last window's power. The count never steps back: where a provisional figure was too high, it waits.
inline constexpr Seconds kLoadWindow{0.2};

class LoadEnergy {
 public:
  // `cpus` of the chip's logical CPUs at `tdp_w_per_thread`; `quota`: of those, how many CPUs' worth of time may be used
  // (<= cpus). Busy time of other jobs on the same CPUs counts up to the quota, so a quota errs on the high side.
  LoadEnergy(double cpus, double quota, double tdp_w_per_thread, Instant start)
      : cpus_(cpus), quota_(quota), tdp_(quota * tdp_w_per_thread), window_start_(start) {}

  [[nodiscard]] Watts power(double load) const;
  // Energy since the start. `ticks` are sums over the CPUs that never go down.
  [[nodiscard]] Joules at(Instant now, const CpuTicks& ticks);
  // How long no tick was counted: beyond a second or two the file stands still.
  [[nodiscard]] Seconds standing_still(Instant now) const;

 private:
  double cpus_, quota_, tdp_;
  Instant window_start_;
  CpuTicks at_window_start_{};
  double load_ = 0;
  Joules closed_{}, reported_{};
};

}  // namespace carbontracker
