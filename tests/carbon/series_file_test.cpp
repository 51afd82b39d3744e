#include "carbon/series_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/iso_time.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

class SeriesFile : public ::testing::Test {
 protected:
  Result<IntensitySeries> read(std::string_view text, const std::string& column = "") {
    dir_.write("file", text);
    return read_series(dir_.path("file"), column);
  }
  double at(const IntensitySeries& series, std::string_view time) {
    const IntensityPoint* point = point_at(series, parse_iso_time(time).value_or(WallTime{}));
    return point ? point->g_per_kwh.value() : -1;
  }
  TempDir dir_;
};

constexpr const char* kTwoColumns =
    "utc_start,direct_gco2_per_kwh,lifecycle_gco2eq_per_kwh\n"
    "2020-01-01T00:00Z,279.13,354.59\n2020-01-01T01:00Z,275,349.36\n2020-01-01T02:00Z,270,340\n";

TEST_F(SeriesFile, TakesTheLifecycleColumnUnlessToldOtherwise) {
  const auto usual = read(kTwoColumns);
  ASSERT_TRUE(usual);
  EXPECT_EQ(at(*usual, "2020-01-01T01:30Z"), 349.36);
  EXPECT_EQ(usual->about.basis, "average, lifecycle");
  EXPECT_EQ(usual->about.year, 2020);
  EXPECT_EQ(usual->about.provider, "file file");
  EXPECT_NEAR(usual->about.g_per_kwh.value(), (354.59 + 349.36 + 340) / 3, 1e-9);
  EXPECT_EQ(usual->step, Seconds(3600));
  const auto direct = read(kTwoColumns, "direct_gco2_per_kwh");
  ASSERT_TRUE(direct);
  EXPECT_EQ(at(*direct, "2020-01-01T00:00Z"), 279.13);
  EXPECT_EQ(direct->about.basis, "average, direct");
}

TEST_F(SeriesFile, BlankBadAndRepeatedRowsAreLeftOutAndCounted) {
  const auto series = read(
      "utc_start,wind_mwh,avg_ci_g_per_kwh\n"
      "2022-01-01T00:00Z,1,100\n2022-01-01T01:00Z,,\n2022-01-01T02:00Z,1,x\n\nnonsense,1,5\n2022-01-01T03:00Z,1,-4\n"
      "2022-01-01T04:00Z,1,400\n2022-01-01T04:00Z,1,999\n2022-01-01T05:00Z,1,500\n2022-01-01T06:00Z\n");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->points.size(), 3u);
  EXPECT_EQ(series->skipped, 6u);  // blank, x, nonsense, negative, repeated, short
  EXPECT_EQ(at(*series, "2022-01-01T04:30Z"), 400);
}

TEST_F(SeriesFile, MissingHoursAreCounted) {
  const auto series = read("start,g_per_kwh\n2022-01-01T00:00Z,1\n2022-01-01T01:00Z,2\n2022-01-01T02:00Z,3\n2022-01-01T05:00Z,6\n");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->missing, 2u);  // 03 and 04
  EXPECT_EQ(series->skipped, 0u);
}

TEST_F(SeriesFile, RowsMayComeInAnyOrderWithOffsetsAndWindowsLineEnds) {
  const auto series = read("\xEF\xBB\xBFtime,ci\r\n2022-01-01T02:00+01:00,2\r\n2022-01-01T00:00Z,1\r\n");
  ASSERT_TRUE(series);
  EXPECT_EQ(at(*series, "2022-01-01T00:30Z"), 1);
  EXPECT_EQ(at(*series, "2022-01-01T01:30Z"), 2);
}

TEST_F(SeriesFile, JsonArraysAloneOrInsideAnObject) {
  const auto bare = read(R"([{"datetime": "2026-01-01T00:00:00Z", "carbonIntensity": 120, "zone": "DK1"}, {"datetime": "2026-01-01T01:00:00Z", "carbonIntensity": null}, 7])");
  ASSERT_TRUE(bare);
  EXPECT_EQ(at(*bare, "2026-01-01T00:10Z"), 120);
  EXPECT_EQ(bare->skipped, 2u);
  const auto inside = read(R"({"zone": "DE", "history": [{"start": "2026-01-01T00:00Z", "g_per_kwh": "99.5"}]})");
  ASSERT_TRUE(inside);
  EXPECT_EQ(at(*inside, "2026-01-01T00:00Z"), 99.5);
}

// 1704067200 is 2024-01-01T00:00Z.
TEST_F(SeriesFile, SecondsAndMillisecondsSince1970) {
  for (const char* text : {"timestamp,g_per_kwh\n1704067200,100\n1704070800,200\n", "timestamp,g_per_kwh\n1704067200000,100\n1704070800000,200\n",
                           R"([{"timestamp": 1704067200, "g_per_kwh": 100}, {"timestamp": 1704070800, "g_per_kwh": 200}])",
                           R"([{"timestamp": 1704067200000, "g_per_kwh": 100}, {"timestamp": "1704070800000", "g_per_kwh": 200}])"}) {
    const auto series = read(text);
    ASSERT_TRUE(series) << text << series.error().what;
    ASSERT_EQ(series->points.size(), 2u) << text;
    EXPECT_EQ(series->points[0].start, *parse_iso_time("2024-01-01T00:00Z")) << text;
    EXPECT_EQ(series->points[1].start, *parse_iso_time("2024-01-01T01:00Z")) << text;
  }
  EXPECT_FALSE(read("timestamp,g_per_kwh\n99999999999999999999,100\n170406720,100\n17040672000,100\n-1704067200,100\n"));
}

TEST_F(SeriesFile, AnotherEncodingIsNamed) {
  const auto series = read(std::string_view("\xFF\xFEu\0t\0c\0", 8));
  ASSERT_FALSE(series);
  EXPECT_NE(series.error().what.find("UTF-16"), std::string::npos);
}

TEST_F(SeriesFile, AMissingColumnIsNamedWithThoseThereAre) {
  const auto series = read(kTwoColumns, "marginal");
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code, Errc::invalid_input);
  EXPECT_NE(series.error().what.find("'marginal'"), std::string::npos);
  EXPECT_NE(series.error().hint.find("lifecycle_gco2eq_per_kwh"), std::string::npos);
  EXPECT_FALSE(read("utc_start,wind_mwh,solar_mwh\n2022-01-01,1,2\n"));
  EXPECT_FALSE(read("a,b\n1,2\n"));
}

TEST_F(SeriesFile, HostileFilesAreErrors) {
  for (const char* text : {"", "\n\n", "utc_start,g_per_kwh\n", "utc_start,g_per_kwh\nx,y\n", "[", "{}", "[1,2]", "{\"data\": []}", "<html>504</html>", "utc_start\n2022-01-01T00:00Z\n"})
    EXPECT_FALSE(read(text)) << text;
  EXPECT_EQ(read_series(dir_.path("none"), "").error().code, Errc::not_found);
}

// 1,000 lb/MWh are 453.59 g/kWh. They were read as 1,000 g/kWh.
TEST_F(SeriesFile, OtherUnitsAreTurnedIntoGrams) {
  const std::pair<const char*, double> units[] = {{"lb_per_mwh", 453.59237}, {"lbs_co2_per_mwh", 453.59237}, {"kg_per_mwh", 1000}, {"kgCO2/MWh", 1000}, {"g_per_kwh", 1000}};
  for (const auto& [name, grams] : units) {
    const auto series = read(std::string("start,") + name + "\n2022-01-01T00:00Z,1000\n2022-01-01T01:00Z,1000\n");
    ASSERT_TRUE(series) << name;
    EXPECT_NEAR(at(*series, "2022-01-01T00:30Z"), grams, 1e-9) << name;
  }
  const auto kilograms = read("start,kg_per_kwh\n2022-01-01T00:00Z,0.35\n");
  ASSERT_TRUE(kilograms);
  EXPECT_NEAR(kilograms->points[0].g_per_kwh.value(), 350, 1e-9);
  EXPECT_NE(kilograms->about.note.find("kg/kWh"), std::string::npos);
}

TEST_F(SeriesFile, FiguresThatAreNoGramsAreRefused) {
  const auto kilograms = read("start,value\n2022-01-01T00:00Z,0.35\n2022-01-01T01:00Z,0.4\n");
  ASSERT_FALSE(kilograms);
  EXPECT_NE(kilograms.error().hint.find("kg_per_kwh"), std::string::npos);
  EXPECT_FALSE(read("start,value\n2022-01-01T00:00Z,350000\n"));                       // mg
  EXPECT_FALSE(read("start,price_eur_mwh\n2022-01-01T00:00Z,85\n"));
  EXPECT_FALSE(read("start,load_mw\n2022-01-01T00:00Z,8500\n"));
  EXPECT_FALSE(read("utc_start,wind_mwh,g_per_kwh\n2022-01-01T00:00Z,800,90\n", "wind_mwh"));
  EXPECT_TRUE(read("start,direct\n2022-01-01T00:00Z,0.2\n"));                           // water power alone, nothing burnt
  EXPECT_TRUE(read("start,g_per_kwh\n2022-01-01T00:00Z,1.5\n"));                        // it says so
  std::string spike = "start,value\n2022-01-01T00:00Z,1e9\n";
  for (int hour = 1; hour < 24; ++hour) spike += "2022-01-01T" + std::string(hour < 10 ? "0" : "") + std::to_string(hour) + ":00Z,100\n";
  const auto one = read(spike);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->skipped, 1u);
  EXPECT_EQ(one->about.g_per_kwh, CarbonIntensity(100));
}

// The head of a download of Electricity Maps, a table of a European program, names in capitals.
TEST_F(SeriesFile, OtherHeadersAreUnderstood) {
  const auto maps = read("Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO\u2082eq/kWh (direct),Carbon intensity gCO\u2082eq/kWh (Life cycle),Carbon-free energy percentage (CFE%)\n"
                         "2024-01-01 00:00:00,Denmark,West Denmark,DK-DK1,55.1,80.2,90\n2024-01-01 01:00:00,Denmark,West Denmark,DK-DK1,56.1,81.2,90\n");
  ASSERT_TRUE(maps) << maps.error().what;
  EXPECT_EQ(at(*maps, "2024-01-01T00:30Z"), 80.2);
  EXPECT_EQ(maps->about.basis, "average, lifecycle");
  const auto european = read("\xEF\xBB\xBF\"Start\";\"g_per_kwh\"\r\n2024-01-01T00:00Z;123,4\r\n2024-01-01T01:00Z;\"99\"\r\n");
  ASSERT_TRUE(european) << european.error().what;
  EXPECT_EQ(at(*european, "2024-01-01T00:30Z"), 123.4);
  EXPECT_EQ(at(*european, "2024-01-01T01:30Z"), 99);
  EXPECT_TRUE(read("TIMESTAMP,G_PER_KWH\n2024-01-01T00:00Z,5\n", "g_per_kwh"));
}

// One run, one basis and one zone: rows of others were read as hours that come twice, or in between.
TEST_F(SeriesFile, BasesAndZonesAreNotMixed) {
  const auto kinds = read(R"({"history": [{"zone": "PL", "datetime": "2026-01-01T00:00:00.000Z", "carbonIntensity": 600, "emissionFactorType": "direct"},
                                          {"zone": "PL", "datetime": "2026-01-01T00:00:00.000Z", "carbonIntensity": 700, "emissionFactorType": "lifecycle"},
                                          {"zone": "PL", "datetime": "2026-01-01T01:00:00.000Z", "carbonIntensity": 610, "emissionFactorType": "direct"}]})");
  ASSERT_TRUE(kinds);
  ASSERT_EQ(kinds->points.size(), 1u);
  EXPECT_EQ(kinds->points[0].g_per_kwh, CarbonIntensity(700));
  EXPECT_EQ(kinds->about.basis, "average, lifecycle");
  EXPECT_EQ(kinds->skipped, 2u);
  const auto zones = read("start,zone,g_per_kwh\n2024-01-01T00:00Z,DE,400\n2024-01-01T00:00Z,FR,40\n");
  ASSERT_FALSE(zones);
  EXPECT_NE(zones.error().what.find("several zones: DE, FR"), std::string::npos);
  const auto watttime = read(R"({"data": [{"point_time": "2026-01-01T00:00:00+00:00", "value": 1000}], "meta": {"region": "CAISO_NORTH", "signal_type": "co2_moer", "units": "lbs_co2_per_mwh"}})");
  ASSERT_TRUE(watttime);
  EXPECT_NEAR(watttime->points[0].g_per_kwh.value(), 453.59237, 1e-9);
  EXPECT_EQ(watttime->about.basis, "marginal");
}

// 25 October 2026 in Copenhagen: with offsets all is plain, without them an hour comes twice.
TEST_F(SeriesFile, TheHourThatComesTwice) {
  const auto offsets = read("start,g_per_kwh\n2026-10-25T01:00+02:00,1\n2026-10-25T02:00+02:00,2\n2026-10-25T02:00+01:00,3\n2026-10-25T03:00+01:00,4\n");
  ASSERT_TRUE(offsets);
  EXPECT_EQ(offsets->points.size(), 4u);
  EXPECT_EQ(offsets->missing + offsets->skipped, 0u);
  EXPECT_EQ(offsets->about.note, "");
  const auto local = read("start,g_per_kwh\n2026-10-25T01:00,1\n2026-10-25T02:00,2\n2026-10-25T02:00,3\n2026-10-25T03:00,4\n");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->skipped, 1u);
  EXPECT_NE(local->about.note.find("looks like local time"), std::string::npos);
}

TEST_F(SeriesFile, AFileThatMayNotBeReadSaysSo) {
  dir_.write("secret.csv", kTwoColumns);
  std::filesystem::permissions(dir_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(dir_.path("secret.csv"), std::filesystem::perms::none);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const auto series = read_series(dir_.path("secret.csv"), "");
    ::_exit(!series && series.error().code == Errc::permission ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace carbontracker
