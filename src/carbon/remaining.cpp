#include "carbon/remaining.h"

#include <algorithm>

#include "carbon/grid_forecast.h"

namespace carbontracker {
namespace {

constexpr int kMostLooks = 512;
constexpr Seconds kLook{300};

WallTime after(WallTime from, Seconds length) { return from + std::chrono::duration_cast<std::chrono::milliseconds>(length); }

// `behind`: what goes on where the series ends; null: its own figure.
CarbonIntensity mean_of(const IntensitySeries& series, const IntensitySeries* behind, WallTime from, Seconds length) {
  const int looks = static_cast<int>(std::clamp(length / kLook, 1.0, static_cast<double>(kMostLooks)));
  double sum = 0;
  for (int i = 0; i < looks; ++i) {
    const WallTime when = after(from, length * ((i + 0.5) / looks));
    const IntensityPoint* point = point_at(series, when);
    if (!point && behind) point = point_at(*behind, when);
    sum += (point ? point->g_per_kwh : series.about.g_per_kwh).value();
  }
  return CarbonIntensity(sum / looks);
}

}  // namespace

CarbonIntensity mean_told(const IntensitySeries& series, WallTime from, Seconds length) {
  return mean_of(series, nullptr, from, std::max(length, Seconds(0)));
}

CarbonIntensity mean_intensity(const IntensitySeries& series, WallTime from, Seconds length) {
  if (series.points.empty() || !(length.count() > 0)) return mean_told(series, from, Seconds(0));
  std::optional<IntensitySeries> behind;
  if (!point_at(series, after(from, length))) {
    const WallTime end = std::max(from, series.points.back().start);
    if (auto made = forecast_grid(series, end)) behind = std::move(*made);
  }
  return mean_of(series, behind ? &*behind : nullptr, from, length);
}

}  // namespace carbontracker
