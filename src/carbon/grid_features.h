#pragma once
// What the regression of the grid sees of the hours before an issue.

#include <array>
#include <span>

#include "carbon/grid_model.h"

namespace carbontracker {

inline constexpr int kFeatures = 24 + 24 + 24 + 7 + 2 + 7 + 2 + 4 + 1;
inline constexpr int kScaledFeatures = 48;               // the first so many set the scale of all
inline constexpr std::size_t kFourWeeks = 28 * 24;       // hours before an issue that are looked at, at least

// The forecast without regression: the mean of the same hour over `days` days, and the last hour's distance from it, fading in two days.
[[nodiscard]] std::array<double, kHorizon> baseline(const HourlyLog& log, std::size_t issue, int days);

// All but the last are to be divided by the scale of the first kScaledFeatures; the last is the constant.
[[nodiscard]] std::array<double, kFeatures> features(const HourlyLog& log, std::size_t issue, int days);

}  // namespace carbontracker
