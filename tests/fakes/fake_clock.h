#pragma once
// A clock that moves only when told to.

#include <atomic>

#include "base/clock.h"

namespace carbontracker {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return Instant(std::chrono::nanoseconds(steady_.load())); }
  std::chrono::nanoseconds since_boot() const override { return std::chrono::nanoseconds(steady_.load() + slept_.load()); }
  WallTime wall() const override {
    return WallTime(std::chrono::milliseconds(wall_start_ms_.load() + (steady_.load() + slept_.load()) / 1'000'000));
  }
  void advance(Seconds by) { steady_ += std::chrono::duration_cast<std::chrono::nanoseconds>(by).count(); }
  void suspend(Seconds by) { slept_ += std::chrono::duration_cast<std::chrono::nanoseconds>(by).count(); }
  void step_wall(Seconds by) { wall_start_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(by).count(); }

 private:
  std::atomic<std::int64_t> steady_{1'000'000'000'000};
  std::atomic<std::int64_t> slept_{0};
  std::atomic<std::int64_t> wall_start_ms_{1'764'064'800'000 - 1'000'000};  // so that the first wall() is 2025-11-25T10:00:00Z
};

}  // namespace carbontracker
