#pragma once
// What is remembered of the power limits while a sweep changes them, should the tool and its guardian both be killed (a job's control group as a whole).
// One small file in the data home, locked while the sweep lives; limits of an earlier boot are none of this one's.

#include <string>

#include "base/host.h"
#include "hardware/power_limits.h"
#include "launch/descriptor.h"

namespace carbontracker::cli {

class LimitNote {
 public:
  // Before the first limit is set. Without a data home, or where it cannot be written, nothing is remembered.
  [[nodiscard]] static LimitNote write(const PowerLimits& limits, const Host& host);
  // The limits are as they were.
  void remove();

 private:
  std::string path_;
  Descriptor file_;
};

// Puts back what a sweep that was killed has left, in a process of its own. What was done, for people; empty where nothing was left.
[[nodiscard]] std::string put_back_what_was_left(const Host& host);

}  // namespace carbontracker::cli
