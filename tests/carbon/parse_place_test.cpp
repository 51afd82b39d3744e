#include <gtest/gtest.h>

#include "carbon/place.h"
#include "carbon/suggest.h"

namespace carbontracker {
namespace {

Place place(std::string_view text) {
  const auto parsed = parse_place(text, "--place");
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().what);
  return parsed.value_or(Place{});
}

Error error_of(std::string_view text) {
  const auto parsed = parse_place(text, "--place");
  EXPECT_FALSE(parsed) << text << " was taken as " << (parsed ? parsed->code : "");
  return parsed ? Error{} : parsed.error();
}

TEST(ParsePlace, CountriesByEitherCodeOrNameInAnyCase) {
  for (const char* text : {"DK", "dk", "DNK", "dnk", "Denmark", "denmark", "  DK "}) {
    EXPECT_EQ(place(text).code, "DK") << text;
    EXPECT_EQ(place(text).country, "DK") << text;
    EXPECT_EQ(place(text).name, "Denmark") << text;
  }
  EXPECT_EQ(place("DK").from, "--place");
  EXPECT_EQ(place("NA").name, "Namibia");
  EXPECT_EQ(place("CA").name, "Canada");
}

TEST(ParsePlace, SubdivisionsOfUsAndCanada) {
  EXPECT_EQ(place("us-ca").code, "US-CA");
  EXPECT_EQ(place("US-CA").country, "US");
  EXPECT_EQ(place("US-CA").subdivision, "US-CA");
  EXPECT_EQ(place("US-CA").name, "California, United States");
  EXPECT_EQ(place("US-VT").egrid, "NEWE");  // the whole state lies in one subregion
  EXPECT_EQ(place("US-CA").egrid, "");
  EXPECT_EQ(place("CA-QC").name, "Quebec, Canada");
}

TEST(ParsePlace, CloudRegionsByAnyNameOfTheProvider) {
  EXPECT_EQ(place("aws:eu-west-1").country, "IE");
  EXPECT_EQ(place("aws:eu-west-1").name, "Dublin, Ireland (AWS eu-west-1)");
  EXPECT_EQ(place("AWS:EU-West-1").code, "aws:eu-west-1");
  EXPECT_EQ(place("amazon:eu-west-1").provider, "aws");
  EXPECT_EQ(place("azure:West Europe").region, "westeurope");
  EXPECT_EQ(place("gcp:europe-north1").country, "FI");
  EXPECT_EQ(place("google:us-east4").egrid, "SRVC");
  EXPECT_EQ(place("azure:canadaeast").subdivision, "CA-QC");
}

TEST(ParsePlace, AnAvailabilityZoneGivesItsRegion) {
  EXPECT_EQ(place("aws:us-east-1a").code, "aws:us-east-1");
  EXPECT_EQ(place("gcp:europe-west4-b").code, "gcp:europe-west4");
}

TEST(ParsePlace, Coordinates) {
  EXPECT_EQ(place("55.68,12.57").country, "DK");  // Copenhagen
  EXPECT_EQ(place("55.68,12.57").code, "55.68,12.57");
  EXPECT_EQ(place("59.33, 18.07").country, "SE");
  EXPECT_EQ(place("48.14,11.58").country, "DE");    // Munich
  EXPECT_EQ(place("43.30,5.37").country, "FR");     // Marseille
  EXPECT_EQ(place("1.35,103.82").country, "SG");
  EXPECT_EQ(place("-33.87,151.21").country, "AU");
  EXPECT_EQ(place("35.68,139.69").country, "JP");
}

TEST(ParsePlace, UsCoordinatesGiveTheSubregion) {
  EXPECT_EQ(place("37.77,-122.42").egrid, "CAMX");  // San Francisco
  EXPECT_EQ(place("30.27,-97.74").egrid, "ERCT");   // Austin
  EXPECT_EQ(place("47.61,-122.33").egrid, "NWPP");  // Seattle
  EXPECT_EQ(place("41.88,-87.63").egrid, "RFCW");   // downtown Chicago lies in no outline: the nearest one
  EXPECT_EQ(place("41.88,-87.63").country, "US");
  EXPECT_EQ(place("21.31,-157.86").egrid, "HIOA");  // Honolulu
  EXPECT_EQ(place("43.65,-79.38").country, "CA");   // Toronto
  EXPECT_EQ(place("43.65,-79.38").egrid, "");
}

TEST(ParsePlace, TheOpenSeaHasNoCountryAndSaysSo) {
  EXPECT_EQ(place("0,-30").country, "");
  EXPECT_NE(place("0,-30").note.find("no country within 50 km"), std::string::npos);
}

TEST(ParsePlace, ABorderNearbyIsNamed) {
  EXPECT_NE(place("55.61,13.00").note + place("47.56,7.59").note, "");  // Basel: France and Germany touch it
  EXPECT_NE(place("47.56,7.59").note.find("near the border"), std::string::npos);
}

TEST(ParsePlace, CoordinatesOutOfRangeAreRefused) {
  EXPECT_EQ(error_of("91,0").code, Errc::invalid_input);
  EXPECT_EQ(error_of("0,181").code, Errc::invalid_input);
  EXPECT_NE(error_of("12.57,555.68").hint.find("latitude first"), std::string::npos);
}

TEST(ParsePlace, TheWorldMayBeAskedFor) { EXPECT_EQ(place("world").code, "WORLD"); }

TEST(ParsePlace, B113_ACountyNameGivesTheCountry) {
  for (const char* text : {"SWE-stockholm county", "stockholm county, SWE", "Stockholm County, Sweden"}) {
    EXPECT_EQ(place(text).country, "SE") << text;
    EXPECT_NE(place(text).note.find("Sweden as a whole"), std::string::npos) << text;
  }
  EXPECT_EQ(place("SE-AB").country, "SE");
  EXPECT_EQ(place("DE-BY").code, "DE-BY");
}

TEST(ParsePlace, B115_UkIsTakenAsGbWithANotice) {
  EXPECT_EQ(place("UK").code, "GB");
  EXPECT_EQ(place("uk").country, "GB");
  EXPECT_NE(place("UK").note.find("read as GB"), std::string::npos);
  EXPECT_EQ(place("GB").note, "");
  EXPECT_EQ(place("GB").name, "United Kingdom");
}

TEST(ParsePlace, B117_NameAndCodeAgree) {
  EXPECT_EQ(place("FRA").code, "FR");
  EXPECT_EQ(place("FRA").name, "France");
  EXPECT_EQ(place("CAN").name, "Canada");
}

TEST(ParsePlace, B151_AnUnknownPlaceIsAClearErrorWithTheNearestCodes) {
  const Error error = error_of("abcd");
  EXPECT_EQ(error.code, Errc::invalid_input);
  EXPECT_NE(error.what.find("--place"), std::string::npos);
  EXPECT_NE(error.what.find("'abcd'"), std::string::npos);
  EXPECT_NE(error.hint.find("nearest: "), std::string::npos);
  EXPECT_NE(error_of("US-XX").hint.find("US-"), std::string::npos);
  EXPECT_NE(error_of("eu-west-1").hint.find("aws:eu-west-1"), std::string::npos);  // the provider is missing
  EXPECT_NE(error_of("aws:eu-wset-1").hint.find("aws:eu-west-1"), std::string::npos);
  EXPECT_NE(error_of("Denmrak").hint.find("DK"), std::string::npos);
  EXPECT_NE(error_of("ovh:gra").what.find("no cloud provider 'ovh'"), std::string::npos);
  EXPECT_EQ(error_of("US-abcd").code, Errc::invalid_input);
}

// "Denmrk" was answered with DK, BJ and CM, "Copenhagen" with CG, US-OR and AM: what is not near is no help.
TEST(ParsePlace, OnlyWhatIsNearIsNamedAndWithItsName) {
  EXPECT_NE(error_of("Denmrk").hint.find("nearest: DK (Denmark); a place is"), std::string::npos) << error_of("Denmrk").hint;
  EXPECT_NE(error_of("eu-west-1").hint.find("nearest: aws:eu-west-1; a place is"), std::string::npos) << error_of("eu-west-1").hint;
  EXPECT_EQ(error_of("Copenhagen").hint.find("nearest"), std::string::npos) << error_of("Copenhagen").hint;
}

TEST(ParsePlace, StatesAndProvincesByName) {
  EXPECT_EQ(place("California").code, "US-CA");
  EXPECT_EQ(place("new york").code, "US-NY");
  EXPECT_EQ(place("Alberta").code, "CA-AB");
  EXPECT_EQ(place("Georgia").code, "GE");
  EXPECT_NE(place("Georgia").note.find("US-GA"), std::string::npos);
}

TEST(ParsePlace, HostileTextIsRefusedNotCrashedOn) {
  for (const std::string& text : {std::string(), std::string("  "), std::string(100000, 'x'), std::string(",,,,"), std::string(":"), std::string("aws:"),
                                  std::string("-"), std::string("\0\0", 2), std::string("DK\nSE"), std::string("nan,nan"), std::string("1e999,0"), std::string("%s%n")})
    EXPECT_EQ(error_of(text).code, Errc::invalid_input);
}

TEST(EditDistance, CountsSwapsAsOne) {
  EXPECT_EQ(edit_distance("DNK", "dnk"), 0u);
  EXPECT_EQ(edit_distance("denmrak", "denmark"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

}  // namespace
}  // namespace carbontracker
