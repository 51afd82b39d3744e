#include "carbon/corrected_forecast.h"

#include <gtest/gtest.h>

#include <cmath>

#include "carbon/hourly_log.h"

namespace carbontracker {
namespace {

constexpr std::int64_t kFirst = 438288;

IntensityPoint point(std::int64_t hour, double g, double low, double high, bool forecast) {
  return {start_of_hour(kFirst + hour), CarbonIntensity(g), CarbonIntensity(low), CarbonIntensity(high), forecast};
}
IntensitySeries series_of(std::vector<IntensityPoint> points) { return {.about = {}, .points = std::move(points), .step = std::chrono::hours(1)}; }

// Told 100 and measured 200 in the hour before: everything doubles at first, and the correction fades with 12 h.
TEST(CorrectedForecast, TheLastErrorFades) {
  const auto told = series_of({point(0, 100, 90, 110, true), point(1, 100, 90, 110, true), point(13, 100, 100, 100, true)});
  const auto out = corrected_forecast(told, series_of({point(0, 200, 200, 200, false)}), start_of_hour(kFirst + 1));
  ASSERT_EQ(out.points.size(), 2u);  // the hour that is over is left out
  EXPECT_NEAR(out.points[0].g_per_kwh.value(), 200, 1e-9);
  EXPECT_NEAR(out.points[0].low.value(), 180, 1e-9);
  EXPECT_NEAR(out.points[1].g_per_kwh.value(), 129.0454, 1e-3);  // 100 x 2^(1/e)
}

TEST(CorrectedForecast, WithoutAKnownHourItStays) {
  const auto told = series_of({point(5, 100, 90, 110, true)});
  EXPECT_EQ(corrected_forecast(told, series_of({}), start_of_hour(kFirst + 5)).points[0].g_per_kwh.value(), 100);
  EXPECT_EQ(corrected_forecast(told, series_of({point(4, 0, 0, 0, false)}), start_of_hour(kFirst + 5)).points[0].g_per_kwh.value(), 100);
}

TEST(AveragedForecast, IsTheGeometricMean) {
  const auto out = averaged_forecast(series_of({point(0, 100, 50, 200, true), point(1, 300, 300, 300, true)}), series_of({point(0, 400, 100, 1600, true)}));
  EXPECT_NEAR(out.points[0].g_per_kwh.value(), 200, 1e-9);
  EXPECT_NEAR(out.points[0].low.value(), std::sqrt(100.0 * 50.0), 1e-9);    // 200 x 1/2 and 200 x 1/4
  EXPECT_NEAR(out.points[0].high.value(), std::sqrt(400.0 * 800.0), 1e-9);  // 200 x 2 and 200 x 4
}

TEST(AveragedForecast, TakesTheIntervalOfTheOneThatHasIt) {
  const auto out = averaged_forecast(series_of({point(0, 100, 100, 100, true)}), series_of({point(0, 100, 80, 130, true)}));
  EXPECT_NEAR(out.points[0].low.value(), 80, 1e-9);
  EXPECT_NEAR(out.points[0].high.value(), 130, 1e-9);
}

}  // namespace
}  // namespace carbontracker
