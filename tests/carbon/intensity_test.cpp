#include "carbon/intensity.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

GridFigure figure(std::string_view place) { return table_intensity(parse_place(place, "test").value_or(Place{})); }

TEST(TableIntensity, ACountryHasItsNewestYearlyMean) {
  const GridFigure denmark = figure("DK");
  EXPECT_DOUBLE_EQ(denmark.g_per_kwh.value(), 114.4);  // Our World in Data, 2025: 114.37
  EXPECT_EQ(denmark.year, 2025);
  EXPECT_EQ(denmark.zone, "DK");
  EXPECT_EQ(denmark.zone_name, "Denmark");
  EXPECT_EQ(denmark.basis, "average, lifecycle");
  EXPECT_EQ(denmark.provider, "Ember via Our World in Data");
  EXPECT_TRUE(denmark.place_known);
  EXPECT_LT(denmark.low, denmark.g_per_kwh);
  EXPECT_GT(denmark.high, denmark.g_per_kwh);
}

TEST(TableIntensity, TheMostSpecificZoneWins) {
  EXPECT_EQ(figure("37.77,-122.42").zone, "egrid:CAMX");
  EXPECT_EQ(figure("37.77,-122.42").basis, "average, direct");
  EXPECT_DOUBLE_EQ(figure("37.77,-122.42").g_per_kwh.value(), 195.0);
  EXPECT_EQ(figure("US-CA").zone, "US-CA");
  EXPECT_EQ(figure("US-CA").year, 2023);
  EXPECT_EQ(figure("US-VT").zone, "egrid:NEWE");
  EXPECT_EQ(figure("CA-QC").zone, "CA-QC");
  EXPECT_EQ(figure("CA-QC").basis, "average, lifecycle");
  EXPECT_EQ(figure("aws:ca-central-1").zone, "CA-QC");
  EXPECT_EQ(figure("aws:us-east-2").zone, "egrid:RFCW");
  EXPECT_EQ(figure("aws:eu-west-1").zone, "IE");
}

TEST(TableIntensity, ADirectFigureCarriesTheLifecycleOneBesideIt) {
  ASSERT_TRUE(figure("US-CA").lifecycle);
  EXPECT_GT(*figure("US-CA").lifecycle, figure("US-CA").g_per_kwh);
  EXPECT_FALSE(figure("DK").lifecycle);
}

TEST(TableIntensity, AWholeCountryOfManyGridsHasTheWiderRange) {
  const auto width = [](const GridFigure& f) { return (f.high - f.low) / f.g_per_kwh; };
  EXPECT_GT(width(figure("US")), 1.3 * width(figure("DE")));
  EXPECT_LT(figure("CA").low.value(), 30);   // Quebec is 27
  EXPECT_GT(figure("CA").high.value(), 480);  // Saskatchewan is 485
}

TEST(TableIntensity, UnknownIsTheWorldAverageWithTheRangeOfTheCountries) {
  const GridFigure world = table_intensity(Place{});
  EXPECT_FALSE(world.place_known);
  EXPECT_EQ(world.zone, "WORLD");
  EXPECT_EQ(world.zone_name, "world average");
  EXPECT_DOUBLE_EQ(world.g_per_kwh.value(), 458.3);  // 458.29
  EXPECT_LT(world.low.value(), 50);
  EXPECT_GT(world.high.value(), 700);
  EXPECT_FALSE(world.note.empty());
}

TEST(TableIntensity, TheWorldAskedForIsKnown) { EXPECT_TRUE(figure("WORLD").place_known); }

TEST(TableIntensity, ACountryWithoutAFigureIsTheWorldAndSaysSo) {
  const GridFigure monaco = figure("MC");
  EXPECT_EQ(monaco.zone, "WORLD");
  EXPECT_FALSE(monaco.place_known);
  EXPECT_NE(monaco.note.find("Monaco"), std::string::npos);
}

TEST(TableIntensity, B119_EachCountryHasItsOwnFigure) {
  EXPECT_DOUBLE_EQ(figure("US").g_per_kwh.value(), 384.4);
  EXPECT_NE(figure("US").g_per_kwh, figure("NL").g_per_kwh);
  EXPECT_NE(figure("NL").g_per_kwh, figure("TW").g_per_kwh);
  EXPECT_EQ(figure("TW").zone_name, "Taiwan");
}

TEST(TableIntensity, B117_ZoneAndNameAgree) {
  EXPECT_EQ(figure("FRA").zone, "FR");
  EXPECT_EQ(figure("FRA").zone_name, "France");
}

WallTime hour(int h) { return WallTime(std::chrono::hours(h)); }

IntensitySeries hourly(std::vector<std::pair<int, double>> values) {
  IntensitySeries series;
  series.step = std::chrono::hours(1);
  for (const auto& [h, g] : values) series.points.push_back({hour(h), CarbonIntensity(g), CarbonIntensity(g), CarbonIntensity(g), false});
  return series;
}

double value_at(const IntensitySeries& series, WallTime when) {
  const IntensityPoint* point = point_at(series, when);
  return point ? point->g_per_kwh.value() : -1;
}

TEST(PointAt, HoldsUntilTheNextAndTheLastForOneStep) {
  const IntensitySeries series = hourly({{0, 10}, {1, 20}, {2, 30}});
  EXPECT_EQ(value_at(series, hour(0) - 1ms), -1);
  EXPECT_EQ(value_at(series, hour(0)), 10);
  EXPECT_EQ(value_at(series, hour(1) - 1ms), 10);
  EXPECT_EQ(value_at(series, hour(1)), 20);
  EXPECT_EQ(value_at(series, hour(3) - 1ms), 30);
  EXPECT_EQ(value_at(series, hour(3)), -1);
}

TEST(PointAt, AGapIsBridgedForThreeStepsOnly) {
  const IntensitySeries series = hourly({{0, 10}, {8, 80}});
  EXPECT_EQ(value_at(series, hour(2)), 10);
  EXPECT_EQ(value_at(series, hour(3)), -1);
  EXPECT_EQ(value_at(series, hour(8)), 80);
}

TEST(PointAt, AnEmptySeriesHasNone) { EXPECT_EQ(point_at(IntensitySeries{}, hour(1)), nullptr); }

// Of 1 to 21 before the moment, and a 1000 after it: mean 11, 5th percentile 2, 95th 20.
TEST(SeriesUntil, TellsItsFigureFromWhatCameBefore) {
  IntensitySeries series{.about = {.g_per_kwh = CarbonIntensity(55)}, .points = {}, .step = std::chrono::hours(1)};
  const WallTime start = std::chrono::sys_days(std::chrono::year(2024) / 1 / 1);
  for (int h = 0; h < 21; ++h) series.points.push_back({start + std::chrono::hours(h), CarbonIntensity(h + 1), {}, {}, false});
  series.points.push_back({start + std::chrono::hours(21), CarbonIntensity(1000), {}, {}, false});
  const IntensitySeries until = series_until(series, start + std::chrono::hours(21));
  EXPECT_EQ(until.points.size(), 21u);
  EXPECT_NEAR(until.about.g_per_kwh.value(), 11, 1e-9);
  EXPECT_NEAR(until.about.low.value(), 2, 1e-9);
  EXPECT_NEAR(until.about.high.value(), 20, 1e-9);
  EXPECT_NEAR(series_until(series, start).about.g_per_kwh.value(), 55, 1e-9);
}

}  // namespace
}  // namespace carbontracker
