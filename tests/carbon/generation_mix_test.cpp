#include "carbon/generation_mix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/iso_time.h"

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

const WallTime kStart = parse_iso_time("2026-11-23T00:00Z").value();
const FuelFactors kFactors{{"gas", 490}, {"wind", 11}, {"sun", 48}};

// Hours from kStart on, with the types that `reports` says.
GenerationMix hours(int count, const std::function<bool(int hour, const std::string& type)>& reports) {
  GenerationMix mix;
  for (int h = 0; h < count; ++h)
    for (const auto& [type, megawatts] : {std::pair<std::string, double>{"gas", 100}, {"wind", 300}, {"sun", 100}})
      if (reports(h, type)) mix[kStart + std::chrono::hours(h)][type] = megawatts;
  return mix;
}
std::vector<int> hours_with_a_figure(const GenerationMix& mix, int until) {
  std::vector<int> out;
  for (const IntensityPoint& p : intensity_of_mix(mix, kFactors, 60min, kStart + std::chrono::hours(until))) out.push_back(static_cast<int>((p.start - kStart) / 1h));
  return out;
}

TEST(GenerationMix, EnergyTimesFactors) {
  const auto points = intensity_of_mix({{kStart, {{"gas", 100}, {"wind", 300}}}}, kFactors, 60min, kStart + 1h);
  ASSERT_EQ(points.size(), 1u);
  EXPECT_DOUBLE_EQ(points[0].g_per_kwh.value(), 130.75);  // (100 x 490 + 300 x 11) / 400 = 52,300 / 400
  EXPECT_FALSE(points[0].forecast);
}

TEST(GenerationMix, AnHourThatIsUnderWayIsNoFigure) { EXPECT_TRUE(intensity_of_mix({{kStart, {{"gas", 1}}}}, kFactors, 60min, kStart + 59min).empty()); }

TEST(GenerationMix, TheNewestHourWithoutItsGasIsNoFigure) {
  EXPECT_EQ(hours_with_a_figure(hours(5, [](int h, const std::string& type) { return h < 4 || type != "gas"; }), 5), (std::vector<int>{0, 1, 2, 3}));
}

TEST(GenerationMix, SunThatIsReportedByDayAloneIsMissedByDayAlone) {
  const auto by_day = [](int h) { return h % 24 >= 8 && h % 24 < 16; };
  // Three days; in the last hours of daylight, 62 and 63, the sun is not reported yet.
  const GenerationMix mix = hours(72, [&](int h, const std::string& type) { return type != "sun" || (by_day(h) && h != 62 && h != 63); });
  const auto told = hours_with_a_figure(mix, 72);
  EXPECT_EQ(told.size(), 70u);
  EXPECT_EQ(std::count(told.begin(), told.end(), 62) + std::count(told.begin(), told.end(), 63), 0);
  EXPECT_EQ(std::count(told.begin(), told.end(), 3), 1);  // by night
}

TEST(GenerationMix, ATypeThatIsToldNowAndThenIsNotMissed) {
  EXPECT_EQ(hours_with_a_figure(hours(5, [](int h, const std::string& type) { return h == 2 || type != "sun"; }), 5).size(), 5u);
}

TEST(GenerationMix, EnergyOfUnknownFuelMayBeATenthOfAnHour) {
  const auto g = [](double unknown) { return intensity_of_mix({{kStart, {{"gas", 90}, {"new", unknown}}}}, kFactors, 60min, kStart + 1h); };
  ASSERT_EQ(g(10).size(), 1u);  // 10 of 100: left out
  EXPECT_DOUBLE_EQ(g(10)[0].g_per_kwh.value(), 490);
  EXPECT_TRUE(g(11).empty());
}

TEST(GenerationMix, NoEnergyIsNoFigure) {
  EXPECT_TRUE(intensity_of_mix({{kStart, {{"gas", 0}}}}, kFactors, 60min, kStart + 1h).empty());
  EXPECT_TRUE(intensity_of_mix({}, kFactors, 60min, kStart).empty());
}

}  // namespace
}  // namespace carbontracker
