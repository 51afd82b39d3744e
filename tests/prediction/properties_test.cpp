// What must hold of any forecast.

#include <gtest/gtest.h>

#include "prediction/synthetic.h"

namespace carbontracker {
namespace {

const Schedule kForty{40, "epoch"};
double cost(int i) { return (i == 0 ? 25 : 10) * (i % 4 == 3 ? 1.3 : 1); }

TEST(Properties, StretchedInTimeAndScaledInPowerIsTheSameForecast) {
  const auto run = make_run(40, cost, [](int i) { return i < 2 ? 280.0 : 300.0; });
  const auto scaled = make_run(40, [](int i) { return 37 * cost(i); }, [](int i) { return 0.05 * (i < 2 ? 280.0 : 300.0); });
  for (const int done : {1, 3, 10, 25}) {
    const auto a = forecast(run.after_units(done), kForty), b = forecast(scaled.after_units(done), kForty);
    ASSERT_TRUE(a && b) << done;
    EXPECT_NEAR(b->seconds / a->seconds, 37, 37e-6);
    EXPECT_NEAR(b->joules / a->joules, 37 * 0.05, 1e-6);
    EXPECT_NEAR(b->high / a->high, 37 * 0.05, 1e-6);
    EXPECT_NEAR(b->low / a->low, 37 * 0.05, 1e-6);
  }
}

TEST(Properties, CountingInOtherUnitsIsTheSameForecast) {
  const auto run = make_run(40, cost);
  auto steps = run.after_units(20);
  for (auto& point : steps.progress) point.done *= 500;
  const auto a = forecast(run.after_units(20), kForty), b = forecast(steps, {20000, "step"});
  ASSERT_TRUE(a && b);
  EXPECT_NEAR(b->joules / a->joules, 1, 0.02);
}

TEST(Properties, TheIntervalNarrowsAsTheRunGoesOn) {
  const auto run = make_run(40, [](int) { return 10.0; });
  double before = 1e9;
  for (const int done : {1, 2, 10, 20, 30, 39, 40}) {
    const auto f = forecast(run.after_units(done), kForty);
    ASSERT_TRUE(f);
    const double width = (f->high - f->low) / f->joules;
    EXPECT_LT(width, before) << done;
    before = width;
  }
  EXPECT_EQ(before, 0);
}

TEST(Properties, QuantilesRiseAndAgreeWithTheInterval) {
  const auto run = make_run(40, cost);
  const auto f = forecast(run.after_units(8), kForty);
  ASSERT_TRUE(f);
  EXPECT_EQ(f->joules.value(), f->joules_distribution.quantile(0.5));
  EXPECT_EQ(f->low.value(), f->joules_distribution.quantile(0.05));
  EXPECT_EQ(f->seconds_high.count(), f->seconds_distribution.quantile(0.95));
  for (double p = 0; p < 1; p += 0.01) EXPECT_LE(f->joules_distribution.quantile(p), f->joules_distribution.quantile(p + 0.01));
}

TEST(Properties, AHundredThousandStepsKeepTheForecast) {
  Observed seen;
  for (int i = 0; i <= 100000; ++i) {
    seen.progress.push_back({Seconds(0.5 * i), double(i)});
    seen.energy.push_back({Seconds(0.5 * i), Joules(150.0 * i)});
  }
  seen.now = Seconds(50000);
  const auto f = forecast(seen, {400000, "step"});
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->seconds.count() / 200000, 1, 0.02);
  EXPECT_NEAR(f->joules.value() / 6e7, 1, 0.02);
}

TEST(Properties, StepsWithinTheFirstEpochAreEnough) {
  SyntheticRun run;
  for (int step = 1; step <= 100; ++step) run.spend(step == 1 ? 8 : 0.5, 300), run.mark(step / 100.0);
  const auto f = forecast(run.until(20.5), {10, "epoch"});  // 26 steps
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->seconds.count(), 508, 51);  // 7.5 s of compilation and 1,000 x 0.5 s, and whatever validation may come
  EXPECT_LT(f->seconds_low.count(), 508);
  EXPECT_GT(f->seconds_high.count(), 508);
}

TEST(Properties, PowerThatSettlesIsNotGrowth) {
  const auto run = make_run(100, [](int) { return 10.0; }, [](int i) { return 300 * (1 - 0.05 * std::exp(-i / 3.0)); });
  const auto f = forecast(run.after_units(10), {100, "epoch"});
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / run.joules, 1, 0.02);
}

TEST(Properties, AStallIsNotTheNewPace) {
  const auto run = make_run(50, [](int i) { return i == 6 ? 200.0 : 10.0; });
  const auto f = forecast(run.after_units(12), {50, "epoch"});
  ASSERT_TRUE(f);
  EXPECT_LE(f->low.value(), run.joules);
  EXPECT_GE(f->high.value(), run.joules);
  EXPECT_LT(f->joules.value() / run.joules, 1.35);  // mean x N would be 1.48 of it
}

TEST(Properties, AStepOfCostIsTheNewPace) {
  const auto run = make_run(50, [](int i) { return i < 10 ? 10.0 : 20.0; });
  const auto f = forecast(run.after_units(15), {50, "epoch"});
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / run.joules, 1, 0.03);
}

}  // namespace
}  // namespace carbontracker
