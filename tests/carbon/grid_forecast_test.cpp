#include "carbon/grid_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "carbon/grid_model.h"

namespace carbontracker {
namespace {

constexpr std::int64_t kFirst = 438288;  // 2020-01-01T00:00Z

IntensitySeries hourly(std::size_t hours, const std::function<double(std::size_t)>& value) {
  IntensitySeries out{.about = {.provider = "a file"}, .points = {}, .step = std::chrono::hours(1)};
  for (std::size_t h = 0; h < hours; ++h) {
    const CarbonIntensity g(value(h));
    out.points.push_back({start_of_hour(kFirst + static_cast<std::int64_t>(h)), g, g, g, false});
  }
  return out;
}
double daily(std::size_t hour) { return 300 + 100 * std::sin(2 * std::numbers::pi * static_cast<double>(hour % 24) / 24); }
WallTime after(std::size_t hours) { return start_of_hour(kFirst + static_cast<std::int64_t>(hours)); }

TEST(GridForecast, ADayThatRepeatsIsForetoldExactly) {
  constexpr std::size_t kKnown = 10 * 7 * 24 + 5;
  const auto told = forecast_grid(hourly(kKnown, daily), after(kKnown));
  ASSERT_TRUE(told);
  ASSERT_EQ(told->points.size(), 96u);
  EXPECT_EQ(told->points.front().start, after(kKnown));
  for (std::size_t k = 0; k < 96; ++k) {
    EXPECT_NEAR(told->points[k].g_per_kwh.value(), daily(kKnown + k), 0.5) << k;
    EXPECT_TRUE(told->points[k].forecast);
  }
}

TEST(GridForecast, NothingAtOrAfterTheHourIsLookedAt) {
  constexpr std::size_t kKnown = 9 * 7 * 24;
  const auto rising = [](std::size_t h) { return 200 + 0.05 * static_cast<double>(h) + 30 * std::sin(static_cast<double>(h)); };
  const auto plain = forecast_grid(hourly(kKnown, rising), after(kKnown));
  const auto with_future = forecast_grid(hourly(kKnown + 200, [&](std::size_t h) { return h < kKnown ? rising(h) : 9999; }), after(kKnown));
  ASSERT_TRUE(plain && with_future);
  for (std::size_t k = 0; k < 96; ++k) EXPECT_EQ(plain->points[k].g_per_kwh.value(), with_future->points[k].g_per_kwh.value());
}

// A day's wave with a drifting level (first-order noise of 0.98 an hour, as wind makes it), unseen half: nine of ten within the interval.
TEST(GridForecast, TheIntervalHoldsNineOfTen) {
  std::mt19937 random(7);
  std::normal_distribution<double> step(0, 0.04);
  std::vector<double> values;
  double level = 0;
  for (std::size_t h = 0; h < 400 * 24; ++h) {
    level = 0.98 * level + step(random);
    values.push_back(daily(h) * std::exp(level));
  }
  const auto all = hourly_log(hourly(values.size(), [&](std::size_t h) { return values[h]; }), after(values.size()));
  HourlyLog known = *all;
  known.log_g.resize(250 * 24);
  const auto model = GridModel::fit(known);
  ASSERT_TRUE(model);
  int held = 0, count = 0;
  for (std::size_t issue = 250 * 24; issue + kHorizon <= values.size(); issue += 24) {
    const auto told = model->forecast(*all, issue);
    for (std::size_t k = 0; k < kHorizon; ++k, ++count) held += told[k].low <= all->log_g[issue + k] && all->log_g[issue + k] <= told[k].high;
  }
  EXPECT_GT(held, 0.85 * count);
  EXPECT_LT(held, 0.95 * count);
}

TEST(GridForecast, ADayOfHistoryRepeatsItWithAWideInterval) {
  const auto told = forecast_grid(hourly(24, daily), after(24), 24);
  ASSERT_TRUE(told);
  ASSERT_EQ(told->points.size(), 24u);
  EXPECT_NEAR(told->points[6].g_per_kwh.value(), 400, 1e-6);  // sin 90 degrees
  EXPECT_NEAR(told->points[6].high.value(), 400 * std::exp(0.7), 1e-6);
  EXPECT_NEAR(told->points[6].low.value(), 400 * std::exp(-0.7), 1e-6);
}

TEST(GridForecast, LessThanADayIsUnavailable) {
  const auto told = forecast_grid(hourly(12, daily), after(12));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Errc::unavailable);
  EXPECT_NE(told.error().what.find("12 h of history"), std::string::npos) << told.error().what;
}

TEST(GridForecast, AHistoryThatEndsHoursBeforeIsBridgedAndOneThatEndsLongBeforeIsNot) {
  const auto told = forecast_grid(hourly(10 * 24, daily), after(10 * 24 + 5));
  ASSERT_TRUE(told);
  ASSERT_EQ(told->points.size(), 96u);
  EXPECT_EQ(told->points.front().start, after(10 * 24 + 5));
  EXPECT_NEAR(told->points[0].g_per_kwh.value(), daily(5), 1e-6);
  EXPECT_NEAR(told->points[95].g_per_kwh.value(), daily(4), 1e-6);  // hour 100 after the end
  EXPECT_FALSE(forecast_grid(hourly(10 * 24, daily), after(10 * 24 + 25)));
}

TEST(GridForecast, ZerosConstantsAndExtremesStayFiniteAndInOrder) {
  const std::vector<std::function<double(std::size_t)>> shapes{
      [](std::size_t) { return 0.0; }, [](std::size_t) { return 250.0; }, [](std::size_t h) { return h % 24 < 12 ? 0.0 : 500.0; },
      [](std::size_t h) { return h % 1000 == 0 ? 1e9 : 1.0; }};
  for (const auto& shape : shapes) {
    const auto told = forecast_grid(hourly(9 * 7 * 24, shape), after(9 * 7 * 24));
    ASSERT_TRUE(told);
    for (const auto& p : told->points) {
      EXPECT_TRUE(std::isfinite(p.g_per_kwh.value()) && std::isfinite(p.high.value()));
      EXPECT_LE(0, p.low.value());
      EXPECT_LE(p.low.value(), p.g_per_kwh.value());
      EXPECT_LE(p.g_per_kwh.value(), p.high.value());
    }
  }
}

TEST(GridForecast, HoursAreCutToFourDays) {
  EXPECT_EQ(forecast_grid(hourly(48, daily), after(48), 1000)->points.size(), 96u);
  EXPECT_TRUE(forecast_grid(hourly(48, daily), after(48), -3)->points.empty());
}

}  // namespace
}  // namespace carbontracker
