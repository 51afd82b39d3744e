#include "prediction/early_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "prediction/synthetic.h"

namespace carbontracker {
namespace {

// accuracy = 0.9 - 0.5 / done: 0.85 is reached at 10, never 0.95.
std::vector<MetricPoint> accuracy(int upto) {
  std::vector<MetricPoint> points;
  for (int i = 1; i <= upto; ++i) points.push_back({double(i), 0.9 - 0.5 / i});
  return points;
}

TEST(EarlyStop, ATargetIsReachedWhereTheCurveMeetsIt) {
  StopRule rule;
  rule.target = 0.8499;
  const auto end = likely_end(accuracy(5), rule, 100);
  ASSERT_TRUE(end);
  EXPECT_NEAR(end->units, 10, 1);
}

TEST(EarlyStop, ThePlanIsTheCeiling) {
  StopRule rule;
  rule.target = 0.95;
  const auto end = likely_end(accuracy(5), rule, 40);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->units, 40);
}

// Gains fall below 0.01 once 0.5 / (i (i - 1)) < 0.01: from i = 8 on (0.5 / 56). A new best needs 0.01 over the best so far,
// 7: with a patience of 1 the run stops at 8.
TEST(EarlyStop, PatienceRunsOutWhereGainsGetSmall) {
  StopRule rule;
  rule.patience = 1, rule.min_delta = 0.01;
  const auto end = likely_end(accuracy(5), rule, 100);
  ASSERT_TRUE(end);
  EXPECT_NEAR(end->units, 8, 1);
}

TEST(EarlyStop, ALossIsBetterWhenSmaller) {
  StopRule rule;
  rule.target = 0.1501, rule.larger_is_better = false;
  std::vector<MetricPoint> loss;
  for (int i = 1; i <= 5; ++i) loss.push_back({double(i), 0.1 + 0.5 / i});  // 0.15 at 10
  const auto end = likely_end(loss, rule, 100);
  ASSERT_TRUE(end);
  EXPECT_NEAR(end->units, 10, 1);
}

TEST(EarlyStop, ARuleAlreadyMetIsTheEnd) {
  StopRule rule;
  rule.target = 0.7;
  EXPECT_EQ(likely_end(accuracy(5), rule, 100)->units, 3);  // 0.9 - 0.5 / 3 = 0.733
}

TEST(EarlyStop, TooLittleIsAReason) {
  StopRule rule;
  EXPECT_FALSE(likely_end(accuracy(5), rule, 100));
  rule.patience = 3;
  EXPECT_EQ(likely_end(accuracy(2), rule, 100).error().code, Errc::unavailable);
  EXPECT_FALSE(likely_end(accuracy(5), rule, 0));
  EXPECT_FALSE(likely_end({{NAN, 1}, {1, NAN}, {-1, 2}, {0, 0}}, rule, 10));
}

// 0.5, 0.4, then three that are no better: the third is the end.
std::vector<MetricPoint> stalling() { return {{1, 0.5}, {2, 0.4}, {3, 0.41}, {4, 0.4}, {5, 0.45}}; }

TEST(EarlyStop, PatienceCountsWhatIsNoNewBest) {
  StopRule rule;
  rule.patience = 3, rule.larger_is_better = false;
  const auto end = likely_end(stalling(), rule, 100);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->units, 5);
  EXPECT_TRUE(end->met);
  EXPECT_EQ(end->before_plan, 1);
}

// A first evaluation is a new best: no patience is spent on it.
TEST(EarlyStop, APatienceOfNoneIsTheFirstThatIsNoBetter) {
  StopRule rule;
  rule.patience = 0, rule.larger_is_better = false;
  EXPECT_EQ(likely_end(stalling(), rule, 100)->units, 3);
  rule.patience = 1;
  EXPECT_EQ(likely_end(stalling(), rule, 100)->units, 3);
}

// As Keras, Lightning without check_finite, and Hugging Face count it: a comparison with NaN is false.
TEST(EarlyStop, NoNumberIsNoNewBest) {
  StopRule rule;
  rule.patience = 3, rule.larger_is_better = false;
  EXPECT_EQ(likely_end({{1, 0.5}, {2, 0.4}, {3, NAN}, {4, INFINITY}, {5, NAN}}, rule, 100)->units, 5);
  EXPECT_EQ(likely_end({{1, NAN}, {2, NAN}, {3, NAN}}, rule, 100)->units, 3);
  rule.larger_is_better = true;
  rule.target = 0.9;
  EXPECT_EQ(likely_end({{1, 0.5}, {2, INFINITY}, {3, 0.6}, {4, 0.61}}, rule, 100).value().met, false);  // infinite is no target reached
}

TEST(EarlyStop, WhatGetsBetterSteadilyGoesOnToThePlansEnd) {
  StopRule rule;
  rule.patience = 5, rule.larger_is_better = false;
  std::vector<MetricPoint> loss;
  for (int i = 1; i <= 50; ++i) loss.push_back({double(i), 2 - 0.01 * i});
  const auto end = likely_end(loss, rule, 60);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->units, 60);
  EXPECT_LT(end->before_plan, 0.5);
}

TEST(EarlyStop, AMetricThatNeverMovesEndsWithPatience) {
  StopRule rule;
  rule.patience = 10, rule.larger_is_better = false;
  const auto end = likely_end({{1, 0.5}, {2, 0.5}, {3, 0.5}, {4, 0.5}}, rule, 100);  // the best was the first: 10 without a new one end at 11
  ASSERT_TRUE(end);
  EXPECT_EQ(end->units, 11);
}

// Values as they may come: always within what is done and the plan, never a silly number.
TEST(EarlyStop, HostileValuesGiveNoSillyNumber) {
  StopRule rule;
  rule.patience = 4, rule.target = 0.1, rule.larger_is_better = false;
  const std::vector<std::vector<MetricPoint>> cases = {
      {{1, 1e300}, {2, -1e300}, {3, 1e300}, {4, 5}}, {{1, 1}, {1, 2}, {1, 3}, {1, 4}}, {{5, 1}, {4, 2}, {3, 3}, {2, 4}, {6, 3}, {7, 2}},
      {{1e-12, 1}, {1e12, 2}, {2e12, 3}}, {{1, 1}, {2, 1 + 1e-15}, {3, 1}}, {{1, NAN}, {2, 1}, {3, NAN}, {4, 2}, {5, 1}}};
  for (const auto& points : cases) {
    const auto end = likely_end(points, rule, 50);
    if (!end) continue;
    EXPECT_GE(end->units, 0);
    EXPECT_LE(end->units, 50);
    EXPECT_GE(end->before_plan, 0);
    EXPECT_LE(end->before_plan, 1);
  }
}

// Learning curves of four kinds with noise of 0.3 to 3 % of what they gain, patience of 2 to 10, seen up to a fifth, a half and four fifths of
// the way to where they really stop: the 90 % interval holds that in at least three of four moments of each kind, and in 85 % of all.
TEST(EarlyStop, TheIntervalHoldsWhereTrainingsReallyStop) {
  std::mt19937_64 random(11);
  const auto even = [&] { return std::uniform_real_distribution<>(0, 1)(random); };
  std::normal_distribution<> normal;
  int all = 0, held = 0;
  for (int kind = 0; kind < 4; ++kind) {
    int of_kind = 0, held_of_kind = 0;
    for (int run = 0; run < 40; ++run) {
      const double power = 0.3 + 1.2 * even(), time = 5 + 40 * even(), scatter = 0.003 * std::pow(10, even()), turn = 10 + 60 * even(), slope = 0.002 + 0.01 * even();
      const double patience = std::vector<double>{2, 3, 5, 10}[static_cast<std::size_t>(even() * 4)];
      const auto loss = [&](double u) {
        if (kind == 0) return 1 + std::pow(u, -power);
        if (kind == 1) return 1 + std::exp(-u / time);
        if (kind == 2) return 1 + std::pow(u, -power) + slope * u;
        return 1 + std::exp(-3 * u / turn) + slope * std::max(0.0, u - turn);
      };
      std::vector<MetricPoint> points;
      double best = 1e9, waited = 0, end = 200;
      for (int u = 1; u < 200 && end == 200; ++u) {
        points.push_back({double(u), loss(u) + scatter * normal(random)});
        waited = points.back().value < best ? 0 : waited + 1;
        best = std::min(best, points.back().value);
        if (waited >= patience) end = u;
      }
      for (const double part : {0.2, 0.5, 0.8}) {
        const auto upto = static_cast<std::size_t>(std::max(4.0, std::floor(end * part)));
        if (static_cast<double>(upto) >= end) continue;
        StopRule rule;
        rule.patience = patience, rule.larger_is_better = false;
        const auto made = likely_end({points.begin(), points.begin() + static_cast<std::ptrdiff_t>(upto)}, rule, 200);
        ASSERT_TRUE(made);
        ++of_kind;
        held_of_kind += made->distribution.quantile(0.05) <= end && end <= made->distribution.quantile(0.95);
      }
    }
    EXPECT_GE(held_of_kind, of_kind * 3 / 4) << "kind " << kind;
    all += of_kind, held += held_of_kind;
  }
  EXPECT_GE(held, all * 85 / 100) << held << " of " << all;
}

// Nine values of a loss that flattens, patience 3: the 5 % end is 12 epochs, of 10 s at 100 W. Its energy was that of a later end.
TEST(EarlyStop, TheEnergyUntilThenReachesAsFarAsTheEnd) {
  const double losses[] = {0.90, 0.66, 0.52, 0.44, 0.39, 0.36, 0.345, 0.335, 0.33};
  const auto run = make_run(40, [](int) { return 10.0; }, [](int) { return 100.0; });
  std::vector<MetricPoint> metric;
  for (int i = 0; i < 9; ++i) metric.push_back({i + 1.0, losses[i]});
  const auto made = early_end(run.after_units(9), {40, "epoch"}, nullptr, metric, {{}, 3, 0, false});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->end.distribution.quantile(0.05), 12);
  EXPECT_NEAR(made->low.value(), 12 * 1000, 0.02 * 12000);
  EXPECT_NEAR(made->seconds_low.count(), 120, 0.02 * 120);
  const double latest = made->end.distribution.quantile(0.95);
  EXPECT_GE(made->high.value(), 0.95 * latest * 1000);
  EXPECT_LE(made->high.value(), 41000);
}

}  // namespace
}  // namespace carbontracker
