#pragma once
// How the hours of a forecast err together: what past forecasts of the same making missed, each as a whole. Two windows of one forecast share
// most of their errors, so that their difference is surer than either.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace carbontracker {

struct ErrorPath {
  double weight = 1;             // recent ones weigh more
  std::vector<float> factor;     // what came over what was foretold, by hour
};

struct ErrorPaths {
  WallTime first{};              // the hour of factor[0]: the first that is foretold
  std::vector<ErrorPath> paths;

  // 1 for an hour that is known; behind the last hour its factor stands.
  [[nodiscard]] static double factor(const ErrorPath& path, std::ptrdiff_t hour) {
    if (hour < 0 || path.factor.empty()) return 1;
    return static_cast<double>(path.factor[std::min(static_cast<std::size_t>(hour), path.factor.size() - 1)]);
  }
  [[nodiscard]] std::ptrdiff_t hour_of(WallTime when) const { return std::chrono::floor<std::chrono::hours>(when - first).count(); }
};

struct WeightedValue {
  double value = 0, weight = 0;
};
// The value that a share of the weight lies at or below; sorts them. 0 where there are none.
[[nodiscard]] double weighted_quantile(std::vector<WeightedValue>& values, double share);

}  // namespace carbontracker
