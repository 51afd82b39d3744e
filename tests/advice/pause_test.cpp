#include "advice/pause.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;
const WallTime kNow = std::chrono::sys_days(std::chrono::year(2021) / 7 / 1);

IntensitySeries hourly(const std::vector<double>& values, double mean = 200) {
  IntensitySeries out{.about = {.g_per_kwh = CarbonIntensity(mean), .low = CarbonIntensity(mean), .high = CarbonIntensity(mean)}, .points = {}, .step = 1h};
  for (std::size_t h = 0; h < values.size(); ++h)
    out.points.push_back({kNow + std::chrono::hours(h), CarbonIntensity(values[h]), CarbonIntensity(values[h]), CarbonIntensity(values[h]), true});
  return out;
}
PauseRule above(double g) { return {.above = CarbonIntensity(g), .longest = 2h, .deadline = {}}; }

TEST(Pause, AboveTheLimitUntilTheGridIsClean) {
  const PauseDecision told = decide_pause(above(300), hourly({400, 100, 100, 100}), {.rest = 2h}, kNow);
  EXPECT_TRUE(told.pause);
  EXPECT_EQ(told.until, kNow + 1h);
  EXPECT_FALSE(decide_pause(above(400), hourly({400, 100, 100, 100}), {.rest = 2h}, kNow).pause);  // at it is not above it
}

// 0.95 x 300 = 285: 290 is neither reason to pause nor to go on.
TEST(Pause, BetweenTheTwoLimitsNothingChanges) {
  const auto grid = hourly({290, 290, 290, 100});
  EXPECT_FALSE(decide_pause(above(300), grid, {.rest = 1h}, kNow).pause);
  EXPECT_TRUE(decide_pause(above(300), grid, {.paused = true, .since = kNow, .used = 10min, .rest = 1h}, kNow).pause);
  EXPECT_FALSE(decide_pause(above(300), hourly({284}), {.paused = true, .since = kNow, .used = 10min, .rest = 1h}, kNow).pause);
}

TEST(Pause, MaxPauseIsOfAllPauses) {
  const auto grid = hourly({400, 400, 400, 400, 100, 100});
  EXPECT_EQ(decide_pause(above(300), grid, {.used = 90min, .rest = 4h}, kNow).until, kNow + 30min);
  EXPECT_FALSE(decide_pause(above(300), grid, {.used = 111min, .rest = 4h}, kNow).pause);  // nine minutes are left
  EXPECT_FALSE(decide_pause(above(300), grid, {.paused = true, .since = kNow, .used = 2h, .rest = 4h}, kNow).pause);
}

TEST(Pause, NoneOfLessThanTenMinutes) {
  const auto grid = hourly({400, 100, 100});
  EXPECT_FALSE(decide_pause(above(300), grid, {.rest = 1h}, kNow + 51min).pause);
  EXPECT_TRUE(decide_pause(above(300), grid, {.rest = 1h}, kNow + 49min).pause);
}

TEST(Pause, TenMinutesOfWorkBetweenTwo) {
  const auto grid = hourly({400, 100, 100});
  EXPECT_FALSE(decide_pause(above(300), grid, {.since = kNow + 6min, .rest = 1h}, kNow + 15min).pause);
  EXPECT_TRUE(decide_pause(above(300), grid, {.since = kNow + 5min, .rest = 1h}, kNow + 15min).pause);
}

// Two hours are left and three until the deadline: an hour less the margin of 30 s may be paused.
TEST(Pause, TheDeadlineWins) {
  PauseRule rule = above(300);
  rule.deadline = kNow + 3h;
  const auto grid = hourly({400, 400, 100, 100, 100, 100});
  EXPECT_EQ(decide_pause(rule, grid, {.rest = 2h}, kNow).until, kNow + 1h - 30s);
  EXPECT_FALSE(decide_pause(rule, grid, {.rest = 2h + 55min}, kNow).pause);
  EXPECT_FALSE(decide_pause(rule, grid, {.rest = {}}, kNow).pause);  // nobody knows whether it would be met
  EXPECT_TRUE(decide_pause(rule, grid, {.paused = true, .since = kNow, .used = 1h, .rest = 2h}, kNow + 59min).pause);
  EXPECT_FALSE(decide_pause(rule, grid, {.paused = true, .since = kNow, .used = 1h, .rest = 2h}, kNow + 60min).pause);
}

// An hour of 400 is moved behind two hours of work: to 380 at 02:00. 400 - 380 = 20 g a kW saved, the idle draw of 15 % takes 60.
TEST(Pause, IdleDrawIsWeighed) {
  const auto grid = hourly({400, 100, 380, 380});
  EXPECT_FALSE(decide_pause(above(390), grid, {.rest = 2h}, kNow).pause);
  EXPECT_TRUE(decide_pause(above(390), grid, {.rest = 2h, .idle_share = 0.04}, kNow).pause);  // 16 < 20
}

TEST(Pause, WhereTheEndIsUnknownTheMeanStandsForIt) {
  EXPECT_TRUE(decide_pause(above(300), hourly({400, 100}, 339), {}, kNow).pause);   // 400 x 0.85 = 340
  EXPECT_FALSE(decide_pause(above(300), hourly({400, 100}, 341), {}, kNow).pause);
}

TEST(Pause, AnUnknownPresentIsNoReasonToStandStill) {
  EXPECT_FALSE(decide_pause(above(300), hourly({}), {.rest = 1h}, kNow).pause);
  EXPECT_FALSE(decide_pause(above(300), hourly({}), {.paused = true, .since = kNow, .used = 10min, .rest = 1h}, kNow).pause);
}

}  // namespace
}  // namespace carbontracker
