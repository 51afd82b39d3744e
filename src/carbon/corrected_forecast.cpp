#include "carbon/corrected_forecast.h"

#include <algorithm>
#include <cmath>

#include "carbon/hourly_log.h"

namespace carbontracker {
namespace {

// Mean logarithm of measured / foretold over the last known hours, 0 where there are none.
double last_error(const IntensitySeries& forecast, const IntensitySeries& measured, WallTime at) {
  double sum = 0;
  int count = 0;
  for (int back = 1; back <= kErrorHours; ++back) {
    const WallTime hour = start_of_hour(hour_of(at) - back);
    const IntensityPoint *told = point_at(forecast, hour), *came = point_at(measured, hour);
    if (!told || !came || came->forecast || told->g_per_kwh.value() <= 0 || came->g_per_kwh.value() <= 0) continue;
    sum += std::log(came->g_per_kwh.value() / told->g_per_kwh.value());
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

bool has_interval(const IntensityPoint& p) { return p.low.value() < p.high.value(); }

double middle(double a, double b) { return std::sqrt(std::max(a, 0.0) * std::max(b, 0.0)); }

IntensityPoint mean_of(const IntensityPoint& a, const IntensityPoint& b) {
  IntensityPoint out = a;
  const double g = middle(a.g_per_kwh.value(), b.g_per_kwh.value());
  const auto moved = [g](const IntensityPoint& p, CarbonIntensity bound) { return p.g_per_kwh.value() > 0 ? bound.value() / p.g_per_kwh.value() * g : g; };
  const IntensityPoint &low = has_interval(a) ? a : b, &high = has_interval(b) ? b : a;
  out.g_per_kwh = CarbonIntensity(g);
  out.low = CarbonIntensity(middle(moved(low, low.low), moved(high, high.low)));
  out.high = CarbonIntensity(middle(moved(low, low.high), moved(high, high.high)));
  return out;
}

}  // namespace

IntensitySeries corrected_forecast(const IntensitySeries& forecast, const IntensitySeries& measured, WallTime at) {
  const double error = last_error(forecast, measured, at);
  IntensitySeries out = forecast;
  out.points.clear();
  for (IntensityPoint point : forecast.points) {
    const auto ahead = hour_of(point.start) - hour_of(at);
    if (ahead < 0) continue;
    const double factor = std::exp(error * std::exp(-static_cast<double>(ahead) / kErrorFading));
    for (CarbonIntensity* g : {&point.g_per_kwh, &point.low, &point.high}) *g = CarbonIntensity(g->value() * factor);
    point.forecast = true;
    out.points.push_back(point);
  }
  return out;
}

IntensitySeries averaged_forecast(const IntensitySeries& first, const IntensitySeries& second) {
  IntensitySeries out = first;
  if (!out.errors) out.errors = second.errors;  // as its interval is
  for (IntensityPoint& point : out.points)
    if (const IntensityPoint* other = point_at(second, point.start)) point = mean_of(point, *other);
  return out;
}

}  // namespace carbontracker
