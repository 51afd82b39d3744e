// At which progress the values of a metric stand, whatever order they are told in.

#include "tracker/metric_book.h"

#include <gtest/gtest.h>

#include <cmath>

namespace carbontracker {
namespace {

class Metrics : public ::testing::Test {
 protected:
  Metrics() { book_.follow({"val_loss", {std::nullopt, 3, 0, false}}); }
  void progress(MarkKind kind, double done, const std::string& unit = "epoch", const std::string& by = "tqdm") {
    Mark mark;
    mark.kind = kind;
    mark.name = by;
    mark.done = done_ = done;
    mark.unit = unit;
    book_.progressed(mark);
  }
  void value(double value, MetricSource source = MetricSource::line, const std::string& name = "val_loss") {
    Mark mark;
    mark.kind = MarkKind::metric;
    mark.name = name;
    mark.value = value;
    mark.source = source;
    book_.take(mark, done_, Seconds(1));
  }
  std::vector<std::pair<double, double>> points() const {
    std::vector<std::pair<double, double>> out;
    for (const MetricPoint& point : book_.points()) out.emplace_back(point.done, point.value);
    return out;
  }
  using Points = std::vector<std::pair<double, double>>;

  MetricBook book_;
  double done_ = 0;
};

TEST_F(Metrics, AValueAfterAnEpochIsOfThatEpoch) {
  for (int epoch = 1; epoch <= 3; ++epoch) progress(MarkKind::epoch_end, epoch), value(1.0 / epoch);
  EXPECT_EQ(points(), (Points{{1, 1}, {2, 0.5}, {3, 1.0 / 3}}));
}

TEST_F(Metrics, AValueWithinAnEpochIsOfItsEnd) {
  for (int epoch = 0; epoch < 3; ++epoch) progress(MarkKind::epoch_begin, epoch), value(9.0 - epoch);
  EXPECT_EQ(points(), (Points{{1, 9}, {2, 8}, {3, 7}}));
}

// Keras: the last step of an epoch, the value, and the next epoch's first sign.
TEST_F(Metrics, AValueAfterTheLastStepIsOfTheEpochsEnd) {
  progress(MarkKind::epoch_begin, 0), progress(MarkKind::step, 0.9), value(0.5), progress(MarkKind::epoch_begin, 1);
  progress(MarkKind::step, 1.9), value(0.4);
  EXPECT_EQ(points(), (Points{{1, 0.5}, {2, 0.4}}));
}

TEST_F(Metrics, AValueBeforeEachEpochsLineIsOfThatEpoch) {
  for (int epoch = 1; epoch <= 3; ++epoch) value(epoch), progress(MarkKind::epoch_end, epoch);
  EXPECT_EQ(points(), (Points{{1, 1}, {2, 2}, {3, 3}}));
}

TEST_F(Metrics, EvaluationsWithinAnEpochStandWhereTheyCame) {
  progress(MarkKind::step, 0.5), value(3), progress(MarkKind::step, 0.6), progress(MarkKind::step, 1, "epoch", "record"), value(2), progress(MarkKind::step, 1.1);
  EXPECT_EQ(points(), (Points{{0.5, 3}, {1, 2}}));
}

// Lightning's rich bar: each epoch's begins at none of its steps, and the value comes into it before the next.
TEST_F(Metrics, ABarThatBeginsAnEpochWithNoneOfItsStepsDoesNotEndIt) {
  for (int epoch = 0; epoch < 4; ++epoch) {
    progress(MarkKind::step, epoch);
    if (epoch > 0) value(1.0 / epoch, MetricSource::bar);
    value(1.0 / (epoch + 1), MetricSource::bar);
  }
  EXPECT_EQ(points(), (Points{{1, 1}, {2, 0.5}, {3, 1.0 / 3}, {4, 0.25}}));
}

// Hugging Face: the bar is a step ahead of the evaluation's record when that is read.
TEST_F(Metrics, AValueOfAnEpochThatHasJustBegunIsNotOfItsEnd) {
  progress(MarkKind::step, 4.9), progress(MarkKind::step, 5.08), value(0.5);
  EXPECT_EQ(points(), (Points{{5.08, 0.5}}));
}

// Nothing tells where in the epoch: a quarter each.
TEST_F(Metrics, SeveralInAnEpochAreSpreadOverIt) {
  progress(MarkKind::epoch_begin, 2);
  for (const double v : {4, 3, 2, 1}) value(v);
  progress(MarkKind::epoch_begin, 3);
  EXPECT_EQ(points(), (Points{{2.25, 4}, {2.5, 3}, {2.75, 2}, {3, 1}}));
}

TEST_F(Metrics, StepsAreWhereTheyAre) {
  progress(MarkKind::step, 500, "step"), value(2), progress(MarkKind::step, 510, "step"), progress(MarkKind::step, 1000, "step"), value(1.5);
  EXPECT_EQ(points(), (Points{{500, 2}, {1000, 1.5}}));
}

// Lightning: the bar of each epoch shows the last validation, a hundred times.
TEST_F(Metrics, ABarIsAnEvaluationWhenItsValueChanges) {
  progress(MarkKind::epoch_begin, 0);
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (int step = 1; step < 5; ++step) {
      progress(MarkKind::step, epoch + step / 5.0);
      if (epoch > 0) value(1.0 / epoch, MetricSource::bar);
    }
    value(1.0 / (epoch + 1), MetricSource::bar);
    progress(MarkKind::epoch_begin, epoch + 1);
    value(1.0 / (epoch + 1), MetricSource::bar);
  }
  EXPECT_EQ(points(), (Points{{1, 1}, {2, 0.5}, {3, 1.0 / 3}}));
}

TEST_F(Metrics, ABarThatStandsStillIsAnEvaluationWhereTheyCameAtThatDistance) {
  for (int epoch = 0; epoch < 4; ++epoch) {
    progress(MarkKind::epoch_begin, epoch), progress(MarkKind::step, epoch + 0.9);
    value(epoch == 0 ? 0.9 : 0.8, MetricSource::bar);  // 0.9, then 0.8 for good
  }
  progress(MarkKind::epoch_begin, 4);
  EXPECT_EQ(points(), (Points{{1, 0.9}, {2, 0.8}, {3, 0.8}, {4, 0.8}}));
}

TEST_F(Metrics, CallsOutrankWhatIsPrinted) {
  progress(MarkKind::epoch_end, 1), value(0.51, MetricSource::line), value(0.5112, MetricSource::call);
  progress(MarkKind::epoch_end, 2), value(0.4123, MetricSource::call), value(0.41, MetricSource::line);
  EXPECT_EQ(points(), (Points{{1, 0.5112}, {2, 0.4123}}));
}

TEST_F(Metrics, OtherMetricsAreKeptButNotFollowed) {
  progress(MarkKind::epoch_end, 1), value(0.9, MetricSource::call, "accuracy"), value(0.3, MetricSource::call);
  progress(MarkKind::epoch_end, 2);
  EXPECT_EQ(points(), (Points{{1, 0.3}}));
  ASSERT_EQ(book_.kept().size(), 2u);
  EXPECT_EQ(book_.kept()[0].name, "accuracy");
  book_.follow({"accuracy", {0.95, std::nullopt, 0, true}});  // from now on that one
  EXPECT_EQ(points(), (Points{{1, 0.9}}));
}

TEST_F(Metrics, WhatIsDoneAgainIsToldAgain) {
  for (int epoch = 1; epoch <= 3; ++epoch) progress(MarkKind::epoch_end, epoch), value(epoch);
  progress(MarkKind::epoch_end, 2), value(20), progress(MarkKind::epoch_end, 3), value(30);
  EXPECT_EQ(points(), (Points{{1, 1}, {2, 20}, {3, 30}}));
}

TEST_F(Metrics, MemoryIsBounded) {
  for (int epoch = 1; epoch <= 20000; ++epoch) progress(MarkKind::epoch_end, epoch), value(epoch);
  EXPECT_LE(book_.kept().size(), 4096u);
  EXPECT_LE(points().size(), 4097u);
}

}  // namespace
}  // namespace carbontracker
