// An earlier run of the same work: its shape is taken, its scale is not.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "prediction/synthetic.h"

namespace carbontracker {
namespace {

// Late evaluations and a last unit cut short: nothing that the first unit could tell.
double odd_cost(int i) { return i == 0 ? 40 : i == 39 ? 1 : i >= 20 ? 13 : 10; }

Prior prior_of(const SyntheticRun& run, double total) { return {run.until(run.seconds), total, {}, {}}; }

TEST(PriorRun, TheShapeOfAnEarlierRunIsTakenAfterOneUnit) {
  const Prior prior = prior_of(make_run(40, odd_cost), 40);
  // The same work, 1.7 times slower, at 2.5 times the power.
  const auto run = make_run(40, [](int i) { return 1.7 * odd_cost(i); }, [](int) { return 750.0; }, 0.003, 7);
  const auto f = forecast(run.after_units(1), {40, "epoch"}, &prior);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / run.joules, 1, 0.02);
  EXPECT_NEAR(f->seconds.count() / run.seconds, 1, 0.02);
  EXPECT_NE(f->method.find("earlier run"), std::string::npos);
}

TEST(PriorRun, MoreUnitsThanTheEarlierRunHadCostWhatItsLateOnesDid) {
  const Prior prior = prior_of(make_run(40, [](int i) { return i >= 20 ? 13.0 : 10.0; }), 40);
  const auto run = make_run(60, [](int i) { return i >= 20 ? 13.0 : 10.0; }, [](int) { return 300.0; }, 0.003, 3);
  const auto f = forecast(run.after_units(2), {60, "epoch"}, &prior);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / run.joules, 1, 0.02);  // 20 x 10 + 40 x 13 = 720 s
}

TEST(PriorRun, BeforeAnyUnitTheEarlierRunIsTheForecast) {
  const auto earlier = make_run(10, [](int) { return 10.0; });
  const Prior prior = prior_of(earlier, 10);
  const auto f = forecast({}, {10, "epoch"}, &prior);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value(), earlier.joules, 0.01 * earlier.joules);
  EXPECT_LT(f->low.value(), 0.92 * earlier.joules);  // nothing seen of this run: wide
  EXPECT_GT(f->high.value(), 1.08 * earlier.joules);
  EXPECT_EQ(f->done, 0);
}

TEST(PriorRun, AnotherKindOfWorkIsNotFollowed) {
  const Prior prior = prior_of(make_run(40, [](int i) { return 10.0 + i; }), 40);
  const auto run = make_run(40, [](int i) { return i % 3 ? 10.0 : 3.0; });
  const auto with = forecast(run.after_units(12), {40, "epoch"}, &prior), without = forecast(run.after_units(12), {40, "epoch"});
  ASSERT_TRUE(with && without);
  EXPECT_EQ(with->joules, without->joules);
  EXPECT_NE(with->method.find("does not fit"), std::string::npos);
}

TEST(PriorRun, AnEmptyEarlierRunChangesNothing) {
  const Prior nothing;
  const auto run = make_run(10, [](int) { return 10.0; });
  const auto f = forecast(run.after_units(5), {10, "epoch"}, &nothing);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value(), run.joules, 0.02 * run.joules);
  EXPECT_FALSE(forecast({}, {10, "epoch"}, &nothing));
}

// A shared machine: each unit takes 10 s times exp(0.3 z). What one unit took says little of the others.
TEST(PriorRun, OnAMachineThatWaversTheIntervalHolds) {
  constexpr int kPairs = 150;
  const auto constant = [](int) { return 10.0; };
  const auto wavering = [&](unsigned seed) {
    std::mt19937 engine(seed);
    std::normal_distribution<double> normal(0, 0.3);
    return make_run(12, [&](int) { return 10 * std::exp(normal(engine)); }, [](int) { return 300.0; }, 0, seed);
  };
  for (const int done : {1, 2, 6, 10}) {
    int held = 0;
    for (unsigned i = 0; i < kPairs; ++i) {
      const Prior prior = prior_of(wavering(1000 + i), 12);
      const auto run = wavering(5000 + i);
      const auto f = forecast(run.after_units(done), {12, "epoch", {}, {}, 0}, &prior);
      ASSERT_TRUE(f);
      held += f->seconds_low.count() <= run.seconds && run.seconds <= f->seconds_high.count() ? 1 : 0;
    }
    EXPECT_GE(held, 0.77 * kPairs) << "after " << done;
  }
  // A steady machine's interval stays narrow.
  const Prior steady = prior_of(make_run(12, constant), 12);
  const auto f = forecast(make_run(12, constant, [](int) { return 300.0; }, 0.003, 2).after_units(1), {12, "epoch", {}, {}, 0}, &steady);
  ASSERT_TRUE(f);
  EXPECT_LT((f->seconds_high - f->seconds_low) / f->seconds, 0.12);
}

// 6 s of imports from a cold disk, then 2.5 s from memory: the first unit is shorter by 3.5 of 7.5 s, all the others are the same.
TEST(PriorRun, AWarmStartMakesNoShorterUnits) {
  const auto make = [](double start) {
    SyntheticRun run;
    run.spend(start, 100);
    for (int i = 1; i <= 10; ++i) run.spend(1.5, 100), run.mark(i);
    return run;
  };
  const Prior prior = prior_of(make(6), 10);
  const auto run = make(2.5);  // 17.5 s
  auto seen = run.after_units(1);
  seen.first_unit_holds_start = true;
  const auto f = forecast(seen, {10, "epoch", {}, {}, 0}, &prior);
  ASSERT_TRUE(f);
  EXPECT_LT(f->seconds_low.count(), 17.5);
  EXPECT_GT(f->seconds_high.count(), 17.5);
}

}  // namespace
}  // namespace carbontracker
