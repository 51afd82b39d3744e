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
