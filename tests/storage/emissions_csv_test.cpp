#include "storage/emissions_csv.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

// The headers as CodeCarbon has written them: 1.x, 2.0, 2.3 with its PUE, 3.3.
const std::string kFirst = "timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,region,on_cloud,cloud_provider,cloud_region\n";
const std::string kSecond =
    "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,"
    "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud\n";
const std::string kNewest =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,"
    "tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue\n";

EmissionsFile parsed(const std::string& text) {
  auto file = parse_emissions(text);
  EXPECT_TRUE(file) << (file ? "" : file.error().what);
  return file ? std::move(*file) : EmissionsFile{};
}

std::string newest_row(const std::string& stamp, const std::string& run, const std::string& figures, const std::string& pue = "1.0") {
  return stamp + ",bert," + run + ",5b0f," + figures + ",0,Denmark,DNK,,,,Linux,3.11.7,3.3.0,8,AMD EPYC,1,1 x NVIDIA A100,12.5,55.6,64,machine,50,80,10,6,N," + pue + ",0\n";
}

TEST(EmissionsCsv, TheFirstGeneration) {
  const auto file = parsed(kFirst + "2021-03-05T10:12:13,uuid-1,mnist,120.5,0.002,0.01,France,FRA,,N,,\n");
  ASSERT_EQ(file.rows.size(), 1u);
  const EmissionsRow& row = file.rows[0];
  EXPECT_EQ(row.experiment_id, "uuid-1");
  EXPECT_EQ(row.project, "mnist");
  EXPECT_EQ(row.duration, Seconds(120.5));
  EXPECT_EQ(row.country, "FRA");
  EXPECT_EQ(row.pue, 1);
  const RunRecord run = imported_run(row, std::chrono::seconds(0));
  EXPECT_DOUBLE_EQ(run.segments[0].totals.total.joules.value(), 36000);  // 0.01 kWh
  EXPECT_EQ(run.tags.at(kImportedFrom), "CodeCarbon");
}

TEST(EmissionsCsv, TheSecondGeneration) {
  const auto file = parsed(kSecond + "2022-11-02T08:00:00,vit,r-1,60,0.001,0.0000167,42.5,120,3,0.0007,0.002,0.00005,0.00275,Canada,CAN,quebec,,,Linux-5,3.9.7,2.1.4,16,Intel(R) Xeon(R),1,"
                                      "1 x Tesla V100,,,62.7,machine,N\n");
  ASSERT_EQ(file.rows.size(), 1u) << file.bad.size();
  const RunRecord run = imported_run(file.rows[0], std::chrono::seconds(0));
  EXPECT_EQ(run.tags.at(kImportedFrom), "CodeCarbon 2.1.4");
  ASSERT_EQ(run.segments[0].totals.channels.size(), 3u);
  EXPECT_NEAR(run.segments[0].totals.total.joules.value(), 0.00275 * 3.6e6, 1e-6);
}

TEST(EmissionsCsv, TheNewestAndWhatItsPueMeans) {
  // Stated: 0.6 kWh with a PUE of 1.2 in it: the devices took 0.5 kWh, 1.8 MJ.
  const auto file = parsed(kNewest + newest_row("2026-01-02T03:04:05", "r-1", "3600,0.3,0.00008,90,300,10,0.1,0.48,0.02,0.6", "1.2"));
  ASSERT_EQ(file.rows.size(), 1u) << file.bad.size();
  const RunRecord run = imported_run(file.rows[0], std::chrono::hours(1));
  const Segment& segment = run.segments[0];
  EXPECT_NEAR(segment.totals.total.joules.value(), 1.8e6, 1e-3);
  EXPECT_FALSE(segment.totals.total.high);  // how far off it may be is not stated
  EXPECT_EQ(segment.pue, 1.2);
  EXPECT_EQ(segment.totals.channels[0].channel.label, "1 x NVIDIA A100");
  EXPECT_NEAR(segment.totals.channels[0].measured.joules.value(), 0.4 * 3.6e6, 1e-3);
  using namespace std::chrono;
  EXPECT_EQ(*segment.ended, sys_days(2026y / 1 / 2) + 2h + 4min + 5s);  // the stamp is local, an hour ahead
  EXPECT_EQ(segment.started, *segment.ended - 1h);
  EXPECT_EQ(run.tags.at(kImportedEmissions), "0.3");
}

TEST(EmissionsCsv, PartsThatDoNotMakeTheTotalLeaveItWhole) {
  const auto file = parsed(kNewest + newest_row("2026-01-02T03:04:05", "r-1", "3600,0.3,0.00008,90,300,10,0.1,0.1,0.1,0.6"));
  const RunRecord run = imported_run(file.rows.at(0), std::chrono::seconds(0));
  ASSERT_EQ(run.segments[0].totals.channels.size(), 1u);
  EXPECT_NEAR(run.segments[0].totals.total.joules.value(), 0.6 * 3.6e6, 1e-3);
}

TEST(EmissionsCsv, StatesOfOneRunAreOneRun) {
  const auto file = parsed(kNewest + newest_row("2026-01-02T03:00:00", "r-1", "60,0.1,0,0,0,0,0.1,0.1,0,0.2") + newest_row("2026-01-02T03:01:00", "r-1", "120,0.2,0,0,0,0,0.2,0.2,0,0.4") +
                           newest_row("2026-01-02T03:01:30", "r-2", "60,0.1,0,0,0,0,0.1,0.1,0,0.2"));
  ASSERT_EQ(file.rows.size(), 2u);
  EXPECT_EQ(file.earlier_states, 1u);
  EXPECT_EQ(file.rows[0].kwh, 0.4);
  const auto old = parsed(kFirst + "2021-03-05T10:01:00,e,mnist,60,0.1,0.1,,,,N,,\n2021-03-05T10:02:00,e,mnist,120.4,0.2,0.2,,,,N,,\n2021-03-05T12:00:00,e,mnist,60,0.1,0.1,,,,N,,\n");
  ASSERT_EQ(old.rows.size(), 2u);  // the third began two hours later: a run of its own
  EXPECT_EQ(old.rows[0].kwh, 0.2);
}

TEST(EmissionsCsv, BadRowsAreNamedByLineAndLeftOut) {
  const std::string good = newest_row("2026-01-02T03:04:05", "r-9", "60,0.1,0,0,0,0,0.1,0.1,0,0.2");
  const auto file = parsed("\xef\xbb\xbf" + kNewest + "1,2,3\n" + newest_row("yesterday", "r-1", "60,0.1,0,0,0,0,0.1,0.1,0,0.2") + newest_row("2026-01-02T03:04:05", "r-2", "60,\"0,1\",0,0,0,0,0.1,0.1,0,0.2") +
                           newest_row("2026-01-02T03:04:05", "r-3", "60,0.1,0,0,0,0,0.1,0.1,0,-0.2") + newest_row("2026-01-02T03:04:05", "r-4", "60,0.1,0,0,0,0,0.1,0.1,0,nan") +
                           newest_row("2026-01-02T03:04:05", "r-5", "60,0.1,0,0,0,0,0.1,0.1,0,0.2", "0.5") + "\n" + good);
  ASSERT_EQ(file.rows.size(), 1u);
  EXPECT_EQ(file.rows[0].line, 9u);
  ASSERT_EQ(file.bad.size(), 6u);
  EXPECT_EQ(file.bad[0].what, "line 2: it has 3 fields, the header 38");
  EXPECT_EQ(file.bad[1].what, "line 3: timestamp 'yesterday' is no time");
  EXPECT_EQ(file.bad[2].what, "line 4: emissions '0,1' is not a number of 0 or more");
  EXPECT_EQ(file.bad[3].what, "line 5: energy_consumed '-0.2' is not a number of 0 or more");
}

TEST(EmissionsCsv, QuotedNamesMayHoldCommasQuotesAndLines) {
  const auto file = parsed(kFirst + "2021-03-05T10:12:13,uuid-1,\"a, \"\"b\"\"\nc\",120.5,0.002,0.01,France,FRA,,N,,\n");
  ASSERT_EQ(file.rows.size(), 1u) << (file.bad.empty() ? "" : file.bad[0].what);
  EXPECT_EQ(file.rows[0].project, "a, \"b\"\nc");
}

TEST(EmissionsCsv, OtherFilesAreRefused) {
  EXPECT_FALSE(parse_emissions(""));
  EXPECT_FALSE(parse_emissions("a,b,c\n1,2,3\n"));
  const auto tasks = parse_emissions("task_name," + kNewest);
  ASSERT_FALSE(tasks);
  EXPECT_NE(tasks.error().what.find("tasks"), std::string::npos);
}

}  // namespace
}  // namespace carbontracker
