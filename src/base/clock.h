#pragma once
// The one door to time: durations from the steady clock, suspends from the boot clock, dates from the wall clock.

#include <chrono>

#include "carbontracker/units.h"

namespace carbontracker {

// A moment on the steady clock (CLOCK_MONOTONIC), for every duration and every sample.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
// A date, UTC, in milliseconds since 1970; only to join with grid data and to show to people.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] constexpr Seconds seconds_between(Instant from, Instant to) { return Seconds(to - from); }

// Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
  // Time since boot, suspend included: it runs ahead of now() by what was slept.
  [[nodiscard]] virtual std::chrono::nanoseconds since_boot() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

// The machine's clocks; lives as long as the program.
[[nodiscard]] const Clock& system_clock();

}  // namespace carbontracker
