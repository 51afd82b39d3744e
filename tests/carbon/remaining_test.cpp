// The intensity over what is left of a run.

#include "carbon/remaining.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

constexpr WallTime kStart{std::chrono::milliseconds(1'764'064'800'000)};  // 2025-11-25T10:00:00Z

IntensitySeries hours(std::vector<double> figures) {
  IntensitySeries series;
  series.about.g_per_kwh = CarbonIntensity(500);
  series.step = Seconds(3600);
  for (std::size_t i = 0; i < figures.size(); ++i)
    series.points.push_back({kStart + std::chrono::hours(i), CarbonIntensity(figures[i]), CarbonIntensity(figures[i]), CarbonIntensity(figures[i]), false});
  return series;
}

TEST(Remaining, EachHourCountsByItsTime) {
  // 10:00 to 13:00 of 100, 200, 600: the mean is 300; 10:30 to 11:30 is half of 100 and half of 200.
  const auto series = hours({100, 200, 600, 600});
  EXPECT_NEAR(mean_intensity(series, kStart, Seconds(3 * 3600)).value(), 300, 1e-9);
  EXPECT_NEAR(mean_intensity(series, kStart + std::chrono::minutes(30), Seconds(3600)).value(), 150, 1e-9);
}

TEST(Remaining, WithoutPointsItIsTheFigure) {
  EXPECT_EQ(mean_intensity(hours({}), kStart, Seconds(3600)).value(), 500);
  EXPECT_EQ(mean_intensity(hours({100}), kStart, Seconds(0)).value(), 100);
}

TEST(Remaining, BeyondTheSeriesItsForecastGoesOn) {
  // Two days of a grid that is 100 by day and 300 by night: the next day is forecast so, and a whole day's mean is near 200, not the 500 of the table.
  std::vector<double> days;
  for (int i = 0; i < 48; ++i) days.push_back(i % 24 < 12 ? 100 : 300);
  const double mean = mean_intensity(hours(days), kStart + std::chrono::hours(47), Seconds(24 * 3600)).value();
  EXPECT_GT(mean, 150);
  EXPECT_LT(mean, 250);
}

}  // namespace
}  // namespace carbontracker
