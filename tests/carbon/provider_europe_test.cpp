// Energi Data Service and Energy-Charts.

#include "carbon/provider_case.h"

namespace carbontracker {
namespace {

constexpr const char *kEnergi = "ENERGI_DATA_SERVICE", *kCharts = "ENERGY_CHARTS";

std::string record(const std::string& utc, const std::string& denmark, const std::string& grams, const std::string& area = "DK2") {
  return "{\"Minutes5UTC\":\"" + utc + "\",\"Minutes5DK\":\"" + denmark + "\",\"PriceArea\":\"" + area + "\",\"CO2Emission\":" + grams + "}";
}
std::string dataset(const std::string& name, const std::string& inside) { return "{\"total\":1,\"dataset\":\"" + name + "\",\"records\":[" + inside + "]}"; }

TEST(EnergiDataService, FiveMinutesByUtcWhateverDenmarkCallsThem) {
  // 25 October 2026, 03:00 to 02:00 in Denmark at 01:00 UTC: 02:00 is told twice, by UTC once each.
  const auto autumn = said(kEnergi, "DK2", dataset("CO2Emis", record("2026-10-25T00:00:00", "2026-10-25T02:00:00", "62.0") + "," + record("2026-10-25T01:00:00", "2026-10-25T02:00:00", "64.5")));
  EXPECT_EQ(measured(autumn), (Figures{{"2026-10-25T00:00", 62}, {"2026-10-25T01:00", 64.5}}));
  // 29 March 2026, 02:00 to 03:00 at 01:00 UTC: Denmark has no 02:30, UTC misses nothing.
  const auto spring = said(kEnergi, "DK2", dataset("CO2Emis", record("2026-03-29T00:55:00", "2026-03-29T01:55:00", "70") + "," + record("2026-03-29T01:00:00", "2026-03-29T03:00:00", "71")));
  EXPECT_EQ(measured(spring), (Figures{{"2026-03-29T00:55", 70}, {"2026-03-29T01:00", 71}}));
}

TEST(EnergiDataService, AForecastIsOfTheFutureAndAMeasurementOfThePast) {
  const std::string both = record("2026-11-25T09:55:00", "", "62") + "," + record("2026-11-25T10:05:00", "", "63");
  EXPECT_EQ(measured(said(kEnergi, "DK2", dataset("CO2Emis", both))), (Figures{{"2026-11-25T09:55", 62}}));
  EXPECT_EQ(foretold(said(kEnergi, "DK2", dataset("CO2EmisProg", both))), (Figures{{"2026-11-25T10:05", 63}}));
}

TEST(EnergiDataService, AnotherPriceAreaIsRefusedByName) {
  EXPECT_EQ(wrong(said(kEnergi, "DK2", dataset("CO2Emis", record("2026-11-25T09:55:00", "", "62", "DK1")))), "answer of Energi Data Service: it is of zone 'DK1', 'DK2' was asked for");
}

TEST(EnergiDataService, NullsAndWhatIsNoAnswer) {
  EXPECT_EQ(measured(said(kEnergi, "DK2", dataset("CO2Emis", record("2026-11-25T09:50:00", "", "null") + ",null,7," + record("2026-11-25T09:55:00", "", "62")))), (Figures{{"2026-11-25T09:55", 62}}));
  EXPECT_NE(wrong(said(kEnergi, "DK2", "{}")).find("no list 'records'"), std::string::npos);
  EXPECT_NE(wrong(said(kEnergi, "DK2", "<!DOCTYPE html>")).find("no JSON: <!DOCTYPE html>"), std::string::npos);
}

TEST(EnergiDataService, JutlandAndFunenAreDk1) {
  const auto zone = [](const std::string& subdivision, const std::string& configured) {
    Place place;
    place.country = "DK";
    place.subdivision = subdivision;
    const auto found = find_provider(kEnergi)->zone(place, configured);
    return found ? *found : "error";
  };
  EXPECT_EQ(zone("", ""), "DK2");
  EXPECT_EQ(zone("DK-82", ""), "DK1");
  EXPECT_EQ(zone("DK-82", "DK2"), "DK2");
  EXPECT_EQ(zone("", "SE4"), "error");
}

// 1764064800 is 2025-11-25 10:00 UTC (20,417 days of 86,400 s are 1,764,028,800; 36,000 s more).
TEST(EnergyCharts, MeasuredUntilNowForetoldFromTheQuarterUnderWay) {
  const auto answer = said(kCharts, "de", R"({"unix_seconds":[1764063000,1764063900,1764064800,1764065700],"co2eq":[331.0,null,329.5,null],"co2eq_forecast":[1,325.8,326,327],"deprecated":false})",
                           "2025-11-25T10:05Z");
  EXPECT_EQ(measured(answer), (Figures{{"2025-11-25T09:30", 331}, {"2025-11-25T10:00", 329.5}}));  // 09:45 is a gap: what was foretold of it is no figure of the past
  EXPECT_EQ(foretold(answer), (Figures{{"2025-11-25T10:15", 327}}));
}

TEST(EnergyCharts, ListsOfUnequalLengthAndTimesThatCannotBe) {
  EXPECT_EQ(measured(said(kCharts, "de", R"({"unix_seconds":[1764063000,1764063900],"co2eq":[331.0]})", "2025-11-25T10:05Z")), (Figures{{"2025-11-25T09:30", 331}}));
  EXPECT_EQ(measured(said(kCharts, "de", R"({"unix_seconds":[9223372036854775807,18446744073709551615,-1,1e18,"1764063000",null],"co2eq":[1,2,3,4,5,6]})")), Figures{});
  EXPECT_EQ(measured(said(kCharts, "de", R"({"unix_seconds":[1764063000],"co2eq":"x","co2eq_forecast":{}})", "2025-11-25T10:05Z")), Figures{});
}

TEST(EnergyCharts, NothingIsTakenForNoFigure) {
  for (const char* body : {"{}", "{\"unix_seconds\":null}", "\"x\"", "{\"unix_seconds\":{}}"}) EXPECT_NE(wrong(said(kCharts, "de", body)).find("no list 'unix_seconds'"), std::string::npos) << body;
  EXPECT_NE(wrong(said(kCharts, "de", "<html>")).find("no JSON"), std::string::npos);
  EXPECT_TRUE(measured(said(kCharts, "de", "{\"unix_seconds\":[],\"co2eq\":[]}")).empty());
}

}  // namespace
}  // namespace carbontracker
