#include "carbontracker/units.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace carbontracker {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
template <class A, class B>
concept Multipliable = requires(A a, B b) { a * b; };

// Wrong arithmetic does not compile.
static_assert(Addable<Joules, Joules> && !Addable<Joules, Watts> && !Addable<Joules, double>);
static_assert(Multipliable<Watts, Seconds> && !Multipliable<Watts, Watts> && !Multipliable<Joules, Seconds>);
static_assert(!std::is_convertible_v<double, Joules> && !std::is_convertible_v<Joules, double>);
static_assert(std::is_same_v<decltype(Watts(1) * Seconds(1)), Joules>);

TEST(Units, PowerTimesTimeIsEnergy) {
  EXPECT_DOUBLE_EQ((Watts(250) * Seconds(3600)).value(), 900000);
  EXPECT_DOUBLE_EQ(in_kilowatt_hours(Watts(250) * Seconds(3600)), 0.25);
  EXPECT_DOUBLE_EQ((Joules(100) / Seconds(4)).value(), 25);
}

TEST(Units, OneKilowattHourAtFiftySixGrams) {
  EXPECT_DOUBLE_EQ((kilowatt_hours(1) * CarbonIntensity(56)).value(), 56);
}

}  // namespace
}  // namespace carbontracker
