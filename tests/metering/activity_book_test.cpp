#include "metering/activity_book.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace carbontracker {
namespace {

Activity busy(double share) {
  Activity seen;
  seen.busy = share;
  return seen;
}

// 1 s at 1.0, then 4 s at 0.5: (1 + 2) / 5 = 0.6. A silence of a minute counts as 10 s: (3 + 10 x 0) / 15 = 0.2.
TEST(ActivityBook, AnObservationStandsForTheTimeSinceTheLast) {
  ActivityBook book;
  book.observe("gpu0", busy(1), Seconds(1));
  book.observe("gpu0", busy(0.5), Seconds(5));
  ASSERT_EQ(book.totals().size(), 1u);
  EXPECT_DOUBLE_EQ(book.totals()[0].busy, 0.6);
  EXPECT_EQ(book.totals()[0].seen, Seconds(5));
  book.observe("gpu0", busy(0), Seconds(65));
  EXPECT_DOUBLE_EQ(book.totals()[0].busy, 0.2);
}

TEST(ActivityBook, MemoryHasAMeanAndAPeakAndIsAbsentWhereNotTold) {
  ActivityBook book;
  Activity seen;
  seen.memory_used = 2e9, seen.memory_total = 8e9;
  book.observe("gpu0", seen, Seconds(2));
  seen.memory_used = 4e9;
  book.observe("gpu0", seen, Seconds(4));
  book.observe("gpu1", busy(1), Seconds(4));
  const auto totals = book.totals();
  EXPECT_DOUBLE_EQ(*totals[0].memory_mean, 3e9);
  EXPECT_DOUBLE_EQ(*totals[0].memory_peak, 4e9);
  EXPECT_DOUBLE_EQ(*totals[0].memory_total, 8e9);
  EXPECT_EQ(totals[0].seen, Seconds(0));  // of being busy nothing was told
  EXPECT_FALSE(totals[1].memory_mean || totals[1].memory_peak || totals[1].memory_total);
}

// 8 processors for 2 s: 4 s of work of 16 are 25 %; the run's own 3 s are 1.5 processors.
TEST(ActivityBook, ProcessorsAreADeviceToo) {
  ActivityBook book;
  book.observe_cpu({{}, Seconds(2), Seconds(3), Seconds(4), 8}, Seconds(2));
  EXPECT_EQ(book.totals()[0].name, "cpu");
  EXPECT_DOUBLE_EQ(book.totals()[0].busy, 0.25);
  EXPECT_DOUBLE_EQ(*book.totals()[0].own, 1.5);
  EXPECT_EQ(book.totals()[0].cpus, 8);
}

TEST(ActivityBook, AMinuteIsTakenOnceByDevice) {
  ActivityBook book;
  book.observe("gpu0", busy(0.2), Seconds(50));
  book.observe("gpu0", busy(0.4), Seconds(59));   // weights 10 and 9: (2 + 3.6) / 19 = 29.5 %
  book.observe("gpu1", busy(1), Seconds(61));
  EXPECT_EQ(book.take_minute(0), (std::vector<std::uint8_t>{29, kBusyUnknown}));
  EXPECT_EQ(book.take_minute(0), (std::vector<std::uint8_t>{kBusyUnknown, kBusyUnknown}));
  EXPECT_EQ(book.take_minute(1), (std::vector<std::uint8_t>{kBusyUnknown, 100}));
}

TEST(ActivityBook, NonsenseIsNoFigure) {
  ActivityBook book;
  book.observe("gpu0", busy(std::numeric_limits<double>::quiet_NaN()), Seconds(1));
  book.observe("gpu0", busy(7), Seconds(0.5));    // back in time: stands for nothing
  book.observe_cpu({{}, Seconds(0), Seconds(3), Seconds(4), 8}, Seconds(2));
  ASSERT_EQ(book.totals().size(), 1u);
  EXPECT_EQ(book.totals()[0].busy, 0);
}

// A job may use 4 of 64 processors: "more workers, 64 are there" was said of such a run. Busy stays that of the machine: 8 s of 2 s x 64.
TEST(ActivityBook, ProcessorsAndMemoryAreThoseTheJobMayUse) {
  ActivityBook book;
  CpuUsage usage{.at = {}, .elapsed = Seconds(2), .tree = Seconds(7), .busy = Seconds(8), .cpus = 64, .allowed = 4, .resident = 3e9, .memory_limit = 64e9};
  book.observe_cpu(usage, Seconds(2));
  usage.resident = 1e9;
  book.observe_cpu(usage, Seconds(4));
  const ActivityTotal cpu = book.totals().at(0);
  EXPECT_EQ(cpu.cpus, 4);
  EXPECT_DOUBLE_EQ(*cpu.own, 3.5);
  EXPECT_DOUBLE_EQ(cpu.busy, 8.0 / 128);
  EXPECT_DOUBLE_EQ(*cpu.memory_peak, 3e9);
  EXPECT_DOUBLE_EQ(*cpu.memory_mean, 2e9);
  EXPECT_DOUBLE_EQ(*cpu.memory_total, 64e9);
}

}  // namespace
}  // namespace carbontracker
