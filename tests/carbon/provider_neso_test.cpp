#include "carbon/provider_case.h"

namespace carbontracker {
namespace {

constexpr const char* kId = "UK_CARBON_INTENSITY";

std::string slots(const std::string& inside) { return "{\"data\":[" + inside + "]}"; }
std::string slot(const std::string& from, const std::string& forecast, const std::string& actual) {
  return "{\"from\":\"" + from + "\",\"to\":\"x\",\"intensity\":{\"forecast\":" + forecast + ",\"actual\":" + actual + ",\"index\":\"moderate\"}}";
}

TEST(Neso, HalfHoursThatAreOverAreMeasuredAndTheOthersForetold) {
  const auto answer = said(kId, "GB", slots(slot("2026-11-25T09:30Z", "171", "165") + "," + slot("2026-11-25T10:00Z", "180", "null") + "," + slot("2026-11-25T10:30Z", "190", "null")));
  EXPECT_EQ(measured(answer), (Figures{{"2026-11-25T09:30", 165}}));
  EXPECT_EQ(foretold(answer), (Figures{{"2026-11-25T10:00", 180}, {"2026-11-25T10:30", 190}}));
}

TEST(Neso, AHalfHourThatIsOverAndHasNoFigureIsAGap) {
  EXPECT_EQ(measured(said(kId, "GB", slots(slot("2026-11-25T09:00Z", "171", "null") + "," + slot("2026-11-25T09:30Z", "171", "165")))), (Figures{{"2026-11-25T09:30", 165}}));
}

// 25 October 2026: 02:00 to 01:00 in London at 01:00 UTC. By UTC stamps no hour is told twice.
TEST(Neso, TheHourThatIsRepeatedInAutumnIsTwoHours) {
  const auto answer = said(kId, "GB", slots(slot("2026-10-25T00:30Z", "1", "101") + "," + slot("2026-10-25T01:00Z", "1", "102") + "," + slot("2026-10-25T01:30Z", "1", "103")));
  EXPECT_EQ(measured(answer), (Figures{{"2026-10-25T00:30", 101}, {"2026-10-25T01:00", 102}, {"2026-10-25T01:30", 103}}));
}

TEST(Neso, NothingIsTakenForNoFigure) {
  EXPECT_NE(wrong(said(kId, "GB", "{}")).find("no list 'data'"), std::string::npos);
  EXPECT_NE(wrong(said(kId, "GB", "<html>Down for maintenance</html>")).find("no JSON: <html>Down"), std::string::npos);
  EXPECT_NE(wrong(said(kId, "GB", "")).find("no JSON"), std::string::npos);
  EXPECT_NE(wrong(said(kId, "GB", "null")).find("no list"), std::string::npos);
  EXPECT_NE(wrong(said(kId, "GB", "{\"data\": [")).find("no JSON"), std::string::npos);
  EXPECT_TRUE(measured(said(kId, "GB", "{\"data\":[]}")).empty());
  EXPECT_TRUE(measured(said(kId, "GB", "{\"data\":[1,null,\"x\",[],{\"from\":5,\"intensity\":[]},{\"from\":\"2026-11-25T09:00Z\"}]}")).empty());
}

TEST(Neso, NumbersThatAreNoneAndYearsThatCannotBe) {
  EXPECT_NE(wrong(said(kId, "GB", slots(slot("2026-11-25T09:00Z", "1", "1e999")))).find("no JSON"), std::string::npos);
  EXPECT_EQ(measured(said(kId, "GB", slots(slot("2026-11-25T09:00Z", "1", "\"nan\"") + "," + slot("9999-11-25T09:00Z", "1", "5") + "," + slot("2026-02-30T09:00Z", "1", "5")))), Figures{});
}

TEST(Neso, ARegionHasForecastsAloneForPastHoursToo) {
  const std::string half_hours = "[" + slot("2026-11-25T09:00Z", "120", "null") + "," + slot("2026-11-25T10:30Z", "130", "null") + "]";
  const std::string region = "{\"regionid\":13,\"shortname\":\"London\",\"postcode\":\"SW1A\",\"data\":" + half_hours + "}";
  for (const std::string& body : {"{\"data\":" + region + "}", "{\"data\":[" + region + "]}"}) {  // documented as a list, answered as an object
    const auto answer = said(kId, "region 13", body);
    EXPECT_EQ(foretold(answer), (Figures{{"2026-11-25T09:00", 120}, {"2026-11-25T10:30", 130}})) << body;
    EXPECT_TRUE(measured(answer).empty());
    EXPECT_EQ(answer->zone, "region 13 (London)");
    EXPECT_NE(answer->note.find("forecasts, for past hours too"), std::string::npos);
  }
  EXPECT_EQ(foretold(said(kId, "postcode SW1A", "{\"data\":" + region + "}")).size(), 2u);
}

TEST(Neso, AnotherRegionIsRefusedByName) {
  const std::string body = "{\"data\":{\"regionid\":14,\"postcode\":\"EC1\",\"data\":[]}}";
  EXPECT_EQ(wrong(said(kId, "region 13", body)), "answer of NESO: it is of zone 'region 14', 'region 13' was asked for");
  EXPECT_EQ(wrong(said(kId, "postcode SW1A", body)), "answer of NESO: it is of zone 'postcode EC1', 'postcode SW1A' was asked for");
  EXPECT_NE(wrong(said(kId, "region 13", "{}")).find("of a region"), std::string::npos);
}

std::string zone_of(const std::string& configured, const std::string& country = "GB") {
  Place place;
  place.country = country;
  const auto zone = find_provider(kId)->zone(place, configured);
  return zone ? *zone : "error: " + zone.error().what;
}

TEST(Neso, RegionsAreNumbersFrom1To17OrPostcodes) {
  EXPECT_EQ(zone_of(""), "GB");
  EXPECT_EQ(zone_of("13"), "region 13");
  EXPECT_EQ(zone_of("17"), "region 17");
  EXPECT_EQ(zone_of("SW1A 1AA"), "postcode SW1A");
  EXPECT_EQ(zone_of("sw1a1aa"), "postcode SW1A");
  EXPECT_EQ(zone_of("EC1"), "postcode EC1");
  EXPECT_EQ(zone_of("M1 1AE"), "postcode M1");
  EXPECT_EQ(zone_of("13", "FR"), "");
  for (const char* bad : {"0", "18", "London", "-1", "SW1A/../..", "1A", "S\x1b[1"}) EXPECT_TRUE(zone_of(bad).starts_with("error: CARBONTRACKER_UK_CARBON_INTENSITY_REGION")) << bad;
}

TEST(Neso, WhatIsAsked) {
  EXPECT_EQ(urls(kId, "GB"), (std::vector<std::string>{"http://service/intensity/2026-11-18T10:00Z/2026-11-25T10:00Z", "http://service/intensity/2026-11-25T10:00Z/fw48h"}));
  EXPECT_EQ(urls(kId, "region 13").back(), "http://service/regional/intensity/2026-11-25T10:00Z/fw48h/regionid/13");
  EXPECT_EQ(urls(kId, "postcode SW1A").front(), "http://service/regional/intensity/2026-11-18T10:00Z/2026-11-25T10:00Z/postcode/SW1A");
}

}  // namespace
}  // namespace carbontracker
