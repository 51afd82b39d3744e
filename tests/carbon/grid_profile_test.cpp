// A usual day of the month: right by the table's own rows, and by what is known of the zones.

#include "carbon/grid_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/iso_time.h"
#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

GridFigure figure(double g, const char* basis = "average, lifecycle", int year = 2025) {
  GridFigure out;
  out.g_per_kwh = out.low = out.high = CarbonIntensity(g);
  out.basis = basis;
  out.year = year;
  return out;
}

WallTime when(const char* text) { return parse_iso_time(text).value(); }
Place place(const char* code) { return parse_place(code, "--place").value(); }

std::vector<double> numbers(std::string_view list) {
  std::vector<double> out;
  for (const std::string_view word : split(list, ' ')) out.push_back(parse_double(word).value_or(-1));
  return out;
}

// The headline figure stays what it was: over a year the hours' mean is the figure they are shaped from. Cells are rounded to a thousandth.
TEST(GridProfile, TheMeanOverAYearIsTheFigureItself) {
  for (const char* code : {"DE", "ES", "PL"}) {
    double sum = 0;
    for (int day = 0; day < 366; ++day) {
      const IntensitySeries told = usual_hours(place(code), figure(250), when("2024-01-01T00:00Z") + std::chrono::hours(24 * day), 24).value();
      for (const IntensityPoint& p : told.points) sum += p.g_per_kwh.value();
    }
    EXPECT_NEAR(sum / (366 * 24), 250, 0.5) << code;
  }
}

TEST(GridProfile, HoursAreUtcAndFromThatOfThePresentOn) {
  const IntensitySeries told = usual_hours(place("DE"), figure(100), when("2026-06-30T22:40Z"), 5).value();
  ASSERT_EQ(told.points.size(), 5u);
  EXPECT_EQ(told.points.front().start, when("2026-06-30T22:00Z"));
  const auto june = numbers((*find_row("grid_profiles", "DE:lifecycle:06"))["mean_permille"]), july = numbers((*find_row("grid_profiles", "DE:lifecycle:07"))["mean_permille"]);
  const std::vector<double> expected{june[22], june[23], july[0], july[1], july[2]};  // the month changes with the hour of UTC
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(told.points[i].g_per_kwh.value(), expected[i] / 10, 1e-9);
    EXPECT_TRUE(told.points[i].forecast);
    EXPECT_FALSE(told.points[i].estimated);
  }
  EXPECT_NE(told.about.note.find("monthly profile of Germany, year 2020"), std::string::npos) << told.about.note;
  EXPECT_NE(told.about.note.find("no forecast"), std::string::npos);
  EXPECT_EQ(told.about.g_per_kwh, CarbonIntensity(100));
}

// low 48 %, high 170 %, drift 8.8 % a year: six years after 2020 1.645 x 0.088 x sqrt 6 = 0.3546; ln 0.48 = -0.7340, ln 1.70 = 0.5306; roots of the sums of squares 0.8151 and 0.6382.
TEST(GridProfile, TheIntervalGrowsWithTheYearsSinceItsOwn) {
  const IntensityPoint then = usual_hours(place("DE"), figure(100), when("2026-01-15T00:00Z"), 1).value().points.front();
  const double middle = then.g_per_kwh.value();
  EXPECT_NEAR(then.low.value() / middle, std::exp(-0.8151), 0.001);
  EXPECT_NEAR(then.high.value() / middle, std::exp(0.6382), 0.001);
  const IntensityPoint soon = usual_hours(place("DE"), figure(100), when("2021-01-15T00:00Z"), 1).value().points.front();
  EXPECT_EQ(soon.g_per_kwh, then.g_per_kwh);
  EXPECT_GT(soon.low, then.low);
  EXPECT_LT(soon.high, then.high);
}

// Noon of the sun in the middle of Germany is 11:20 UTC, in California 19:50; both grids are greenest about it in June. Poland burns least coal then, Texas is windy at night and sunny by day.
TEST(GridProfile, TheGreenestHourOfAJuneDayIsTheSunsAndNotAnHourLate) {
  const auto greenest = [](const char* code, const char* basis) {
    const auto points = usual_hours(place(code), figure(300, basis), when("2026-06-10T00:00Z"), 24).value().points;
    std::size_t best = 0;
    for (std::size_t h = 0; h < 24; ++h)
      if (points[h].g_per_kwh < points[best].g_per_kwh) best = h;
    return static_cast<int>(best);
  };
  EXPECT_NEAR(greenest("DE", "average, lifecycle"), 11, 1);
  for (const char* basis : {"average, lifecycle", "average, direct"}) EXPECT_NEAR(greenest("US-CA", basis), 19, 3) << basis;
}

TEST(GridProfile, PlacesOfAGridOperatorHaveItsProfileAndOthersNone) {
  const auto made_for = [](const char* code, const char* basis = "average, direct") {
    const auto told = usual_hours(place(code), figure(300, basis), when("2026-06-10T00:00Z"), 1);
    return told ? told->about.note.substr(19, told->about.note.find(", year") - 19) : "none";
  };
  EXPECT_EQ(made_for("US-CA"), "California ISO");
  EXPECT_EQ(made_for("aws:us-west-1"), "California ISO");
  EXPECT_EQ(made_for("US-TX"), "ERCOT");
  EXPECT_EQ(made_for("US-MA"), "ISO New England");
  EXPECT_EQ(made_for("aws:us-east-1"), "PJM");
  EXPECT_EQ(made_for("aws:eu-central-1", "average, lifecycle"), "Germany");
  EXPECT_EQ(made_for("52.5,13.4", "average, lifecycle"), "Germany");
  for (const char* code : {"US-WA", "US", "DK", "WORLD"}) EXPECT_EQ(made_for(code, "average, lifecycle"), "none") << code;
  EXPECT_EQ(usual_hours(Place{}, figure(300), when("2026-06-10T00:00Z"), 1).error().code, Errc::unavailable);
}

// Bases are never mixed: a profile of lifecycle figures says nothing of direct or marginal ones.
TEST(GridProfile, OnlyAProfileOfTheSameBasisIsUsed) {
  EXPECT_FALSE(usual_hours(place("DE"), figure(300, "average, direct"), when("2026-06-10T00:00Z"), 1));
  EXPECT_FALSE(usual_hours(place("US-CA"), figure(300, "marginal"), when("2026-06-10T00:00Z"), 1));
  const double direct = usual_hours(place("US-CA"), figure(300, "average, direct"), when("2026-06-10T20:00Z"), 1).value().points[0].g_per_kwh.value();
  const double whole_life = usual_hours(place("US-CA"), figure(300), when("2026-06-10T20:00Z"), 1).value().points[0].g_per_kwh.value();
  EXPECT_LT(direct, whole_life);  // what the sun and the atom emit over their lives stays in the lifecycle figure at noon
}

TEST(GridProfile, EachRowIsSound) {
  std::set<std::string> keys;
  for_each_row("grid_profiles", [&](const TableRow& row) {
    const auto mean = numbers(row["mean_permille"]), low = numbers(row["low_percent"]), high = numbers(row["high_percent"]);
    EXPECT_EQ(mean.size(), 24u) << row["key"];
    EXPECT_EQ(low.size(), 8u) << row["key"];
    EXPECT_EQ(high.size(), 8u) << row["key"];
    for (const double m : mean) EXPECT_TRUE(m > 100 && m < 2500) << row["key"] << " " << m;
    for (const double l : low) EXPECT_TRUE(l > 5 && l < 100) << row["key"] << " " << l;
    for (const double h : high) EXPECT_TRUE(h > 100 && h < 500) << row["key"] << " " << h;
    EXPECT_TRUE(row["year"] == "2020" || row["year"] == "2022");
    EXPECT_FALSE(row["source"].empty());
    keys.insert(std::string(row["key"]));
    return true;
  });
  EXPECT_EQ(keys.size(), 11u * 12);  // seven zones, four of them on both bases, by month: no finer
}

}  // namespace
}  // namespace carbontracker
