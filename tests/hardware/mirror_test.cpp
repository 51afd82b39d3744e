#include "hardware/mirror.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using Verdict = MirrorDetector::Verdict;

TEST(Mirror, B123_CountsWithinAJouleMayBeOneCounter) {
  EXPECT_TRUE(looks_mirrored(Joules(31000.000), Joules(31000.002)));
  EXPECT_FALSE(looks_mirrored(Joules(31000), Joules(31002)));
  EXPECT_FALSE(looks_mirrored(Joules(0.5), Joules(0.5)));   // too small to say
  EXPECT_FALSE(looks_mirrored(Joules(100), Joules(100.5)));  // 0.5 %
}

TEST(Mirror, B123_TenStepsTogetherAreAMirrorOneApartIsNot) {
  MirrorDetector mirrored, different;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(mirrored.verdict(), Verdict::undecided);
    mirrored.add(Joules(68), Joules(68.1));
    different.add(Joules(68), Joules(41));
  }
  EXPECT_EQ(mirrored.verdict(), Verdict::mirrored);
  EXPECT_EQ(different.verdict(), Verdict::different);
  mirrored.add(Joules(68), Joules(41));
  EXPECT_EQ(mirrored.verdict(), Verdict::different);
}

TEST(Mirror, IdleStepsBelowAJouleDecideNothing) {
  MirrorDetector detector;
  for (int i = 0; i < 100; ++i) detector.add(Joules(0.2), Joules(0.9));
  EXPECT_EQ(detector.verdict(), Verdict::undecided);
}

}  // namespace
}  // namespace carbontracker
