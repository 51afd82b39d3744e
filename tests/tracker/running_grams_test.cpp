#include "tracker/running_grams.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

const WallTime kTen = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 10h;

// 100 g/kWh until eleven, then 300.
IntensitySeries two_hours() {
  const auto point = [](WallTime start, double g) { return IntensityPoint{start, CarbonIntensity(g), CarbonIntensity(g), CarbonIntensity(g), false}; };
  return {.about = {.g_per_kwh = CarbonIntensity(200)}, .points = {point(kTen, 100), point(kTen + 1h, 300)}, .step = 1h};
}

TEST(RunningGrams, WithoutAGridTheYearsFigureStands) {
  RunningGrams grams(CarbonIntensity(150));
  grams.note(Joules(1000), nullptr, kTen);
  EXPECT_EQ(grams.so_far(), CarbonIntensity(150));
  EXPECT_EQ(grams.ahead(nullptr, kTen, 1h), CarbonIntensity(150));
}

// 1000 J at 100 and 3000 J at 300: (1000 x 100 + 3000 x 300) / 4000 = 250.
TEST(RunningGrams, WhatWasSpentMetTheGridOfItsTime) {
  const IntensitySeries grid = two_hours();
  RunningGrams grams(CarbonIntensity(150));
  grams.note(Joules(1000), &grid, kTen + 30min);
  grams.note(Joules(4000), &grid, kTen + 90min);
  EXPECT_DOUBLE_EQ(grams.so_far().value(), 250);
}

// What was spent before anybody told takes the first figure that was.
TEST(RunningGrams, TheYearsFigureIsNotMixedIn) {
  const IntensitySeries grid = two_hours();
  RunningGrams grams(CarbonIntensity(150));
  grams.note(Joules(500), nullptr, kTen);
  grams.note(Joules(1000), &grid, kTen + 30min);
  EXPECT_DOUBLE_EQ(grams.so_far().value(), 100);
}

// From half past ten, two hours: half an hour at 100, one at 300, and half an hour of which nothing is told, at the series' own 200: 225.
TEST(RunningGrams, WhatIsToComeMeetsTheTimeThatIsLeft) {
  const IntensitySeries grid = two_hours();
  const RunningGrams grams(CarbonIntensity(150));
  EXPECT_DOUBLE_EQ(grams.ahead(&grid, kTen + 30min, 2h).value(), 225);
  EXPECT_DOUBLE_EQ(grams.ahead(&grid, kTen + 30min, Seconds(0)).value(), 100);
}

}  // namespace
}  // namespace carbontracker
