#include "metering/counter.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

constexpr Counter kPackage{Joules(1e-6), 262143328851};  // range 262143328850 uJ: that many values and zero
constexpr Watts kCap(2000);

// B014: 0.07262206146482492 kWh -> 0.00019679474826900597 kWh in 15 s with a range of 262143328850 uJ.
TEST(Counter, B014_ACounterThatWrapsIsCountedOnce) {
  const auto before = static_cast<std::uint64_t>(0.07262206146482492 * 3.6e12);
  const auto now = static_cast<std::uint64_t>(0.00019679474826900597 * 3.6e12);
  const CounterStep step = counter_step(kPackage, before, now, Seconds(15), kCap);
  EXPECT_EQ(step.kind, StepKind::wrapped);
  EXPECT_NEAR(step.energy.value(), 1412.4, 0.05);
}

TEST(Counter, B016_DramWrapsByItsOwnRange) {
  constexpr Counter dram{Joules(1e-6), 65712999614};
  EXPECT_NEAR(counter_step(kPackage, 1000000000, 1010000000, Seconds(1), kCap).energy.value(), 10, 1e-9);
  // 65712999613 - 65712000000 + 2000000 = 2.999613 J, and the one value that max + 1 adds
  EXPECT_NEAR(counter_step(dram, 65712000000, 2000000, Seconds(1), kCap).energy.value(), 2.999613, 62e-6);
}

TEST(Counter, R13_R14_AWrapIsToldFromAReset) {
  const CounterStep wrap = counter_step(kPackage, 262143000000, 500000, Seconds(5), kCap);
  EXPECT_EQ(wrap.kind, StepKind::wrapped);
  EXPECT_NEAR(wrap.energy.value(), 0.828851, 62e-6);
  const CounterStep reset = counter_step(kPackage, 200000000000, 1000, Seconds(1), kCap);  // 62 kJ in a second
  EXPECT_EQ(reset.kind, StepKind::reset);
  EXPECT_EQ(reset.energy, Joules(0));
}

TEST(Counter, R9_WithoutARangeADropIsAReset) {
  EXPECT_EQ(counter_step(Counter{Joules(1e-6), 0}, 500, 400, Seconds(1), kCap).kind, StepKind::reset);
}

TEST(Counter, B018_ABadReadingIsANewBaselineAndNoHugeNumber) {
  const CounterStep step = counter_step(Counter{Joules(1e-6), 0}, 18446744073688380290u, 44590920, Seconds(1), kCap);
  EXPECT_FALSE(step.counted());
  EXPECT_EQ(step.energy, Joules(0));
}

TEST(Counter, ACounterThatFallsToTwoHundredJoulesIsNoTerawatt) {  // an Arc card now and then: 3.69 TW when subtracted unsigned
  EXPECT_EQ(counter_step(Counter{Joules(1e-6), 0}, 90000000000, 200000000, Seconds(1), Watts(300)).kind, StepKind::reset);
}

TEST(Counter, AJumpBeyondTheDevicesPowerIsNotEnergy) {
  EXPECT_EQ(counter_step(kPackage, 1000, 60293987000, Seconds(1), kCap).kind, StepKind::implausible);
}

TEST(Counter, AReadingBeyondTheRangeDoesNotUnderflow) {  // seen: 60293987000000 with a range of 262143328850
  EXPECT_EQ(counter_step(kPackage, 60293987000000, 5, Seconds(1), kCap).kind, StepKind::reset);
}

TEST(Counter, B020_HowLongBeforeTwoWrapsCouldHide) {
  constexpr Counter amd{Joules(1e-6), 65712999614};
  // 65713 J at 500 W: 131 s; a read every second is far inside.
  EXPECT_NEAR(longest_unambiguous(amd, Watts(500))->count(), 131.4, 0.1);
  EXPECT_EQ(longest_unambiguous(Counter{Joules(1e-3), 0}, Watts(500)), std::nullopt);
}

static_assert(counter_step(Counter{Joules(1), 100}, 90, 5, Seconds(10), Watts(100)).energy == Joules(15));

}  // namespace
}  // namespace carbontracker
