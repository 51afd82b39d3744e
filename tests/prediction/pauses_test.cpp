// A pause is no slow progress: what is left of a run is the same after it as before.

#include "prediction/pauses.h"

#include <gtest/gtest.h>

#include "prediction/forecast.h"

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

// Four of ten epochs of 600 s at 100 W, then half an hour at 20 W, then the fifth: seen at its end, or at the end of the pause.
// Work: 5 x 600 s = 3,000 s, 300 kJ. Pause: 1,800 s, 36 kJ.
Observed paused_after_four(bool with_pause, int epochs) {
  Observed seen;
  const Seconds pause = with_pause ? 1800s : 0s;
  for (int i = 1; i <= epochs; ++i) seen.progress.push_back({Seconds(600 * i) + (i > 4 ? pause : 0s), double(i)});
  for (int s = 0; s <= 2400; s += 60) seen.energy.push_back({Seconds(s), Joules(100.0 * s)});
  for (int s = 60; with_pause && s <= 1800; s += 60) seen.energy.push_back({Seconds(2400 + s), Joules(240e3 + 20.0 * s)});
  const double before = with_pause ? 276e3 : 240e3;
  for (int s = 60; epochs > 4 && s <= 600 * (epochs - 4); s += 60) seen.energy.push_back({2400s + pause + Seconds(s), Joules(before + 100.0 * s)});
  seen.now = seen.energy.back().at;
  seen.first_unit_began = Seconds(0);
  if (with_pause) seen.pauses = {{2400s, 4200s}};
  return seen;
}
const Schedule kTen{10, "epoch"};

TEST(Pauses, WhatTheyTookIsTimeAndEnergyBetweenTheirEnds) {
  const Standstill stood = standstill_of(paused_after_four(true, 5));
  EXPECT_DOUBLE_EQ(stood.seconds.count(), 1800);
  EXPECT_NEAR(stood.joules.value(), 36e3, 1e-6);
}

TEST(Pauses, WithoutThemTheRunIsAsIfItHadNeverStopped) {
  const Observed out = without_pauses(paused_after_four(true, 5)), never = paused_after_four(false, 5);
  EXPECT_EQ(out.now, never.now);
  ASSERT_EQ(out.progress.size(), never.progress.size());
  for (std::size_t i = 0; i < out.progress.size(); ++i) EXPECT_EQ(out.progress[i].at, never.progress[i].at);
  ASSERT_EQ(out.energy.size(), never.energy.size());
  for (std::size_t i = 0; i < out.energy.size(); ++i) {
    EXPECT_EQ(out.energy[i].at, never.energy[i].at) << i;
    EXPECT_NEAR(out.energy[i].cumulative.value(), never.energy[i].cumulative.value(), 1e-6) << i;
  }
}

// Six epochs are left after four, five after five: 3,600 s and 3,000 s, 360 and 300 kJ, whether or not half an hour was paused between.
TEST(Pauses, WhatIsLeftIsUnchangedByAPauseOfHalfAnHour) {
  const auto before = forecast(paused_after_four(false, 4), kTen), at_its_end = forecast(paused_after_four(true, 4), kTen), after = forecast(paused_after_four(true, 5), kTen);
  const auto never = forecast(paused_after_four(false, 5), kTen);
  ASSERT_TRUE(before && at_its_end && after && never);
  EXPECT_NEAR(before->remaining_seconds().count(), 3600, 36);
  EXPECT_NEAR(at_its_end->remaining_seconds().count(), before->remaining_seconds().count(), 1e-6);
  EXPECT_NEAR(at_its_end->remaining_joules().value(), before->remaining_joules().value(), 1e-6);
  EXPECT_NEAR(after->remaining_seconds().count(), 3000, 30);
  EXPECT_NEAR(after->remaining_joules().value(), 300e3, 3e3);
  EXPECT_NEAR(after->remaining_seconds().count(), never->remaining_seconds().count(), 1e-6);
  // And the whole holds the pause: 4,800 s and 336 kJ of the first five epochs and it.
  EXPECT_DOUBLE_EQ(after->elapsed.count(), 4800);
  EXPECT_DOUBLE_EQ(after->paused.count(), 1800);
  EXPECT_NEAR(after->elapsed_joules.value(), 336e3, 1e-6);
  EXPECT_NEAR(after->seconds_high.count() - after->seconds_low.count(), never->seconds_high.count() - never->seconds_low.count(), 1e-6);
  EXPECT_NEAR(after->joules_distribution.quantile(0.5), after->joules.value(), 1e-6);
}

TEST(Pauses, OneThatLastsYetIsTakenOutUpToNow) {
  Observed seen = paused_after_four(true, 4);
  seen.pauses = {{2400s, std::nullopt}};
  const auto made = forecast(seen, kTen);
  ASSERT_TRUE(made);
  EXPECT_NEAR(made->remaining_seconds().count(), 3600, 36);
  EXPECT_DOUBLE_EQ(made->paused.count(), 1800);
}

TEST(Pauses, WhatMakesNoSenseIsLeftOutAndOverlapsCountOnce) {
  Observed seen = paused_after_four(true, 5);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  seen.pauses = {{3000s, 4200s}, {Seconds(nan), 10s}, {5000s, 4900s}, {2400s, 3600s}, {9000s, std::nullopt}, {-50s, -20s}};
  EXPECT_DOUBLE_EQ(standstill_of(seen).seconds.count(), 1800);
  EXPECT_EQ(without_pauses(seen).now, 3000s);
  Observed empty;
  empty.pauses = {{0s, 10s}};
  EXPECT_EQ(standstill_of(empty).seconds, 0s);
  EXPECT_FALSE(forecast(empty, kTen));
}

}  // namespace
}  // namespace carbontracker
