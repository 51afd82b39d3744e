#include "advice/power_sweep.h"

#include <gmock/gmock.h>

#include <limits>

namespace carbontracker {
namespace {

TEST(PowerSweep, SharesGoEvenlyDownFromTheFullLimit) {
  EXPECT_THAT(sweep_shares(0.5, 3), testing::ElementsAre(1, 0.75, 0.5));
  EXPECT_EQ(sweep_shares(0.9, 0).size(), 2u);
  EXPECT_EQ(sweep_shares(std::numeric_limits<double>::quiet_NaN(), 3).back(), 1);
}

// A machine of 1,000 W at the full limit and 600 W at half of it, that does 10 units a second and 8.
struct Machine {
  PowerSweep sweep;
  double time = 0, units = 0, joules = 0;
  int per_epoch = 1'000'000;
  void step() {
    const double share = sweep.wanted(), each = share == 1 ? 0.1 : 0.125;
    time += each;
    joules += each * (share == 1 ? 1000 : 600);
    units += 1;
    sweep.mark(Seconds(time), static_cast<double>(static_cast<int>(units) % per_epoch), Joules(joules));
    sweep.tick(Seconds(time));
  }
};

TEST(PowerSweep, MeasuresEachLimitOnItsOwn) {
  Machine machine{PowerSweep({1, 0.5}, Seconds(20))};
  for (int i = 0; i < 5000 && !machine.sweep.over(); ++i) machine.step();
  ASSERT_TRUE(machine.sweep.over());
  EXPECT_EQ(machine.sweep.trouble(), "");
  EXPECT_EQ(machine.sweep.wanted(), 1);  // put back
  const auto& points = machine.sweep.points();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_NEAR(points[0].speed(), 10, 1e-6);
  EXPECT_NEAR(points[0].per_unit().value(), 100, 1e-6);  // 1000 W / 10 a second
  EXPECT_NEAR(points[1].speed(), 8, 1e-6);
  EXPECT_NEAR(points[1].per_unit().value(), 75, 1e-6);   // 600 W / 8
  // 5 s to warm up, then 5 s to settle and 20 s to measure at each of two.
  EXPECT_NEAR(machine.time, 55, 1);
}

TEST(PowerSweep, UnitsThatBeginAgainWithEachEpochGoOn) {
  Machine machine{PowerSweep({1, 0.5}, Seconds(4))};
  machine.per_epoch = 7;
  for (int i = 0; i < 5000 && !machine.sweep.over(); ++i) machine.step();
  ASSERT_EQ(machine.sweep.points().size(), 2u);
  // The step that ends an epoch is told as 0 of the next: 6 of 7 are counted, at each limit alike.
  EXPECT_NEAR(machine.sweep.points()[0].speed(), 10 * 6.0 / 7, 0.3);
}

TEST(PowerSweep, EndsWithItsReasonWhereNoProgressIsTold) {
  Machine machine{PowerSweep({1, 0.5}, Seconds(4))};
  while (machine.sweep.points().empty()) machine.step();
  machine.sweep.tick(Seconds(machine.time + 39));
  EXPECT_FALSE(machine.sweep.over());
  machine.sweep.tick(Seconds(machine.time + 41));
  EXPECT_TRUE(machine.sweep.over());
  EXPECT_EQ(machine.sweep.wanted(), 1);
  EXPECT_NE(machine.sweep.trouble(), "");
}

TEST(PowerSweep, NonsenseMovesNothing) {
  PowerSweep sweep({1, 0.5}, Seconds(1));
  for (int i = 0; i < 100; ++i) sweep.mark(Seconds(i), std::numeric_limits<double>::quiet_NaN(), Joules(1));
  EXPECT_TRUE(sweep.points().empty());
  EXPECT_TRUE(PowerSweep({}, Seconds(1)).over());
}

// A card whose best limit lies anywhere: a unit takes 100 J there and more by the square of the distance; below `knee` it is slower than 95 %.
std::vector<SweepPoint> search(double best, double knee, const SweepBounds& bounds, double drift = 0) {
  std::vector<SweepPoint> points;
  while (const auto share = next_share(points, bounds)) {
    const double speed = *share < knee ? 8 : 10, each = 100 * (1 + (*share - best) * (*share - best)) + drift * static_cast<double>(points.size());
    points.push_back({*share, speed * 20, Seconds(20), Joules(each * speed * 20)});
    if (points.size() > 30) break;
  }
  return points;
}

TEST(PowerSweep, TheSearchFindsTheBestLimitBelow) {
  const auto points = search(0.75, 0, {0.5, 1});
  EXPECT_LE(points.size(), 9u);
  EXPECT_NEAR(points[judge(points)->gentle].share, 0.75, 0.05);
  EXPECT_EQ(points.front().share, 1);
  EXPECT_EQ(points.back().share, 1);   // once more
  EXPECT_NEAR(*drift(points), 0, 1e-12);
}

// 350 of 700 W are in force and 500 W would be best: it once tried lower ones alone.
TEST(PowerSweep, TheSearchFindsTheBestLimitAbove) {
  const auto points = search(500.0 / 350, 0, {0.6, 2});
  EXPECT_NEAR(points[judge(points)->gentle].share, 500.0 / 350, 0.13);
  EXPECT_GT(points[judge(points)->gentle].share, 1.2);
}

TEST(PowerSweep, TheSearchKeepsToTheBoundsAndToTheSpeed) {
  for (const auto& point : search(0.1, 0.72, {0.6, 1})) {
    EXPECT_GE(point.share, 0.6 - 1e-12);
    EXPECT_LE(point.share, 1);
  }
  const auto points = search(0.1, 0.72, {0.6, 1});
  EXPECT_NEAR(points[judge(points)->gentle].share, 0.72, 0.06);   // lower ones take less, and are too slow
  EXPECT_NEAR(points[judge(points)->gentle].speed(), 10, 1e-9);
  const auto fixed = search(0.9, 0, {1, 1});                      // no room at all: the one in force, twice
  EXPECT_EQ(fixed.size(), 2u);
  EXPECT_FALSE(judge(fixed));
  EXPECT_EQ(search(1.5, 0, {1, 1.5})[1].share, 1.5);              // room above alone
}

TEST(PowerSweep, DriftIsToldByTheLimitInForceMeasuredAgain) {
  const auto points = search(0.75, 0, {0.5, 1}, 1);
  const double first = 100 * (1 + 0.0625), more = static_cast<double>(points.size() - 1);
  EXPECT_NEAR(*drift(points), more / first, 1e-9);
  EXPECT_FALSE(drift({points[0], points[1]}));
}

SweepPoint point(double share, double speed, double per_unit) { return {share, speed * 10, Seconds(10), Joules(per_unit * speed * 10)}; }

TEST(PowerSweep, TheGentleLimitIsAtMostFivePercentSlower) {
  const auto verdict = judge({point(1, 10, 100), point(0.8, 9.6, 90), point(0.6, 9.4, 70), point(0.5, 5, 95)});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->gentle, 1u);
  EXPECT_EQ(verdict->least, 2u);
  EXPECT_EQ(judge({point(1, 10, 100), point(0.8, 9, 110)})->least, 0u);  // lower limits can cost
  EXPECT_FALSE(judge({point(1, 10, 100)}));
  EXPECT_FALSE(judge({point(0.8, 10, 100), point(0.6, 10, 100)}));
}

}  // namespace
}  // namespace carbontracker
