#include "hardware/mirror.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

TEST(Mirror, B123_CountsWithinAJouleMayBeOneCounter) {
  EXPECT_TRUE(looks_mirrored(Joules(31000.000), Joules(31000.002)));
  EXPECT_FALSE(looks_mirrored(Joules(31000), Joules(31002)));
  EXPECT_FALSE(looks_mirrored(Joules(0.5), Joules(0.5)));   // too small to say
  EXPECT_FALSE(looks_mirrored(Joules(100), Joules(100.5)));  // 0.5 %
}

// 300 W; between the two reads of the first pair 50 ms pass, which are 15 J.
TEST(Mirror, B123_APairOfReadsThatWasTornApartIsRepeated) {
  double joules = 31000;
  int reads = 0;
  EXPECT_TRUE(is_one_counter([&](int) {
    joules += ++reads == 2 ? 15 : 0.01;
    return Joules(joules);
  }));
  EXPECT_EQ(reads, 4);
}

TEST(Mirror, TwoDiesStayTwoHoweverOftenTheyAreRead) {
  double joules = 0;
  const auto dies = [&](double apart) {
    return is_one_counter([&, apart](int die) { return Joules(31000 + (joules += 0.01) + die * apart); });
  };
  EXPECT_FALSE(dies(20));
  EXPECT_FALSE(dies(-20));
  EXPECT_FALSE(dies(20000));
}

}  // namespace
}  // namespace carbontracker
