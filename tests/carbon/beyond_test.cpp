#include "carbon/beyond.h"

#include <gtest/gtest.h>

#include "data/tables.h"

namespace carbontracker {
namespace {

DeviceUse use(std::string label, Seconds reserved, std::string kind = "gpu") { return {"gpu0", "n1", std::move(kind), std::move(label), reserved}; }
Place place_of(std::string country, std::string provider = "") {
  Place place;
  place.country = std::move(country);
  place.provider = std::move(provider);
  return place;
}

// One hour of four years is 1 / 35,064 (8,766 h a year). 164 kg: 4.677 g. Low 150 kg over 5 years: 150,000 / 43,830 = 3.422 g.
// High 575 kg over 3 years: 575,000 / 26,298 = 21.865 g.
TEST(Embodied, AnHourOfAnH100) {
  const Embodied e = embodied({use("NVIDIA H100 80GB HBM3", Seconds(3600))});
  ASSERT_EQ(e.devices.size(), 1u);
  EXPECT_NEAR(e.grams.value, 4.677, 0.001);
  EXPECT_NEAR(e.grams.low, 3.422, 0.001);
  EXPECT_NEAR(e.grams.high, 21.865, 0.001);
  EXPECT_NE(e.devices[0].source.find("HGX H100"), std::string::npos);
  EXPECT_EQ(e.devices[0].year, 2025);
}

// A device of four years that is used for eight has lived for eight.
TEST(Embodied, ARunOfYearsHasNoMoreThanTheMaking) {
  const Embodied e = embodied({use("NVIDIA H100 80GB HBM3", Seconds(8 * 365.25 * 86400))});
  EXPECT_DOUBLE_EQ(e.grams.value, 164'000);
  EXPECT_DOUBLE_EQ(e.grams.low, 150'000);
  EXPECT_DOUBLE_EQ(e.grams.high, 575'000);
}

TEST(Embodied, WhatIsNotInItHasAReason) {
  EXPECT_EQ(embodied_reason(embodied({use("NVIDIA H100", Seconds(1))})), "");
  EXPECT_EQ(embodied_reason(embodied({})), "no processor and no GPU was told of");
  EXPECT_EQ(embodied_reason(embodied({use("", Seconds(1)), use("Fantasy Chip 9", Seconds(1))})), "gpu0: its name is not known; gpu0: Fantasy Chip 9 is in no table");
  EXPECT_TRUE(embodied_reason(embodied(std::vector(6, use("", Seconds(1))))).ends_with("known; and 2 more"));
}

// The example in the SCI's text: 1000 kg over 4 years is 28.5 g an hour; so 150 kg (V100) is 4.278 g.
TEST(Embodied, IsTheSciFormula) { EXPECT_NEAR(embodied({use("Tesla V100-SXM2-32GB", Seconds(3600))}).grams.value, 0.15 * 28.52, 0.001); }

TEST(Embodied, AnUnknownDeviceIsNamedAndNoZero) {
  const Embodied e = embodied({use("NVIDIA H100 80GB HBM3", Seconds(3600)), use("", Seconds(3600)), use("Fantasy Chip 9", Seconds(3600))});
  EXPECT_EQ(e.devices.size(), 1u);
  ASSERT_EQ(e.unknown.size(), 2u);
  EXPECT_EQ(e.unknown[1].label, "Fantasy Chip 9");
}

TEST(Embodied, NamesAreMatchedByWholeWordsAndKind) {
  EXPECT_EQ(embodied({use("NVIDIA A1000 Laptop GPU", Seconds(1))}).devices.size(), 0u);  // not an A100
  const auto kg = [](const char* label, const char* kind) { return embodied({use(label, Seconds(1), kind)}).devices.at(0).kg.value; };
  EXPECT_EQ(kg("NVIDIA A100-SXM4-40GB", "gpu"), 274);
  EXPECT_EQ(kg("NVIDIA GeForce GTX 1080 Ti", "gpu"), 89);
  EXPECT_EQ(kg("NVIDIA RTX A4500", "gpu"), 141);
  EXPECT_EQ(kg("NVIDIA GeForce RTX 4090", "gpu"), 115);
  EXPECT_EQ(kg("AMD EPYC 7763 64-Core Processor", "package"), 28.8);         // 9.14 + 0.0197 x 1000
  EXPECT_EQ(kg("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz", "package"), 13.1);  // 9.14 + 0.0197 x 200
  EXPECT_EQ(embodied({use("NVIDIA H100", Seconds(1), "package")}).devices.size(), 0u);
}

TEST(Embodied, EveryRowHasAnOrderedRangeAndASource) {
  int rows = 0;
  for (const char* table : {"embodied", "water"}) {
    const bool kg = std::string_view(table) == "embodied";
    for_each_row(table, [&](const TableRow& row) {
      ++rows;
      const double value = row.number(kg ? "kg" : "l_per_kwh").value(), low = row.number(kg ? "low_kg" : "low_l_per_kwh").value(), high = row.number(kg ? "high_kg" : "high_l_per_kwh").value();
      EXPECT_LE(low, value) << row["id"];
      EXPECT_LE(value, high) << row["id"];
      EXPECT_FALSE(row["source"].empty()) << row["id"];
      return true;
    });
  }
  EXPECT_GT(rows, 40);
}

// 10 kWh of IT energy at AWS's 0.15 L/kWh: 1.5 L on site (0.1 to 27.5); with PUE 1.14 the grid gives 11.4 kWh, Denmark's 3.19 L each: 36.366 L.
TEST(Water, OnAndOffSite) {
  const auto on = water_on_site(kilowatt_hours(10), {1.14, "AWS eu-west-1, 2024"}, place_of("DK", "aws"));
  ASSERT_TRUE(on);
  EXPECT_NEAR(on->litres.value, 1.5, 1e-9);
  EXPECT_NEAR(on->litres.low, 0.1, 1e-9);
  EXPECT_NEAR(on->litres.high, 27.5, 1e-9);
  const auto off = water_off_site(kilowatt_hours(11.4), place_of("DK"));
  ASSERT_TRUE(off);
  EXPECT_NEAR(off->litres.value, 36.366, 1e-9);
  EXPECT_EQ(off->of, "grid:DK");
}

TEST(Water, TheSiteIsKnownByWhatItsPueCameFrom) {
  EXPECT_EQ(water_on_site(kilowatt_hours(1), {1.0, "1.0: workstation"}, {})->litres.high, 0);
  EXPECT_EQ(water_on_site(kilowatt_hours(1), {1.54, "Uptime Institute Global Data Center Survey 2025; default for a Slurm node"}, {})->of, "site:industry");
  EXPECT_EQ(water_on_site(kilowatt_hours(1), {1.17, "Microsoft fleet figure for FY2025"}, {})->of, "site:azure");
  EXPECT_FALSE(water_on_site(kilowatt_hours(1), {1.2, "--pue"}, {}));  // nothing says what stands there
  EXPECT_FALSE(water_on_site(kilowatt_hours(1), {1.0, ""}, {}));
}

TEST(Water, ACountryWithoutAFigureTakesTheWorldsWithItsRange) {
  for (const char* country : {"", "BR"}) {
    const auto off = water_off_site(kilowatt_hours(2), place_of(country));
    EXPECT_EQ(off->of, "grid:WORLD");
    EXPECT_NEAR(off->litres.value, 7.82, 1e-9);
    EXPECT_NEAR(off->litres.high, 13.32, 1e-9);
  }
}

TEST(Cost, IsOfFacilityEnergy) {
  const auto price = parse_price("0.30EUR", "--price");
  ASSERT_TRUE(price);
  EXPECT_EQ(price->currency, "EUR");
  // 10 kWh (9 to 11) x PUE 1.5 x 0.30 = 4.50 (4.05 to 4.95).
  const Cost c = cost({kilowatt_hours(10), kilowatt_hours(9), kilowatt_hours(11)}, {1.5, ""}, *price);
  EXPECT_NEAR(c.amount.value, 4.5, 1e-9);
  EXPECT_NEAR(c.amount.low, 4.05, 1e-9);
  EXPECT_NEAR(c.amount.high, 4.95, 1e-9);
  EXPECT_TRUE(c.bounded);
  EXPECT_FALSE(cost({kilowatt_hours(10), kilowatt_hours(9), std::nullopt}, {1.5, ""}, *price).bounded);
}

TEST(Cost, APriceIsANumberAndPerhapsACurrency) {
  EXPECT_EQ(parse_price(" 0.25 ", "x")->currency, "");
  EXPECT_EQ(parse_price("2.1 kr", "x")->currency, "kr");
  EXPECT_EQ(parse_price("0.3\xE2\x82\xAC", "x")->currency, "\xE2\x82\xAC");
  for (const char* bad : {"", "EUR", "-1", "1e3EUR4", "nan", "0,30", "0.30 EUR a kWh", "1e99"}) EXPECT_FALSE(parse_price(bad, "--price")) << bad;
}

}  // namespace
}  // namespace carbontracker
