#include "carbon/footprint.h"

#include <gtest/gtest.h>

#include <cmath>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

WallTime hour(double h) { return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(h * 3'600'000))); }

Energy exactly(Joules joules) { return {joules, joules, joules}; }

IntensitySeries constant(double g, double low, double high) {
  IntensitySeries series;
  series.about.g_per_kwh = CarbonIntensity(g);
  series.about.low = CarbonIntensity(low);
  series.about.high = CarbonIntensity(high);
  return series;
}

IntensitySeries steps(std::vector<std::pair<double, double>> values, double fallback, std::chrono::minutes step) {
  IntensitySeries series = constant(fallback, fallback, fallback);
  series.step = step;
  for (const auto& [h, g] : values) series.points.push_back({hour(h), CarbonIntensity(g), CarbonIntensity(g), CarbonIntensity(g), false});
  return series;
}

// Formula of the check chain: FLOP / (FLOP/s) x W x PUE x g/kWh, then / (g/km).
// 3.14e23 / 130e12 = 2,415,384,615.4 s; x 250 W = 6.0385e11 J; x 1.125 = 6.7933e11 J = 188,701.92 kWh; x 449.06 = 84,738,485 g.
TEST(Footprint, TheCheckChainOfGpt3) {
  const Joules it = Watts(250) * Seconds(3.14e23 / 130e12);
  const Footprint f = footprint(exactly(it), {}, constant(449.06, 449.06, 449.06), {1.125, "test"}, {});
  EXPECT_NEAR(in_kilowatt_hours(f.facility), 188'701.92, 0.005);
  EXPECT_NEAR(f.grams.value() / 1000, 84'738.49, 0.005);
  EXPECT_NEAR(f.grams.value() / 120.4, 703'808, 0.5);
  const std::vector<Equivalent> all = equivalents(f.grams, f.facility);
  ASSERT_FALSE(all.empty());
  EXPECT_NEAR(all.front().value, 793'431.5, 0.1);  // by the new car of 2024: 84,738,485.5 g / 106.8 g/km
}

// The published roundings: 700,000 km by a new EU car of 2018 (84,738,485 g / 120.4 g/km = 703,808), 126 Danish homes (188,701.92 / 1500 = 125.8).
TEST(Footprint, ThePapersOwnEquivalentsComeWithItsFactors) {
  const std::vector<Equivalent> all = equivalents(Grams(84'738'485), kilowatt_hours(188'701.92), "2020");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NEAR(all[0].value, 703'808, 0.5);
  EXPECT_EQ(all[0].year, 2018);
  EXPECT_NEAR(all[1].value, 126, 0.5);
  EXPECT_NE(all[1].what.find("Danish homes"), std::string::npos);
  EXPECT_TRUE(equivalents(Grams(1), Joules(1), "1999").empty());
}

// A second published estimate: 1,287 MWh with PUE 1.1 inside, 429 g/kWh: 552 t.
TEST(Footprint, TheLaterEstimateOfGpt3) {
  const Footprint f = footprint(exactly(kilowatt_hours(1'287'000 / 1.1)), {}, constant(429, 429, 429), {1.1, "test"}, {});
  EXPECT_NEAR(f.grams.value() / 1e6, 552.1, 0.1);
}

TEST(Footprint, FacilityEnergyIsItTimesPueAndGramsIncludeIt) {
  const Footprint f = footprint(exactly(kilowatt_hours(2)), {}, constant(100, 100, 100), {1.5, "--pue"}, {});
  EXPECT_DOUBLE_EQ(in_kilowatt_hours(f.it), 2);
  EXPECT_DOUBLE_EQ(in_kilowatt_hours(f.facility), 3);
  EXPECT_DOUBLE_EQ(f.grams.value(), 300);
  EXPECT_EQ(f.site.from, "--pue");
}

// 1 kWh of 0.9 to 1.1 at the meter of the devices is 2 kWh of 1.8 to 2.2 at a PUE of 2: at 100 g/kWh 200 g, 180 to 220.
TEST(Footprint, TheBoundsOfTheEnergyIncludeThePueToo) {
  const Energy energy{kilowatt_hours(1), kilowatt_hours(0.9), kilowatt_hours(1.1)};
  const Footprint f = footprint(energy, {}, constant(100, 100, 100), {2, "--pue"}, {});
  EXPECT_NEAR(f.grams.value(), 200, 1e-9);
  EXPECT_NEAR(f.low.value(), 180, 1e-9);
  ASSERT_TRUE(f.high);
  EXPECT_NEAR(f.high->value(), 220, 1e-9);
}

// Energy known, intensity 100 of 60 to 120: 2 kWh are 200 g, 120 to 240.
TEST(Footprint, TheBoundsOfTheIntensityWeighTheFacilitysEnergy) {
  const Footprint f = footprint(exactly(kilowatt_hours(1)), {}, constant(100, 60, 120), {2, "--pue"}, {});
  EXPECT_NEAR(f.low.value(), 120, 1e-9);
  ASSERT_TRUE(f.high);
  EXPECT_NEAR(f.high->value(), 240, 1e-9);
}

TEST(Footprint, B170_EachHourTakesItsOwnIntensity) {
  const IntensitySeries grid = steps({{0, 100}, {1, 100}, {2, 500}}, 999, 60min);
  const std::vector<EnergySlice> slices{{hour(0), 3600s, kilowatt_hours(1)}, {hour(1), 3600s, kilowatt_hours(1)}, {hour(2), 3600s, kilowatt_hours(1)}};
  const Footprint f = footprint(exactly(kilowatt_hours(3)), slices, grid, {}, {});
  EXPECT_NEAR(f.grams.value(), 700, 1e-9);
  EXPECT_NEAR(f.mean.value(), 700.0 / 3, 1e-9);
}

// 16:24:22 to 16:30 are 338 s at 20, 16:30 to 16:54:22 are 1462 s at 22: (338 x 20 + 1462 x 22) / 1800 = 21.6244
TEST(Footprint, B174_TheMeanOfStepsLiesBetweenThem) {
  const IntensitySeries grid = steps({{16, 20}, {16.5, 22}}, 999, 30min);
  const EnergySlice slice{hour(16) + 24min + 22s, 1800s, kilowatt_hours(1)};
  const Footprint f = footprint(exactly(kilowatt_hours(1)), {slice}, grid, {}, {});
  EXPECT_NEAR(f.mean.value(), 21.6244, 0.0001);
}

TEST(Footprint, OutsideTheSeriesItsOwnFigureHolds) {
  const IntensitySeries grid = steps({{10, 100}}, 300, 60min);  // known from 10 to 11 only
  const EnergySlice slice{hour(9.5), 7200s, kilowatt_hours(2)};  // half an hour before, one within, half after
  const Footprint f = footprint(exactly(kilowatt_hours(2)), {slice}, grid, {}, {});
  EXPECT_NEAR(f.grams.value(), 2 * (0.25 * 300 + 0.5 * 100 + 0.25 * 300), 1e-9);
}

TEST(Footprint, AGapOfTheSeriesTakesItsOwnFigure) {
  const IntensitySeries grid = steps({{0, 100}, {10, 100}}, 300, 60min);  // 0 to 3 are bridged, 3 to 10 are not
  const EnergySlice slice{hour(0), 36000s, kilowatt_hours(10)};
  EXPECT_NEAR(footprint(exactly(kilowatt_hours(10)), {slice}, grid, {}, {}).grams.value(), 3 * 100 + 7 * 300, 1e-9);
}

TEST(Footprint, EnergyThatNoSliceHoldsTakesTheSeriesFigure) {
  const IntensitySeries grid = steps({{0, 100}}, 400, 60min);
  const Footprint f = footprint(exactly(kilowatt_hours(3)), {{hour(0), 3600s, kilowatt_hours(1)}}, grid, {}, {});
  EXPECT_NEAR(f.grams.value(), 100 + 2 * 400, 1e-9);
}

TEST(Footprint, SlicesThatSumToMoreThanTheTotalAreWeightsOnly) {
  const IntensitySeries grid = steps({{0, 100}, {1, 300}}, 999, 60min);
  const std::vector<EnergySlice> slices{{hour(0), 3600s, kilowatt_hours(2)}, {hour(1), 3600s, kilowatt_hours(2)}};
  EXPECT_NEAR(footprint(exactly(kilowatt_hours(2)), slices, grid, {}, {}).grams.value(), 2 * 200, 1e-9);
}

// 1 kWh (0.8 to 1.2) at 100 g (70 to 130): 100 -/+ sqrt(20^2 + 30^2) = 36.06 below; above also the product 0.2 x 30 = 6: sqrt(400 + 900 + 36) = 36.55
TEST(Footprint, TheRangesOfEnergyAndGridCombine) {
  const Energy energy{kilowatt_hours(1), kilowatt_hours(0.8), kilowatt_hours(1.2)};
  const Footprint f = footprint(energy, {}, constant(100, 70, 130), {}, {});
  EXPECT_NEAR(f.low.value(), 100 - 36.06, 0.01);
  ASSERT_TRUE(f.high);
  EXPECT_NEAR(f.high->value(), 100 + 36.55, 0.01);
}

// 1 kWh (0.4 to 1.6) at 100 g (8 to 180): the squares alone give 100 - sqrt(60^2 + 92^2) = -9.8, and it cannot be less than 0.4 kWh at 8 g = 3.2 g.
TEST(Footprint, WideRangesNeverReachBelowBothLowEnds) {
  const Footprint f = footprint({kilowatt_hours(1), kilowatt_hours(0.4), kilowatt_hours(1.6)}, {}, constant(100, 8, 180), {1.5, "x"}, {});
  EXPECT_NEAR(f.low.value(), 1.5 * 3.2, 1e-9);
}

TEST(Footprint, EnergyWithoutABoundHasNoHighFootprint) {
  const Footprint f = footprint({kilowatt_hours(1), kilowatt_hours(0.9), std::nullopt}, {}, constant(100, 70, 130), {}, {});
  EXPECT_FALSE(f.high);
  EXPECT_DOUBLE_EQ(f.grams.value(), 100);
}

TEST(Footprint, B166_AShortRunIsNeverNan) {
  const IntensitySeries grid = steps({{0, 250}}, 300, 60min);
  const Footprint zero = footprint(exactly(Joules(0)), {}, grid, {1.2, "x"}, {});
  EXPECT_EQ(zero.grams.value(), 0);
  EXPECT_EQ(zero.mean.value(), 300);
  const Footprint start = footprint(exactly(Joules(0)), {{hour(0), 20s, Joules(0)}}, grid, {}, {});
  EXPECT_EQ(start.mean.value(), 250);  // the figure of the run's own time
  const Footprint instant = footprint(exactly(kilowatt_hours(0.000263)), {{hour(0), 0s, kilowatt_hours(0.000263)}}, grid, {}, {});
  EXPECT_NEAR(instant.grams.value(), 0.000263 * 250, 1e-12);
  const Footprint broken = footprint({Joules(NAN), Joules(NAN), Joules(NAN)}, {{hour(0), 20s, Joules(NAN)}}, grid, {}, {});
  EXPECT_FALSE(std::isnan(broken.grams.value()));
}

TEST(Footprint, B168_TheFigureTravelsWithTheGrams) {
  IntensitySeries grid{table_intensity(parse_place("DK", "config").value_or(Place{})), {}};
  const Footprint f = footprint(exactly(kilowatt_hours(1)), {}, grid, {}, parse_place("DK", "config").value_or(Place{}));
  EXPECT_EQ(f.grid.zone, "DK");
  EXPECT_EQ(f.grid.year, 2025);
  EXPECT_EQ(f.place.from, "config");
  EXPECT_EQ(f.mean, f.grid.g_per_kwh);
}

TEST(Equivalents, CarbonFromGramsEnergyFromKilowattHours) {
  const std::vector<Equivalent> all = equivalents(Grams(1068), kilowatt_hours(1.9));
  ASSERT_GE(all.size(), 3u);
  EXPECT_EQ(all[0].unit, "km");
  EXPECT_NEAR(all[0].value, 10, 1e-9);  // 1068 g / 106.8 g/km
  EXPECT_EQ(all[0].factor_unit, "g/km");
  EXPECT_NEAR(all[1].value, 1.9 / 9.863, 1e-9);  // 3600 kWh a year are 9.863 a day
  EXPECT_NEAR(all[2].value, 100, 1e-9);          // 1.9 kWh / 0.019 kWh
  for (const Equivalent& one : all) {
    EXPECT_GT(one.year, 2020) << one.what;
    EXPECT_FALSE(one.source.empty()) << one.what;
  }
}

TEST(Equivalents, NothingIsNothing) {
  for (const Equivalent& one : equivalents(Grams(0), Joules(0))) EXPECT_EQ(one.value, 0) << one.what;
}

}  // namespace
}  // namespace carbontracker
