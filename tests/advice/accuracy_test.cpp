#include "advice/accuracy.h"

#include <gmock/gmock.h>

#include <limits>

namespace carbontracker {
namespace {

using testing::HasSubstr;

ScoredRun run(const char* id, double kwh, double points) { return {id, "", kilowatt_hours(kwh), points}; }

TEST(Accuracy, TheScoreIsATagInPercentOrAShare) {
  RunRecord record;
  record.tags = {{"acc", "0.912"}, {"f1", "88.5"}, {"loss", "2.3e5"}, {"name", "x"}};
  EXPECT_DOUBLE_EQ(*points_of(record, ""), 91.2);
  EXPECT_DOUBLE_EQ(*points_of(record, "f1"), 88.5);
  for (const char* none : {"loss", "name", "top5"}) EXPECT_FALSE(points_of(record, none)) << none;
}

// 90.5 points for 2 kWh, 91.2 for 5.5: 3.5 kWh for 0.7 points, 5 kWh a point.
TEST(Accuracy, WhatThePointsMoreCost) {
  const auto item = cost_per_point(run("b", 5.5, 91.2), {run("b", 5.5, 91.2), run("a", 2, 90.5)});
  ASSERT_TRUE(item);
  EXPECT_THAT(item->seen, HasSubstr("a has 90.5 points for 2 kWh, b 91.2 for 5.5: 5 kWh a point more"));
  EXPECT_NEAR(in_kilowatt_hours(item->saving->high), 3.5, 1e-9);
  EXPECT_EQ(item->saving->low, Joules(0));
  EXPECT_FALSE(cost_per_point(run("a", 2, 90.5), {run("a", 2, 90.5), run("b", 5.5, 91.2)}));  // it is the cheap one
}

TEST(Accuracy, ARunThatAnotherBeats) {
  const auto item = cost_per_point(run("b", 4, 90), {run("b", 4, 90), run("a", 1, 91), run("c", 9, 95)});
  ASSERT_TRUE(item);
  EXPECT_EQ(item->saving->low, item->saving->high);
  EXPECT_NEAR(in_kilowatt_hours(item->saving->high), 3, 1e-9);
  EXPECT_EQ(item->brief, "a is as good at 25 % of the energy");
}

TEST(Accuracy, TheFrontierHasNoBeatenRunAndNoNonsense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto best = frontier({run("d", 9, 91), run("a", 1, 80), run("b", 2, 79), run("c", 3, 91), run("e", nan, 99), run("f", -1, 99), run("g", 1, nan)});
  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].id, "a");
  EXPECT_EQ(best[1].id, "c");
  EXPECT_FALSE(cost_per_point(run("e", nan, 99), {run("a", 1, 80)}));
  EXPECT_FALSE(cost_per_point(run("a", 1, 80), {run("a", 1, 80)}));
}

// A run that keeps its metrics needs no tag: the best of val_acc, not of the training's acc, and not the last.
TEST(Accuracy, TheRunsOwnMetricIsItsScore) {
  RunRecord record;
  record.segments.emplace_back();
  for (const auto& [name, value] : {std::pair("acc", 0.99), std::pair("val_acc", 0.85), std::pair("val_acc", 0.91), std::pair("val_acc", 0.90), std::pair("val_loss", 0.3)})
    record.segments[0].metrics.push_back({Seconds(1), name, 1, "epoch", value});
  EXPECT_DOUBLE_EQ(*points_of(record, ""), 91);
  EXPECT_DOUBLE_EQ(*points_of(record, "acc"), 99);
  record.tags["accuracy"] = "0.93";
  EXPECT_DOUBLE_EQ(*points_of(record, ""), 93);  // what is told by hand outranks it
  EXPECT_FALSE(points_of(record, "perplexity"));
  // In percent, however small its first value.
  RunRecord percent;
  percent.segments.emplace_back();
  for (const double value : {0.5, 61.5, std::nan("")}) percent.segments[0].metrics.push_back({Seconds(1), "Test_top1", 1, "epoch", value});
  EXPECT_DOUBLE_EQ(*points_of(percent, ""), 61.5);
}

}  // namespace
}  // namespace carbontracker
