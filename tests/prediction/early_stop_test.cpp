#include "prediction/early_stop.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace carbontracker
