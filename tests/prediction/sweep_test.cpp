#include "prediction/sweep.h"

#include <gtest/gtest.h>

#include <limits>

namespace carbontracker {
namespace {

TEST(Sweep, FailedRunsAreCounted) {
  const auto sum = sum_trials({{Joules(100), Seconds(10)}, {Joules(300), Seconds(30), true}, {Joules(200), Seconds(20)}});
  EXPECT_EQ(sum.runs, 3u);
  EXPECT_EQ(sum.failed, 1u);
  EXPECT_EQ(sum.joules, Joules(600));
  EXPECT_EQ(sum.failed_joules, Joules(300));
  EXPECT_EQ(sum.seconds, Seconds(60));
}

TEST(Sweep, RemainingTrialsCostWhatTheSeenOnesDid) {
  const std::vector<Trial> seen{{Joules(100), Seconds(10)}, {Joules(300), Seconds(30), true}, {Joules(200), Seconds(20)}};
  const auto f = forecast_sweep(seen, 7);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value(), 600 + 7 * 200, 1e-9);
  EXPECT_NEAR(f->seconds.count(), 60 + 7 * 20, 1e-9);
  EXPECT_EQ(f->spent, Joules(600));
  EXPECT_GT(f->low, f->spent);
  EXPECT_LT(f->low, f->joules);
  EXPECT_GT(f->high, f->joules);
}

TEST(Sweep, MoreTrialsSeenMakeItSurer) {
  std::vector<Trial> few, many;
  for (int i = 0; i < 40; ++i) many.push_back({Joules(100 + 10.0 * (i % 5)), Seconds(10)});
  few.assign(many.begin(), many.begin() + 5);
  const auto a = forecast_sweep(few, 20), b = forecast_sweep(many, 20);
  ASSERT_TRUE(a && b);
  EXPECT_GT((a->high - a->low) / (a->joules - a->spent), (b->high - b->low) / (b->joules - b->spent));
  const auto one = forecast_sweep({{Joules(100), Seconds(10)}}, 20);
  ASSERT_TRUE(one);
  EXPECT_GT((one->high - one->low).value(), 0.8 * 2000);  // one trial says nothing of how they differ
}

TEST(Sweep, NothingToRestOnIsAReason) {
  EXPECT_EQ(forecast_sweep({}, 5).error().code, Errc::unavailable);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(forecast_sweep({{Joules(nan), Seconds(1)}}, 5));
  const auto done = forecast_sweep({{Joules(100), Seconds(10)}, {Joules(-5), Seconds(1)}}, 0);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->joules, Joules(100));
  EXPECT_EQ(done->low, done->high);
}

}  // namespace
}  // namespace carbontracker
