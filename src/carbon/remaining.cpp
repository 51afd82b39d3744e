#include "carbon/remaining.h"

#include <algorithm>

#include "carbon/grid_forecast.h"

namespace carbontracker {
namespace {

constexpr int kMostLooks = 512;
constexpr Seconds kLook{300};

WallTime after(WallTime from, Seconds length) { return from + std::chrono::duration_cast<std::chrono::milliseconds>(length); }

}  // namespace

CarbonIntensity mean_intensity(const IntensitySeries& series, WallTime from, Seconds length) {
  if (series.points.empty() || !(length.count() > 0)) {
    const IntensityPoint* now = point_at(series, from);
    return now ? now->g_per_kwh : series.about.g_per_kwh;
  }
  std::optional<IntensitySeries> ahead;
  if (!point_at(series, after(from, length))) {
    const WallTime end = std::max(from, series.points.back().start);
    if (auto made = forecast_grid(series, end)) ahead = std::move(*made);
  }
  const int looks = static_cast<int>(std::clamp(length / kLook, 1.0, static_cast<double>(kMostLooks)));
  double sum = 0;
  for (int i = 0; i < looks; ++i) {
    const WallTime when = after(from, length * ((i + 0.5) / looks));
    const IntensityPoint* point = point_at(series, when);
    if (!point && ahead) point = point_at(*ahead, when);
    sum += (point ? point->g_per_kwh : series.about.g_per_kwh).value();
  }
  return CarbonIntensity(sum / looks);
}

}  // namespace carbontracker
