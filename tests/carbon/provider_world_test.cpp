// Electricity Maps, WattTime and the Carbon Aware SDK.

#include "carbon/provider_case.h"

namespace carbontracker {
namespace {

constexpr const char *kMaps = "ELECTRICITY_MAPS", *kWatttime = "WATTTIME", *kAware = "CARBON_AWARE_SDK";

std::string zone_of(const char* id, const std::string& code, const std::string& country, const std::string& configured = "", const std::string& subdivision = "") {
  Place place;
  place.code = code;
  place.country = country;
  place.subdivision = subdivision;
  const auto zone = find_provider(id)->zone(place, configured);
  return zone ? *zone : "error: " + zone.error().what;
}

const std::string kHistory = R"({"zone":"DE","temporalGranularity":"hourly","unit":"gCO2eq/kWh","history":[
  {"zone":"DE","carbonIntensity":302,"datetime":"2026-11-25T08:00:00.000Z","emissionFactorType":"lifecycle","isEstimated":false,"estimationMethod":null},
  {"zone":"DE","carbonIntensity":310,"datetime":"2026-11-25T09:00:00.000Z","emissionFactorType":"lifecycle","isEstimated":true,"estimationMethod":"TIME_SLICER_AVERAGE"},
  {"zone":"DE","carbonIntensity":null,"datetime":"2026-11-25T07:00:00.000Z","emissionFactorType":"lifecycle","isEstimated":false},
  {"zone":"DE","carbonIntensity":999,"datetime":"2026-11-25T11:00:00.000Z","emissionFactorType":"lifecycle","isEstimated":true}]})";

TEST(ElectricityMaps, EstimatedHoursSaySo) {
  const auto answer = said(kMaps, "DE", kHistory);
  EXPECT_EQ(measured(answer), (Figures{{"2026-11-25T08:00", 302}, {"2026-11-25T09:00", 310}}));
  EXPECT_FALSE(answer->points[0].estimated);
  EXPECT_TRUE(answer->points[1].estimated);
  EXPECT_EQ(answer->note, "1 of 2 hours are estimates (TIME_SLICER_AVERAGE)");
  EXPECT_EQ(answer->zone, "DE");
}

TEST(ElectricityMaps, WhatIsMeasuredNeedsNoNote) {
  EXPECT_EQ(said(kMaps, "DE", replaced(kHistory, "true", "false"))->note, "");
}

TEST(ElectricityMaps, AnotherZoneUnitStepOrBasisIsRefused) {
  EXPECT_EQ(wrong(said(kMaps, "FR", kHistory)), "answer of Electricity Maps: it is of zone 'DE', 'FR' was asked for");
  EXPECT_NE(wrong(said(kMaps, "DE", replaced(kHistory, "{\"zone\":\"DE\",\"carbonIntensity\":310", "{\"zone\":\"AT\",\"carbonIntensity\":310"))).find("zone 'AT'"), std::string::npos);
  EXPECT_NE(wrong(said(kMaps, "DE", replaced(kHistory, "hourly", "5_minutes"))).find("granularity '5_minutes'"), std::string::npos);
  EXPECT_NE(wrong(said(kMaps, "DE", replaced(kHistory, "gCO2eq/kWh", "kgCO2eq/MWh"))).find("unit 'kgCO2eq/MWh'"), std::string::npos);
  EXPECT_NE(wrong(said(kMaps, "DE", replaced(kHistory, "lifecycle", "direct"))).find("lifecycle basis"), std::string::npos);
}

TEST(ElectricityMaps, AForecastBeginsWithTheHourUnderWay) {
  const auto answer = said(kMaps, "DE", R"({"zone":"DE","forecast":[{"carbonIntensity":300,"datetime":"2026-11-25T09:00:00.000Z"},{"carbonIntensity":310,"datetime":"2026-11-25T10:00:00.000Z"},
    {"carbonIntensity":320,"datetime":"2026-11-25T11:00:00.000Z"}],"updatedAt":"x"})", "2026-11-25T10:30Z");
  EXPECT_EQ(foretold(answer), (Figures{{"2026-11-25T10:00", 310}, {"2026-11-25T11:00", 320}}));
}

// The last Sunday of October and of March, by the offsets of central Europe: 02:30 comes twice, then not at all.
TEST(ElectricityMaps, DaysOfTheChangeByOffsets) {
  const auto answer = said(kMaps, "DE", R"({"zone":"DE","history":[{"carbonIntensity":1,"datetime":"2026-10-25T02:00:00+02:00"},{"carbonIntensity":2,"datetime":"2026-10-25T02:00:00+01:00"},
    {"carbonIntensity":3,"datetime":"2026-03-29T01:00:00+01:00"},{"carbonIntensity":4,"datetime":"2026-03-29T03:00:00+02:00"}]})");
  EXPECT_EQ(measured(answer), (Figures{{"2026-10-25T00:00", 1}, {"2026-10-25T01:00", 2}, {"2026-03-29T00:00", 3}, {"2026-03-29T01:00", 4}}));
}

TEST(ElectricityMaps, NothingIsTakenForNoFigure) {
  EXPECT_NE(wrong(said(kMaps, "DE", "{}")).find("no list 'history'"), std::string::npos);
  EXPECT_NE(wrong(said(kMaps, "DE", R"({"zone":"DE","forecast":{"a":1}})")).find("no list 'forecast'"), std::string::npos);
  EXPECT_NE(wrong(said(kMaps, "DE", "<html>")).find("no JSON"), std::string::npos);
}

TEST(ElectricityMaps, ZonesByPlaceByCoordinatesAndByHand) {
  EXPECT_EQ(zone_of(kMaps, "DE", "DE"), "DE");
  EXPECT_EQ(zone_of(kMaps, "US", "US"), "");
  EXPECT_EQ(zone_of(kMaps, "US-CA", "US", "", "US-CA"), "US-CAL-CISO");
  EXPECT_EQ(zone_of(kMaps, "US", "US", "US-NW-BPAT"), "US-NW-BPAT");
  EXPECT_EQ(zone_of(kMaps, "FR", "FR", "US-NW-BPAT"), "FR");  // what is configured is in another country
  EXPECT_EQ(zone_of(kMaps, "47.61,-122.33", "US"), "47.61,-122.33");
  EXPECT_EQ(urls(kMaps, "47.61,-122.33").front(), "http://service/carbon-intensity/history?lat=47.6100&lon=-122.3300&emissionFactorType=lifecycle&temporalGranularity=hourly");
  EXPECT_EQ(said(kMaps, "52.50,13.40", kHistory)->zone, "DE");  // by coordinates the answer names the zone
}

TEST(ElectricityMaps, TheKeyIsInAHeaderAndIsNotFollowedElsewhere) {
  const auto requests = find_provider(kMaps)->requests({"http://service", "k", "DE", moment("2026-11-25T10:00Z")});
  for (const HttpRequest& request : requests) {
    EXPECT_EQ(request.headers, std::vector<std::string>{"auth-token: k"});
    EXPECT_FALSE(request.follow);
    EXPECT_EQ(request.shown, "http://service");
  }
}

const std::string kPoints = R"({"data":[{"point_time":"2026-11-25T09:55:00+00:00","value":1000},{"point_time":"2026-11-25T11:05:00+01:00","value":"500"},{"point_time":"2026-11-25T09:50:00+00:00","value":null}],
  "meta":{"region":"CAISO_NORTH","signal_type":"co2_moer","units":"lbs_co2_per_mwh","data_point_period_seconds":300}})";

// 1 lb/MWh is 0.45359237 g/kWh; 11:05+01:00 is 10:05 UTC, after the present.
TEST(WattTime, PoundsAMegawattHourBecomeGrams) {
  const auto answer = said(kWatttime, "CAISO_NORTH", kPoints);
  EXPECT_EQ(measured(answer), (Figures{{"2026-11-25T09:55", 453.59237}}));
  EXPECT_EQ(foretold(answer), (Figures{{"2026-11-25T10:05", 226.796185}}));
}

TEST(WattTime, AnotherUnitRegionOrSignalIsRefused) {
  EXPECT_NE(wrong(said(kWatttime, "CAISO_NORTH", replaced(kPoints, "lbs_co2_per_mwh", "kg_co2_per_mwh"))).find("kg_co2_per_mwh"), std::string::npos);
  EXPECT_NE(wrong(said(kWatttime, "CAISO_NORTH", replaced(kPoints, "\"units\":\"lbs_co2_per_mwh\",", ""))).find("not told"), std::string::npos);
  EXPECT_EQ(wrong(said(kWatttime, "PJM_DC", kPoints)), "answer of WattTime: it is of zone 'CAISO_NORTH', 'PJM_DC' was asked for");
  EXPECT_NE(wrong(said(kWatttime, "CAISO_NORTH", replaced(kPoints, "co2_moer", "health_damage"))).find("health_damage"), std::string::npos);
  for (const char* body : {"{}", "[]", "<html>", "null"}) EXPECT_FALSE(said(kWatttime, "CAISO_NORTH", body)) << body;
}

TEST(WattTime, RegionsByCoordinates) {
  EXPECT_EQ(zone_of(kWatttime, "37.77,-122.42", "US"), "37.77,-122.42");
  EXPECT_EQ(zone_of(kWatttime, "37.77,-122.42", "US", "PJM_DC"), "PJM_DC");
  EXPECT_EQ(zone_of(kWatttime, "US-CA", "US", "", "US-CA"), "CAISO_NORTH");
  EXPECT_EQ(zone_of(kWatttime, "DE", "DE"), "");
  const Provider& provider = *find_provider(kWatttime);
  EXPECT_EQ(provider.locate({"http://service", "t", "37.77,-122.42", {}}).url, "http://service/v3/region-from-loc?latitude=37.7700&longitude=-122.4200&signal_type=co2_moer");
  EXPECT_EQ(provider.located(R"({"region":"CAISO_NORTH","region_full_name":"x","signal_type":"co2_moer"})").value(), "CAISO_NORTH");
  for (const char* body : {"{}", "{\"region\":7}", "{\"region\":\"\"}", "<html>"}) EXPECT_FALSE(provider.located(body)) << body;
}

TEST(CarbonAwareSdk, MeasuredAndForetold) {
  const auto past = said(kAware, "westeurope", R"([{"location":"westeurope","time":"2026-11-25T09:00:00+00:00","rating":312.1,"duration":"01:00:00"},{"location":"westeurope","time":"2026-11-25T11:00:00+00:00","rating":1}])");
  EXPECT_EQ(measured(past), (Figures{{"2026-11-25T09:00", 312.1}}));
  const auto ahead = said(kAware, "westeurope", R"([{"location":"westeurope","forecastData":[{"timestamp":"2026-11-25T10:00:00+00:00","value":300},{"timestamp":"2026-11-24T10:00:00+00:00","value":1},
    {"timestamp":"2026-11-25T12:00:00+01:00","value":null}]}])");
  EXPECT_EQ(foretold(ahead), (Figures{{"2026-11-25T10:00", 300}}));
}

TEST(CarbonAwareSdk, TwoPlacesInOneAnswerAreRefused) {
  EXPECT_NE(wrong(said(kAware, "westeurope", R"([{"location":"westeurope","time":"2026-11-25T09:00:00Z","rating":1},{"location":"eastus","time":"2026-11-25T09:00:00Z","rating":2}])")).find("'eastus'"), std::string::npos);
  for (const char* body : {"{}", "null", "<html>", "\"x\""}) EXPECT_FALSE(said(kAware, "westeurope", body)) << body;
  EXPECT_TRUE(measured(said(kAware, "westeurope", "[1,null,[],{\"forecastData\":5}]")).empty());
}

}  // namespace
}  // namespace carbontracker
