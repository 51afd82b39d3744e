#include "advice/green_start.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;
const WallTime kNow = std::chrono::sys_days(std::chrono::year(2021) / 7 / 1);

IntensitySeries hourly(const std::vector<double>& values) {
  IntensitySeries out{.about = {.g_per_kwh = CarbonIntensity(1000), .low = CarbonIntensity(1000), .high = CarbonIntensity(1000)}, .points = {}, .step = 1h};
  for (std::size_t h = 0; h < values.size(); ++h)
    out.points.push_back({kNow + std::chrono::hours(h), CarbonIntensity(values[h]), CarbonIntensity(values[h]), CarbonIntensity(values[h]), true});
  return out;
}

// Two hours from now on are 400 + 300 = 700; from 02:00 on 200 + 100 = 300: 57.1 % less.
TEST(GreenStart, WaitsForTheLeastSum) {
  const GreenStart told = green_start(hourly({400, 300, 200, 100, 500}), kNow, 2h, kNow + 5h);
  EXPECT_TRUE(told.waits());
  EXPECT_EQ(told.start, kNow + 2h);
  EXPECT_NEAR(told.saved_percent, 100 * 4.0 / 7, 1e-9);
}

TEST(GreenStart, TheWorkEndsByTheDeadline) {
  const GreenStart told = green_start(hourly({400, 300, 200, 100, 500}), kNow, 2h, kNow + 3h + 30min);
  EXPECT_TRUE(told.waits());
  EXPECT_EQ(told.start, kNow + 1h + 30min);  // 150 + 200 + 50; ends at 03:30 sharp
}

TEST(GreenStart, StartsWhereNowIsBest) {
  const GreenStart told = green_start(hourly({100, 100, 200, 200}), kNow, 1h, kNow + 4h);
  EXPECT_EQ(told.why, GreenStart::Why::now_is_best);
  EXPECT_EQ(told.start, kNow);
}

TEST(GreenStart, DoesNotWaitForLessThanAPercent) {
  EXPECT_FALSE(green_start(hourly({1000, 991}), kNow, 1h, kNow + 2h).waits());
  EXPECT_TRUE(green_start(hourly({1000, 989}), kNow, 1h, kNow + 2h).waits());
}

TEST(GreenStart, WorkThatNoLongerFitsStartsAtOnce) {
  const GreenStart told = green_start(hourly({400, 300, 200, 100}), kNow, 3h, kNow + 2h);
  EXPECT_EQ(told.why, GreenStart::Why::too_late);
  EXPECT_EQ(told.start, kNow);
  EXPECT_EQ(green_start(hourly({400, 100}), kNow, 1h, kNow - 1h).why, GreenStart::Why::too_late);
}

TEST(GreenStart, AConstantGridIsNoReasonToWait) {
  EXPECT_EQ(green_start(hourly({}), kNow, 1h, kNow + 24h).why, GreenStart::Why::now_is_best);
}

}  // namespace
}  // namespace carbontracker
