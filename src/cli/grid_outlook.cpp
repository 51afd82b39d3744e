#include "cli/grid_outlook.h"

#include <algorithm>

#include "carbon/grid_forecast.h"
#include "carbon/hourly_log.h"
#include "carbon/series_file.h"

namespace carbontracker::cli {
namespace {

// The yearly mean for every hour.
IntensitySeries constant_grid(const Place& place, WallTime at, int hours) {
  IntensitySeries out{.about = table_intensity(place), .points = {}, .step = std::chrono::hours(1)};
  for (int h = 0; h < hours; ++h)
    out.points.push_back({start_of_hour(hour_of(at) + h), out.about.g_per_kwh, out.about.low, out.about.high, true});
  return out;
}

const IntensityPoint* last_before(const IntensitySeries& history, WallTime hour) {
  const auto after = std::lower_bound(history.points.begin(), history.points.end(), hour, [](const IntensityPoint& p, WallTime t) { return p.start < t; });
  return after == history.points.begin() ? nullptr : &*std::prev(after);
}

}  // namespace

Result<Outlook> grid_outlook(const OutlookRequest& request) {
  Outlook out;
  out.at = request.at.value_or(system_clock().wall());
  const int hours = std::clamp(request.hours, 1, kGridForecastHours);
  if (request.history.empty()) {
    out.series = constant_grid(request.place, out.at, hours);
    out.constant = true;
    return out;
  }
  const auto history = read_series(request.history, request.column);
  if (!history) return unexpected(history.error());
  auto told = forecast_grid(*history, out.at, hours);
  if (!told) return unexpected(told.error());
  out.series = std::move(*told);
  if (const IntensityPoint* last = last_before(*history, start_of_hour(hour_of(out.at)))) out.series.points.insert(out.series.points.begin(), *last);
  return out;
}

}  // namespace carbontracker::cli
