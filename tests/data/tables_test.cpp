#include "data/tables.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"

namespace carbontracker {
namespace {

TEST(Tables, AnUnknownTableIsEmptyAndHasNoRows) {
  EXPECT_TRUE(table_text("no_such_table").empty());
  EXPECT_FALSE(find_row("no_such_table", "DK"));
  int rows = 0;
  for_each_row("no_such_table", [&](const TableRow&) { return ++rows, true; });
  EXPECT_EQ(rows, 0);
}

TEST(Tables, FindRowTakesWholeKeysOnly) {
  ASSERT_TRUE(find_row("grid_countries", "DK"));
  EXPECT_EQ((*find_row("grid_countries", "DK"))["alpha3"], "DNK");
  EXPECT_FALSE(find_row("grid_countries", "D"));
  EXPECT_FALSE(find_row("grid_countries", "DNK"));  // not the first column
  EXPECT_FALSE(find_row("grid_countries", ""));
  EXPECT_FALSE(find_row("grid_countries", "DK,DNK"));
  EXPECT_FALSE(find_row("grid_countries", "dk"));
}

TEST(Tables, TheHeaderAndCommentsAreNoRows) {
  EXPECT_FALSE(find_row("grid_countries", "alpha2"));
  for_each_row("grid_countries", [](const TableRow& row) {
    EXPECT_FALSE(row["alpha2"].starts_with('#'));
    return true;
  });
}

TEST(Tables, VisitingStopsWhenAsked) {
  int rows = 0;
  for_each_row("grid_countries", [&](const TableRow&) { return ++rows < 3; });
  EXPECT_EQ(rows, 3);
}

TEST(Tables, ARowOutlivesItsSearchAndAnEmptyFieldIsNoNumber) {
  const auto row = find_row("grid_countries", "MC");  // Monaco: no figure is published
  ASSERT_TRUE(row);
  EXPECT_EQ((*row)["name"], "Monaco");
  EXPECT_FALSE(row->number("g_per_kwh"));
  EXPECT_EQ((*row)["no_such_column"], "");
}

// ISO 3166-1 has 249 countries; Kosovo's XK is user-assigned, and the world is a row of its own.
TEST(Tables, EveryCountryIsThereOnceWithBothCodes) {
  std::set<std::string> two, three;
  for_each_row("grid_countries", [&](const TableRow& row) {
    two.insert(std::string(row["alpha2"]));
    if (row["alpha2"] != "WORLD") three.insert(std::string(row["alpha3"]));
    EXPECT_FALSE(row["name"].empty());
    return true;
  });
  EXPECT_EQ(two.size(), 251u);
  EXPECT_EQ(three.size(), 250u);
  EXPECT_FALSE(three.count(""));
}

void expect_sound_figures(const char* table, const char* column) {
  for_each_row(table, [&](const TableRow& row) {
    const auto value = row.number(column), low = row.number("low_g_per_kwh"), high = row.number("high_g_per_kwh");
    if (!value) return true;
    EXPECT_GT(*value, 0) << table << " " << row["name"];
    EXPECT_LT(*value, 1500) << table << " " << row["name"];
    EXPECT_TRUE(low && high) << table << " " << row["name"];
    EXPECT_LE(0, *low);
    EXPECT_LT(*low, *value) << row["name"];
    EXPECT_GT(*high, *value) << row["name"];
    EXPECT_GE(row.number("year").value_or(0), 2009) << row["name"];
    EXPECT_FALSE(row["source"].empty()) << row["name"];
    return true;
  });
}

TEST(Tables, EveryFigureHasARangeAYearAndASource) {
  expect_sound_figures("grid_countries", "g_per_kwh");
  expect_sound_figures("grid_egrid", "direct_g_per_kwh");
  expect_sound_figures("grid_us_states", "direct_g_per_kwh");
  expect_sound_figures("grid_canada", "g_per_kwh");
}

TEST(Tables, ReferencesBetweenTablesHold) {
  int regions = 0, zones = 0;
  for_each_row("cloud_regions", [&](const TableRow& row) {
    ++regions;
    EXPECT_TRUE(find_row("grid_countries", row["alpha2"])) << row["id"];
    if (!row["egrid"].empty()) {
      EXPECT_TRUE(find_row("grid_egrid", row["egrid"])) << row["id"];
    }
    if (!row["subdivision"].empty()) {
      EXPECT_TRUE(find_row("grid_canada", row["subdivision"])) << row["id"];
    }
    if (const auto pue = row.number("pue")) {
      EXPECT_TRUE(*pue > 1 && *pue < 2) << row["id"];
    }
    return true;
  });
  for_each_row("time_zones", [&](const TableRow& row) {
    ++zones;
    EXPECT_TRUE(find_row("grid_countries", row["alpha2"])) << row["zone"];
    return true;
  });
  EXPECT_EQ(regions, 136);
  EXPECT_GT(zones, 480);
}

// EPA publishes lb/MWh: CAMX 429.983, RFCE 599.17, US 770.884; x 0.45359237 = 195.04, 271.78, 349.67.
TEST(Tables, EgridIsInGrams) {
  EXPECT_DOUBLE_EQ(*find_row("grid_egrid", "CAMX")->number("direct_g_per_kwh"), 195.0);
  EXPECT_DOUBLE_EQ(*find_row("grid_egrid", "RFCE")->number("direct_g_per_kwh"), 271.8);
  EXPECT_DOUBLE_EQ(*find_row("grid_egrid", "US")->number("direct_g_per_kwh"), 349.7);
}

// Quebec 2023: gas 0.2, oil 0.3, biomass 0.7, solar 0.01, wind 6.7, hydro 92.1 % of 100.01;
// (0.2*490 + 0.3*650 + 0.7*230 + 0.01*48 + 6.7*11 + 92.1*24) / 100.01 = 2738.58 / 100.01 = 27.38
TEST(Tables, CanadianProvincesAreMixTimesFuelFactors) {
  EXPECT_DOUBLE_EQ(*find_row("grid_canada", "CA-QC")->number("g_per_kwh"), 27.4);
}

// Arizona: 0.945 AZNM (706.189 lb) + 0.055 NWPP (635.267 lb) = 702.288 lb/MWh = 318.55 g/kWh
TEST(Tables, StatesAreTheMeanOfTheirSubregions) {
  EXPECT_NEAR(*find_row("grid_us_states", "US-AZ")->number("direct_g_per_kwh"), 318.55, 0.06);
}

}  // namespace
}  // namespace carbontracker
