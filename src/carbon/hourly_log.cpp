#include "carbon/hourly_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace carbontracker {
namespace {

constexpr std::int64_t kLongest = 2 * 8766 + 31 * 24;  // hours: older ones say little about tomorrow
constexpr std::int64_t kDay = 24, kWeek = 7 * kDay, kStraight = 3;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Mean of each hour's points, NaN where there is none.
struct Hours {
  std::int64_t first = 0;
  std::vector<double> sum, count;

  void add(std::int64_t hour, double value) {
    const std::int64_t at = hour - first;
    if (at < 0 || at >= static_cast<std::int64_t>(sum.size())) return;
    sum[static_cast<std::size_t>(at)] += value;
    count[static_cast<std::size_t>(at)] += 1;
  }
};

std::vector<double> means_of(const IntensitySeries& history, std::int64_t first, std::int64_t end) {
  Hours hours{first, std::vector<double>(static_cast<std::size_t>(end - first)), std::vector<double>(static_cast<std::size_t>(end - first))};
  const auto held = std::clamp<std::int64_t>(static_cast<std::int64_t>(history.step.count() / 3600), 1, kDay);
  for (const auto& point : history.points) {
    const double value = point.g_per_kwh.value();
    if (point.forecast || !std::isfinite(value) || value < 0) continue;
    for (std::int64_t h = 0; h < held; ++h) hours.add(hour_of(point.start) + h, value);
  }
  std::vector<double> means(hours.sum.size(), kMissing);
  for (std::size_t i = 0; i < means.size(); ++i)
    if (hours.count[i] > 0) means[i] = hours.sum[i] / hours.count[i];
  return means;
}

// Begins after the last gap of a week; leading and trailing hours without a value are cut off by the caller's bounds.
std::size_t begin_of_use(const std::vector<double>& values) {
  std::size_t begin = 0, gap = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    gap = std::isnan(values[i]) ? gap + 1 : 0;
    if (gap >= kWeek) begin = i + 1;
  }
  while (begin < values.size() && std::isnan(values[begin])) ++begin;
  return begin;
}

// values[begin..end) is missing and has a value on both sides.
void bridge(std::vector<double>& values, std::size_t begin, std::size_t end) {
  const double from = values[begin - 1], to = values[end];
  const auto length = static_cast<double>(end - begin + 1);
  for (std::size_t i = begin; i < end; ++i)
    values[i] = end - begin <= kStraight || i < kDay ? from + (to - from) * static_cast<double>(i - begin + 1) / length : values[i - kDay];
}

std::size_t bridge_all(std::vector<double>& values) {
  std::size_t bridged = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (!std::isnan(values[i])) continue;
    std::size_t end = i;
    while (std::isnan(values[end])) ++end;
    bridge(values, i, end);
    bridged += end - i;
    i = end;
  }
  return bridged;
}

}  // namespace

std::int64_t hour_of(WallTime when) { return std::chrono::floor<std::chrono::hours>(when).time_since_epoch().count(); }
WallTime start_of_hour(std::int64_t hour) { return WallTime(std::chrono::hours(hour)); }

Result<HourlyLog> hourly_log(const IntensitySeries& history, WallTime before) {
  const std::int64_t limit = hour_of(before);
  std::int64_t first = limit, end = limit - kLongest;
  for (const auto& point : history.points) {
    if (point.forecast) continue;
    const std::int64_t hour = hour_of(point.start);
    if (hour >= limit || hour < limit - kLongest) continue;
    first = std::min(first, hour);
    end = std::max(end, hour + 1);
  }
  if (first >= end)
    return unexpected(Errc::unavailable, "forecasting the grid: the history has no measured hour in the two years before the one asked for",
                      "give a history that reaches it, or ask for an hour within it with --at");
  std::vector<double> values = means_of(history, first, end);
  while (!values.empty() && std::isnan(values.back())) values.pop_back();
  const std::size_t begin = begin_of_use(values);
  if (begin >= values.size()) return unexpected(Errc::unavailable, "forecasting the grid: no usable value before the hour asked for");
  values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(begin));

  HourlyLog log{first + static_cast<std::int64_t>(begin), {}, bridge_all(values)};
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  const double least = std::max(mean * 0.01, 1e-3);
  for (double value : values) log.log_g.push_back(std::log(std::max(value, least)));
  return log;
}

}  // namespace carbontracker
