#include "carbon/grid_features.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace carbontracker {
namespace {

using Day = std::array<double, 24>;

constexpr double kFading = 48;       // hours
constexpr double kYear = 8766;       // hours
// What is less telling weighs less: the penalty is the same for all features.
constexpr double kSecondDay = 0.6, kMonth = 0.6, kWeekday = 0.6, kLevel = 0.5, kSeason = 0.3, kConstant = 0.3;
constexpr double kRecentGain = 2, kRecentHours = 6;

double mean(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

std::span<const double> before(const HourlyLog& log, std::size_t issue, std::size_t from, std::size_t to) {
  return std::span(log.log_g).subspan(issue - from, from - to);
}

// Mean of each of the next 24 hours of the day over the last `days` days.
Day same_hours(const HourlyLog& log, std::size_t issue, int days) {
  Day out{};
  const auto past = before(log, issue, static_cast<std::size_t>(days) * 24, 0);
  for (std::size_t i = 0; i < past.size(); ++i) out[i % 24] += past[i] / days;
  return out;
}

}  // namespace

std::array<double, kHorizon> baseline(const HourlyLog& log, std::size_t issue, int days) {
  const Day usual = same_hours(log, issue, days);
  const double last = log.log_g[issue - 1] - usual[23];
  std::array<double, kHorizon> out{};
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = usual[k % 24] + last * std::exp(-static_cast<double>(k + 1) / kFading);
  return out;
}

std::array<double, kFeatures> features(const HourlyLog& log, std::size_t issue, int days) {
  const Day usual = same_hours(log, issue, days), month = same_hours(log, issue, 28);
  const auto yesterday = before(log, issue, 24, 0), day_before = before(log, issue, 48, 24);
  const double level = mean(usual), year = mean(before(log, issue, std::min<std::size_t>(issue, 8760), 0));

  std::array<double, kFeatures> out{};
  std::size_t at = 0;
  const auto put = [&](double value) { out[at++] = value; };
  double day = 0, evening = 0;
  for (std::size_t h = 0; h < 24; ++h) {
    const double off = yesterday[h] - usual[h];
    put(off * (1 + kRecentGain * std::exp(-static_cast<double>(23 - h) / kRecentHours)));
    day += off / 24;
    if (h >= 18) evening += off / 6;
  }
  for (std::size_t h = 0; h < 24; ++h) put((day_before[h] - usual[h]) * kSecondDay);
  for (std::size_t h = 0; h < 24; ++h) put((usual[h] - month[h]) * kMonth);
  for (std::size_t d = 1; d <= 7; ++d) put(mean(before(log, issue, 24 * d, 24 * (d - 1))) - level);
  put(level - mean(month));
  put((mean(month) - year) * kLevel);
  const auto hour = log.first_hour + static_cast<std::int64_t>(issue);
  const auto weekday = static_cast<std::size_t>((hour + 12) / 24 % 7);
  for (std::size_t d = 0; d < 7; ++d) put(d == weekday ? kWeekday : 0);
  // The same evening tells another tomorrow in summer than in winter.
  const double season = 2 * std::numbers::pi * static_cast<double>(hour) / kYear, c = std::cos(season), s = std::sin(season);
  for (double value : {c * kSeason, s * kSeason, day * c, day * s, evening * c, evening * s}) put(value);
  put(kConstant);
  return out;
}

}  // namespace carbontracker
