// EIA and ENTSO-E: generation by fuel.

#include "carbon/provider_case.h"

namespace carbontracker {
namespace {

constexpr const char *kEia = "EIA", *kEntsoe = "ENTSOE";

std::string row(const std::string& end, const std::string& fuel, const std::string& value, const std::string& more = "") {
  return "{\"period\":\"" + end + "\",\"respondent\":\"CISO\",\"fueltype\":\"" + fuel + "\",\"value\":" + value + ",\"value-units\":\"megawatthours\"" + more + "}";
}
std::string response(const std::string& rows, int total = 0) { return "{\"response\":{\"total\":\"" + std::to_string(total) + "\",\"data\":[" + rows + "]}}"; }

// (100 x 490 + 300 x 48) / 400 = 158.5; a stamp is the hour's end. Values may be texts.
TEST(Eia, GenerationTimesFactorsOfTheHourThatEnds) {
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T09", "NG", "\"100\"") + "," + row("2026-11-25T09", "SUN", "300")))), (Figures{{"2026-11-25T08:00", 158.5}}));
}

TEST(Eia, NewFuelTypesAreKnown) {
  // With batteries as without: (100 x 490 + 200 x 48 + 100 x 11) / 400 = 59,700 / 400.
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T09", "NG", "100") + "," + row("2026-11-25T09", "SNB", "200") + "," + row("2026-11-25T09", "WNB", "100")))), (Figures{{"2026-11-25T08:00", 149.25}}));
  // Storage moves energy and makes none, whether it gives or takes.
  std::string rows = row("2026-11-25T09", "NG", "100");
  for (const char* storage : {"BAT", "PS", "OES", "UES"}) rows += "," + row("2026-11-25T09", storage, "500") + "," + row("2026-11-25T08", storage, "-500");
  EXPECT_EQ(measured(said(kEia, "CISO", response(rows))), (Figures{{"2026-11-25T08:00", 490}}));
  // What is unknown is left out where it is little, and makes an hour no figure where it is much.
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T09", "NG", "95") + "," + row("2026-11-25T09", "UNK", "5")))), (Figures{{"2026-11-25T08:00", 490}}));
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T09", "NG", "50") + "," + row("2026-11-25T09", "XYZ", "50")))), Figures{});
}

TEST(Eia, AnAnswerThatWasCutLosesItsOldestHour) {
  const std::string rows = row("2026-11-25T09", "NG", "100") + "," + row("2026-11-25T09", "WND", "100") + "," + row("2026-11-25T08", "NG", "100");
  EXPECT_EQ(measured(said(kEia, "CISO", response(rows, 4))), (Figures{{"2026-11-25T08:00", 250.5}}));  // (490 + 11) / 2
  EXPECT_NE(urls(kEia, "CISO")[0].find("&sort%5B0%5D%5Bcolumn%5D=period&sort%5B0%5D%5Bdirection%5D=desc&offset=0&length=5000"), std::string::npos);
  EXPECT_NE(urls(kEia, "CISO")[0].find("&start=2026-11-13T10&end=2026-11-25T10"), std::string::npos);  // 12 days x 24 hours x 16 fuels = 4,608 rows
}

TEST(Eia, AnotherUnitOrRespondentIsRefused) {
  EXPECT_NE(wrong(said(kEia, "CISO", response(replaced(row("2026-11-25T09", "NG", "1"), "megawatthours", "gigawatthours")))).find("gigawatthours"), std::string::npos);
  EXPECT_EQ(wrong(said(kEia, "PJM", response(row("2026-11-25T09", "NG", "1")))), "answer of EIA: it is of zone 'CISO', 'PJM' was asked for");
}

TEST(Eia, NothingIsTakenForNoFigure) {
  EXPECT_NE(wrong(said(kEia, "CISO", "{}")).find("no list 'data'"), std::string::npos);
  EXPECT_NE(wrong(said(kEia, "CISO", "{\"response\":{}}")).find("no list 'data'"), std::string::npos);
  EXPECT_NE(wrong(said(kEia, "CISO", "<html>")).find("no JSON"), std::string::npos);
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T09", "NG", "null") + "," + row("2026-11-25", "NG", "1") + "," + row("yesterday", "NG", "1") + ",null,3"))), Figures{});
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T09", "NG", "1e300")))), Figures{});
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-25T11", "NG", "100")))), Figures{});  // ends after the present
}

// 1 November and 8 March 2026: stamps are UTC, so no hour is told twice and none is missing.
TEST(Eia, DaysOfTheChange) {
  EXPECT_EQ(measured(said(kEia, "CISO", response(row("2026-11-01T09", "NG", "1") + "," + row("2026-11-01T10", "NG", "1") + "," + row("2026-03-08T10", "NG", "1") + "," + row("2026-03-08T11", "NG", "1")))),
            (Figures{{"2026-03-08T09:00", 490}, {"2026-03-08T10:00", 490}, {"2026-11-01T08:00", 490}, {"2026-11-01T09:00", 490}}));
}

std::string series(const std::string& type, const std::string& resolution, const std::string& points, const std::string& extra = "", const std::string& start = "2026-11-25T08:00Z",
                   const std::string& end = "2026-11-25T10:00Z") {
  return "<TimeSeries>" + extra + "<MktPSRType><psrType>" + type + "</psrType></MktPSRType><Period><timeInterval><start>" + start + "</start><end>" + end + "</end></timeInterval><resolution>" + resolution +
         "</resolution>" + points + "</Period></TimeSeries>";
}
std::string point(int position, const std::string& megawatts) { return "<Point><position>" + std::to_string(position) + "</position><quantity>" + megawatts + "</quantity></Point>"; }
std::string document(const std::string& inside) { return "<?xml version=\"1.0\"?><GL_MarketDocument xmlns=\"urn:x\">" + inside + "</GL_MarketDocument>"; }

// Gas 100 MW in two hours, of which the second repeats the first; wind 300 MW and then 100 MW: (49,000 + 3,300) / 400 and (49,000 + 1,100) / 200.
TEST(Entsoe, TypesOfUnequalStepsByTheQuarter) {
  const auto answer = said(kEntsoe, "A", document(series("B04", "PT60M", point(1, "100")) + series("B19", "PT15M", point(1, "300") + point(5, "100"))));
  EXPECT_EQ(measured(answer), (Figures{{"2026-11-25T08:00", 130.75}, {"2026-11-25T08:15", 130.75}, {"2026-11-25T08:30", 130.75}, {"2026-11-25T08:45", 130.75},
                                       {"2026-11-25T09:00", 250.5}, {"2026-11-25T09:15", 250.5}, {"2026-11-25T09:30", 250.5}, {"2026-11-25T09:45", 250.5}}));
}

TEST(Entsoe, AMomentWhoseTypesAreNotAllReportedIsNoFigure) {
  // Gas is reported for the first of two hours only; wind for both.
  const auto answer = said(kEntsoe, "A", document(series("B04", "PT60M", point(1, "100"), "", "2026-11-25T08:00Z", "2026-11-25T09:00Z") + series("B19", "PT60M", point(1, "300"))));
  EXPECT_EQ(measured(answer).size(), 4u);
  EXPECT_EQ(measured(answer).rbegin()->first, "2026-11-25T08:45");
}

TEST(Entsoe, PositionsThatAreLeftOutRepeatExceptInCurvesOfTypeA01) {
  const auto curve = [](const std::string& type) { return series("B04", "PT60M", point(1, "100"), "<curveType>" + type + "</curveType>"); };
  EXPECT_EQ(measured(said(kEntsoe, "A", document(curve("A03")))).size(), 8u);
  EXPECT_EQ(measured(said(kEntsoe, "A", document(curve("A01")))).size(), 4u);
}

TEST(Entsoe, StorageAndWhatItTakesAreLeftOut) {
  const auto answer = said(kEntsoe, "A", document(series("B04", "PT60M", point(1, "100")) + series("B10", "PT60M", point(1, "900")) + series("B25", "PT60M", point(1, "900")) +
                                                  series("B04", "PT60M", point(1, "900"), "<outBiddingZone_Domain.mRID codingScheme=\"A01\">A</outBiddingZone_Domain.mRID>")));
  EXPECT_EQ(measured(answer).at("2026-11-25T08:00"), 490);
}

TEST(Entsoe, AnotherAreaOrUnitIsRefused) {
  const auto of = [](const std::string& area, const std::string& unit) {
    return document(series("B04", "PT60M", point(1, "100"), "<inBiddingZone_Domain.mRID codingScheme=\"A01\">" + area + "</inBiddingZone_Domain.mRID><quantity_Measure_Unit.name>" + unit + "</quantity_Measure_Unit.name>"));
  };
  EXPECT_EQ(measured(said(kEntsoe, "A", of("A", "MAW"))).size(), 8u);
  EXPECT_EQ(wrong(said(kEntsoe, "A", of("B", "MAW"))), "answer of ENTSO-E: it is of zone 'B', 'A' was asked for");
  EXPECT_NE(wrong(said(kEntsoe, "A", of("A", "KWT"))).find("unit KWT"), std::string::npos);
}

TEST(Entsoe, TheReasonOfARefusalIsSaid) {
  EXPECT_NE(wrong(said(kEntsoe, "A", "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>")).find("No matching data found"),
            std::string::npos);
  EXPECT_NE(wrong(said(kEntsoe, "A", "<html>\x1b[31m")).find("no GL_MarketDocument: <html>"), std::string::npos);
  EXPECT_EQ(wrong(said(kEntsoe, "A", "<html>\x1b[31m")).find('\x1b'), std::string::npos);
  EXPECT_NE(wrong(said(kEntsoe, "A", "PK\x03\x04")).find("ZIP"), std::string::npos);
  EXPECT_FALSE(said(kEntsoe, "A", "{}"));
}

TEST(Entsoe, DamagedDocumentsGiveNoFigureAndNoCrash) {
  const std::string whole = document(series("B04", "PT60M", point(1, "100") + point(2, "110")));
  for (std::size_t length = 0; length < whole.size(); ++length) static_cast<void>(said(kEntsoe, "A", whole.substr(0, length)));
  for (const std::string& odd : {series("B04", "P1Y", point(1, "1")), series("B04", "PT60M", point(0, "1") + point(3, "1") + point(-1, "1")), series("B04", "PT60M", point(1, "nan")),
                                 series("B04", "PT60M", point(1, "1e300")), series("B04", "PT15M", point(1, "1"), "", "1970-01-01T00:00Z", "9999-01-01T00:00Z"),
                                 series("B04", "PT60M", point(1, "1"), "", "2026-11-25T10:00Z", "2026-11-25T08:00Z"), series("", "PT60M", point(1, "1"))})
    EXPECT_EQ(measured(said(kEntsoe, "A", document(odd))), Figures{}) << odd;
}

// 25 October and 29 March 2026: a local day of 25 hours and one of 23, both told by UTC stamps.
TEST(Entsoe, DaysOfTheChange) {
  const auto day = [](const std::string& start, const std::string& end) { return measured(said(kEntsoe, "A", document(series("B04", "PT60M", point(1, "100"), "", start, end)))).size(); };
  EXPECT_EQ(day("2026-10-24T22:00Z", "2026-10-25T23:00Z"), 25u * 4);
  EXPECT_EQ(day("2026-03-28T23:00Z", "2026-03-29T22:00Z"), 23u * 4);
}

TEST(Entsoe, WhatIsAsked) {
  EXPECT_EQ(urls(kEntsoe, "10YPL-AREA-----S")[0], "http://service/api?securityToken=key&documentType=A75&processType=A16&in_Domain=10YPL-AREA-----S&periodStart=202611181000&periodEnd=202611251000");
  EXPECT_EQ(find_provider(kEntsoe)->requests({"http://service", "key", "A", {}})[0].shown, "http://service");
}

}  // namespace
}  // namespace carbontracker
