// An earlier run of the same work: its shape is taken, its scale is not.

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace carbontracker
