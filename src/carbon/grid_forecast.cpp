#include "carbon/grid_forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "carbon/grid_features.h"
#include "carbon/grid_model.h"

namespace carbontracker {
namespace {

using Hours = std::array<LogHour, kHorizon>;

constexpr std::size_t kDay = 24, kWeek = 7 * kDay;
constexpr std::int64_t kLatest = 24;        // hours by which a history may end before the forecast begins
constexpr double kUnknownSpread = 0.7;      // of the logarithm, half the interval where no past error tells it: half to double
constexpr double kNinety = 1.645;           // half the 90 % interval of a normal distribution in standard deviations

int days_known(std::size_t hours) { return static_cast<int>(std::min(hours, kWeek) / kDay); }

// Root mean square error of the baseline on past issues, by day of the horizon; the number of issues behind it.
struct PastErrors {
  std::array<double, 4> square{};
  std::array<std::size_t, 4> count{};
};

PastErrors past_errors(const HourlyLog& log) {
  PastErrors out;
  const std::size_t end = log.log_g.size();
  for (std::size_t issue = end; issue >= kDay; issue -= kDay) {
    if (days_known(issue) < 1) break;
    const auto told = baseline(log, issue, days_known(issue));
    for (std::size_t k = 0; k < told.size() && issue + k < end; ++k) {
      const double error = log.log_g[issue + k] - told[k];
      out.square[k / kDay] += error * error;
      ++out.count[k / kDay];
    }
  }
  return out;
}

// Half an interval: wider the fewer days it rests on.
double spread(const PastErrors& past, std::size_t day) {
  if (past.count[day] < 2 * kDay) return kUnknownSpread;
  const double days = static_cast<double>(past.count[day]) / kDay;
  return std::max(0.02, kNinety * std::sqrt(past.square[day] / static_cast<double>(past.count[day])) * (1 + 2 / days));
}

Hours simple_forecast(const HourlyLog& log) {
  const auto told = baseline(log, log.log_g.size(), days_known(log.log_g.size()));
  const PastErrors past = past_errors(log);
  Hours out{};
  double widest = 0;
  for (std::size_t k = 0; k < told.size(); ++k) {
    widest = std::max(widest, spread(past, k / kDay));
    out[k] = {told[k], told[k] - widest, told[k] + widest};
  }
  return out;
}

struct Told {
  Hours hours{};
  std::shared_ptr<ErrorPaths> errors;
};

Told told_of(const HourlyLog& log) {
  const auto model = GridModel::fit(log);
  if (!model) return {simple_forecast(log), nullptr};
  return {model->forecast(log, log.log_g.size()), std::make_shared<ErrorPaths>(ErrorPaths{start_of_hour(log.end_hour()), model->errors()})};
}

// Past the model's horizon the same hour of its last day stands, as uncertain as the last hour.
LogHour hour_at(const Hours& hours, std::size_t index) {
  if (index < hours.size()) return hours[index];
  LogHour out = hours[hours.size() - kDay + (index - hours.size()) % kDay];
  const LogHour& last = hours.back();
  out.low = std::min(out.low, out.middle + last.low - last.middle);
  out.high = std::max(out.high, out.middle + last.high - last.middle);
  return out;
}

IntensityPoint point_of(std::int64_t hour, const LogHour& log_hour) {
  const auto g = [](double log_g) { return CarbonIntensity(std::exp(log_g)); };
  return {start_of_hour(hour), g(log_hour.middle), g(std::min(log_hour.low, log_hour.middle)), g(std::max(log_hour.high, log_hour.middle)), true};
}

}  // namespace

Result<IntensitySeries> forecast_grid(const IntensitySeries& history, WallTime at, int hours) {
  const auto log = hourly_log(history, at);
  if (!log) return unexpected(log.error());
  const std::int64_t first = hour_of(at), missing = first - log->end_hour();
  if (log->log_g.size() < kDay)
    return unexpected(Errc::unavailable, fmt::format("forecasting the grid: {} h of history, a day at least is needed", log->log_g.size()), "give a longer history");
  if (missing > kLatest)
    return unexpected(Errc::unavailable, fmt::format("forecasting the grid: the history ends {} h before the hour asked for, a day at most is bridged", missing),
                      "give a history up to that hour, or ask for an earlier one with --at");
  const Told told = told_of(*log);
  IntensitySeries out{.about = history.about, .points = {}, .step = std::chrono::hours(1), .errors = told.errors};
  out.about.note = "forecast by Carbontracker from the hours before";
  for (int h = 0; h < std::clamp(hours, 0, kGridForecastHours); ++h)
    out.points.push_back(point_of(first + h, hour_at(told.hours, static_cast<std::size_t>(missing + h))));
  return out;
}

}  // namespace carbontracker
