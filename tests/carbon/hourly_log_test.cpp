#include "carbon/hourly_log.h"

#include <gtest/gtest.h>

#include <cmath>

namespace carbontracker {
namespace {

constexpr std::int64_t kFirst = 438288;  // 2020-01-01T00:00Z: 18262 days since 1970

IntensityPoint at_minute(std::int64_t hour, int minute, double value, bool forecast = false) {
  return {start_of_hour(hour) + std::chrono::minutes(minute), CarbonIntensity(value), CarbonIntensity(value), CarbonIntensity(value), forecast};
}
IntensitySeries series_of(std::vector<IntensityPoint> points) { return {.about = {}, .points = std::move(points), .step = std::chrono::hours(1)}; }
double g(const HourlyLog& log, std::size_t at) { return std::exp(log.log_g.at(at)); }

TEST(HourlyLog, TakesOnlyHoursThatBeginBeforeTheOneAskedFor) {
  const auto log = hourly_log(series_of({at_minute(kFirst, 0, 100), at_minute(kFirst + 1, 0, 110), at_minute(kFirst + 2, 0, 120)}),
                              start_of_hour(kFirst + 2) + std::chrono::minutes(30));
  ASSERT_TRUE(log);
  EXPECT_EQ(log->first_hour, kFirst);
  ASSERT_EQ(log->log_g.size(), 2u);
  EXPECT_NEAR(g(*log, 1), 110, 1e-9);
}

TEST(HourlyLog, AveragesPointsWithinAnHour) {
  const auto log = hourly_log(series_of({at_minute(kFirst, 0, 100), at_minute(kFirst, 15, 200), at_minute(kFirst, 30, 300), at_minute(kFirst, 45, 400)}),
                              start_of_hour(kFirst + 1));
  ASSERT_TRUE(log);
  EXPECT_NEAR(g(*log, 0), 250, 1e-9);  // (100 + 200 + 300 + 400) / 4
}

TEST(HourlyLog, LeavesForecastsAndDamagedValuesOut) {
  const auto log = hourly_log(series_of({at_minute(kFirst, 0, 100), at_minute(kFirst, 30, 900, true), at_minute(kFirst, 45, NAN), at_minute(kFirst, 50, -5)}),
                              start_of_hour(kFirst + 1));
  ASSERT_TRUE(log);
  EXPECT_NEAR(g(*log, 0), 100, 1e-9);
}

TEST(HourlyLog, DrawsAShortGapStraight) {
  const auto log = hourly_log(series_of({at_minute(kFirst, 0, 100), at_minute(kFirst + 4, 0, 140)}), start_of_hour(kFirst + 5));
  ASSERT_TRUE(log);
  ASSERT_EQ(log->log_g.size(), 5u);
  EXPECT_EQ(log->bridged, 3u);
  EXPECT_NEAR(g(*log, 1), 110, 1e-9);
  EXPECT_NEAR(g(*log, 3), 130, 1e-9);
}

TEST(HourlyLog, FillsALongGapFromTheDayBefore) {
  std::vector<IntensityPoint> points;
  for (int h = 0; h < 72; ++h)
    if (h < 30 || h > 40) points.push_back(at_minute(kFirst + h, 0, 100 + h));
  const auto log = hourly_log(series_of(points), start_of_hour(kFirst + 72));
  ASSERT_TRUE(log);
  EXPECT_EQ(log->bridged, 11u);
  EXPECT_NEAR(g(*log, 35), 111, 1e-9);  // hour 11 of the first day
}

TEST(HourlyLog, BeginsAnewAfterAGapOfAWeek) {
  std::vector<IntensityPoint> points;
  for (int h = 0; h < 24; ++h) points.push_back(at_minute(kFirst + h, 0, 100));
  for (int h = 0; h < 10; ++h) points.push_back(at_minute(kFirst + 24 + 168 + h, 0, 300));
  const auto log = hourly_log(series_of(points), start_of_hour(kFirst + 400));
  ASSERT_TRUE(log);
  EXPECT_EQ(log->first_hour, kFirst + 24 + 168);
  EXPECT_EQ(log->log_g.size(), 10u);
}

TEST(HourlyLog, NothingBeforeTheHourIsUnavailable) {
  const auto log = hourly_log(series_of({at_minute(kFirst + 5, 0, 100)}), start_of_hour(kFirst + 5));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Errc::unavailable);
}

TEST(HourlyLog, AZeroCountsAsOneHundredthOfTheMean) {
  const auto log = hourly_log(series_of({at_minute(kFirst, 0, 0), at_minute(kFirst + 1, 0, 200)}), start_of_hour(kFirst + 2));
  ASSERT_TRUE(log);
  EXPECT_NEAR(g(*log, 0), 1, 1e-9);  // mean 100
}

}  // namespace
}  // namespace carbontracker
