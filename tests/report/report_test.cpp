#include "report/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/cells.h"
#include "report/lines.h"
#include "report/numbers.h"
#include "report/render_json.h"
#include "report/render_text.h"

namespace carbontracker {
namespace {

using Json = nlohmann::json;
constexpr WallTime kStart{std::chrono::milliseconds(1'764'064'800'000)};  // 2025-11-25T10:00:00Z

ChannelTotal channel(const std::string& name, Domain domain, Origin origin, double joules, double gain, double seconds) {
  ChannelTotal c;
  c.channel.name = name;
  c.channel.domain = domain;
  c.channel.origin = origin;
  c.channel.gain_error = gain;
  c.channel.kind = Counter{Joules(1e-6), 0};
  c.measured = {Joules(joules), Joules(joules * gain), Joules(0), Joules(0), Seconds(seconds)};
  c.expected = Seconds(seconds);
  c.headline = is_headline(domain);
  return c;
}

// 1 h on two GPUs of 300 W and a package of 100 W: 2 x 1,080,000 + 360,000 = 2,520,000 J = 0.7 kWh.
RunRecord one_hour() {
  RunRecord run;
  run.id = "20251125-100000-abcdef";
  run.name = "train.py";
  run.command = {"python", "train.py"};
  run.state = RunState::finished;
  run.exit_code = 0;
  run.tool_version = "3.0.0";
  Segment s;
  s.node = "n1";
  s.started = kStart;
  s.ended = kStart + std::chrono::hours(1);
  s.place = "FR";
  s.place_from = "--place";
  s.pue = 1.2;
  s.pue_from = "--pue";
  s.totals.duration = Seconds(3600);
  s.totals.coverage = 1;
  s.totals.channels = {channel("gpu0", Domain::gpu, Origin::counter, 1'080'000, 0.05, 3600), channel("gpu1", Domain::gpu, Origin::counter, 1'080'000, 0.05, 3600),
                       channel("package-0", Domain::package, Origin::counter, 360'000, 0.05, 3600), channel("psys", Domain::psys, Origin::counter, 3'000'000, 0.05, 3600)};
  s.totals.run = {Joules(2'160'000), Joules(2'000'000), Joules(2'300'000)};
  s.totals.run_method = "its processes' share of processor time, GPUs whole";
  run.segments.push_back(s);
  return run;
}

IntensitySeries grid(double g) {
  IntensitySeries series;
  series.about.g_per_kwh = CarbonIntensity(g);
  series.about.low = CarbonIntensity(g * 0.8);
  series.about.high = CarbonIntensity(g * 1.2);
  series.about.zone = "FR";
  series.about.zone_name = "France";
  series.about.provider = "table";
  series.about.year = 2025;
  series.about.basis = "average, lifecycle";
  return series;
}

Place france() {
  Place place;
  place.code = "FR";
  place.name = "France";
  place.from = "--place";
  return place;
}

Report report(RunRecord run = one_hour()) { return make_report(std::move(run), france(), {1.2, "--pue"}, grid(50)); }

TEST(Report, EnergyIsSummedAndPsysIsNot) {
  const Report r = report();
  EXPECT_DOUBLE_EQ(r.total->joules.value(), 2'520'000);
  // GPUs err alike: 2 x 54,000 = 108,000; the package by itself 18,000; in quadrature 109,490.
  EXPECT_NEAR(r.total->low.value(), 2'520'000 - 109'489.7, 0.1);
  EXPECT_NEAR(r.total->high->value(), 2'520'000 + 109'489.7, 0.1);
  EXPECT_NEAR(r.carbon->facility.value(), 3'024'000, 1e-6);
  EXPECT_NEAR(r.carbon->grams.value(), 0.84 * 50, 1e-9);  // 0.7 kWh x 1.2 x 50 g
}

// The run's two GPUs as H100s for an hour: 2 x 4.677 g, beside a package without a name: known in part, so no high end.
TEST(Report, WhatLiesBeyondOperationStandsBesideTheHeadline) {
  RunRecord run = one_hour();
  for (int i : {0, 1}) run.segments[0].totals.channels[static_cast<std::size_t>(i)].channel.label = "NVIDIA H100 80GB HBM3";
  Place place = france();
  place.country = "FR";
  const Report r = make_report(run, place, {1.2, "--pue"}, grid(50), Price{0.25, "EUR", "--price"});
  const Json j = Json::parse(report_json(r)), b = j["beyond"];
  EXPECT_NEAR(b["embodied"]["grams"].get<double>(), 2 * 4.677, 0.002);
  EXPECT_TRUE(b["embodied"]["high"].is_null());
  EXPECT_EQ(b["embodied"]["unknown"][0]["channel"], "package-0");
  for (const char* key : {"channel", "node", "label", "kg", "kg_low", "kg_high", "reserved_s", "grams", "low", "high", "year", "source"}) EXPECT_TRUE(b["embodied"]["devices"][0].contains(key)) << key;
  for (const char* key : {"lifetime_years", "lifetime_years_low", "lifetime_years_high", "assumption", "low"}) EXPECT_TRUE(b["embodied"].contains(key)) << key;
  EXPECT_TRUE(b["water"]["on_site"].is_null());                                       // a PUE given by hand says nothing of a site
  EXPECT_NEAR(b["water"]["off_site"]["litres"].get<double>(), 0.84 * 3.67, 1e-9);     // 0.7 kWh x 1.2 x France's 3.67 L
  for (const char* key : {"low", "high", "l_per_kwh", "of", "year", "source"}) EXPECT_TRUE(b["water"]["off_site"].contains(key)) << key;
  EXPECT_NEAR(b["cost"]["amount"].get<double>(), 0.21, 1e-9);
  for (const char* key : {"low", "high", "price_per_kwh", "currency", "from"}) EXPECT_TRUE(b["cost"].contains(key)) << key;
  EXPECT_NEAR(j["carbon"]["grams"].get<double>(), 42, 1e-9);                          // unchanged
  const std::string text = report_text(r, {});
  for (const char* part : {"beyond     embodied 9.35 g CO2e (6.84 g to more)   making by ", "\n           water 3.08 L off site (", "\n           cost 0.210 EUR   at 0.25 EUR a kWh (--price)\n"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  const std::string csv = report_csv(r);
  EXPECT_NE(csv.substr(0, csv.find('\n')).find(",duration_s,embodied_grams,embodied_low,embodied_high,water_on_site_l,water_off_site_l,cost,currency"), std::string::npos);
  EXPECT_NE(csv.find(",,,3.0828,0.21,EUR\n"), std::string::npos) << csv;
}

TEST(Report, FiguresBeyondOperationSayTheirSourceAndWhatHasNone) {
  RunRecord run = one_hour();
  run.segments[0].totals.channels[0].channel.label = "NVIDIA H100 80GB HBM3";
  run.segments[0].totals.channels[1].channel.label = "Fantasy Chip 9";
  const Report r = make_report(run, france(), {1.2, "--pue"}, grid(50), Price{0.25, "EUR", "config.toml"});
  const Json b = Json::parse(report_json(r))["beyond"];
  EXPECT_EQ(b["embodied"]["reason"], "gpu1: Fantasy Chip 9 is in no table; package-0: its name is not known");
  EXPECT_EQ(b["water"]["on_site_reason"], "nothing says what site it was: its PUE is from --pue");
  EXPECT_TRUE(b["water"]["off_site_reason"].is_null());
  EXPECT_TRUE(b["cost_reason"].is_null());
  const std::string text = report_text(r, {});
  for (const char* part : {"making by NVIDIA product carbon footprint of an HGX H100 board, an eighth, as EcoLogits cites it, over 4 years (3 to 5)", "at 0.25 EUR a kWh (config.toml)",
                           "making of gpu1: Fantasy Chip 9 is in no table; package-0: its name is not known", "water on site: nothing says what site it was"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  const Json none = Json::parse(report_json(report()))["beyond"];
  EXPECT_TRUE(none["cost_reason"].is_string());
}

// Two dies of one socket are one processor to be made; two sockets are two.
TEST(Report, AProcessorThatIsCountedDieByDieIsMadeOnce) {
  RunRecord run = one_hour();
  auto& channels = run.segments[0].totals.channels;
  channels.clear();
  for (const auto& [name, device] : {std::pair("package-0-die-0", "socket 0"), std::pair("package-0-die-1", "socket 0"), std::pair("package-1", "socket 1")}) {
    channels.push_back(channel(name, Domain::package, Origin::counter, 360'000, 0.05, 3600));
    channels.back().channel.device = device;
    channels.back().channel.label = "AMD EPYC 7401P 24-Core Processor";
  }
  EXPECT_EQ(Json::parse(report_json(report(run)))["beyond"]["embodied"]["devices"].size(), 2u);
}

TEST(Report, AMarginalFigureIsLabelled) {
  IntensitySeries series = grid(50);
  series.about.basis = "marginal";
  EXPECT_NE(report_text(make_report(one_hour(), france(), {1.2, "--pue"}, series), {}).find(", marginal"), std::string::npos);
}

TEST(Report, B032_WithoutEnergyNoWaterAndNoCost) {
  RunRecord run = one_hour();
  run.segments[0].totals.channels.clear();
  const Json b = Json::parse(report_json(make_report(run, france(), {1.2, "--pue"}, grid(50), Price{0.25, "EUR", "--price"})))["beyond"];
  EXPECT_TRUE(b["embodied"]["grams"].is_null());
  EXPECT_TRUE(b["water"]["off_site"].is_null());
  EXPECT_TRUE(b["cost"].is_null());
}

TEST(Report, JsonHasEveryKeyOfSchemaOne) {
  const Json j = Json::parse(report_json(report()));
  EXPECT_EQ(j["schema"], 1);
  EXPECT_EQ(j["tool"]["name"], "carbontracker");
  for (const char* key : {"id", "name", "project", "tags", "command", "started", "ended", "duration_s", "exit_code", "state"}) EXPECT_TRUE(j["run"].contains(key)) << key;
  for (const char* key : {"node", "attempt", "started", "ended", "place", "pue"}) EXPECT_TRUE(j["segments"][0].contains(key)) << key;
  for (const char* key : {"joules", "low", "high", "coverage", "facility_joules"}) EXPECT_TRUE(j["energy"]["total"].contains(key)) << key;
  for (const char* key : {"joules", "low", "high", "method"}) EXPECT_TRUE(j["energy"]["run"].contains(key)) << key;
  for (const char* key : {"name", "node", "domain", "device", "origin", "coverage", "joules", "low", "high"}) EXPECT_TRUE(j["energy"]["channels"][0].contains(key)) << key;
  for (const char* key : {"grams", "low", "high", "intensity_g_per_kwh", "place", "place_from", "provider", "year", "basis", "pue", "pue_from"}) EXPECT_TRUE(j["carbon"].contains(key)) << key;
  EXPECT_TRUE(j["forecast"].is_null());
  EXPECT_TRUE(j["forecast_reason"].is_string());
  EXPECT_EQ(j["run"]["started"], "2025-11-25T10:00:00.000Z");
  EXPECT_EQ(j["run"]["ended"], "2025-11-25T11:00:00.000Z");
  EXPECT_EQ(j["run"]["project"], nullptr);
  EXPECT_FALSE(j["equivalents"].empty());
  for (const char* key : {"what", "value", "unit", "factor", "year", "source"}) EXPECT_TRUE(j["equivalents"][0].contains(key)) << key;
}

TEST(Report, B032_WithoutASensorThereIsNoFigureAndNoZero) {
  RunRecord run = one_hour();
  run.segments[0].totals.channels.clear();
  run.segments[0].totals.coverage = 0;
  run.segments[0].totals.gaps = {{"rapl-powercap", "energy_uj may be read by root only", "sudo chmod", Seconds(0)}};
  const Report r = report(run);
  const Json j = Json::parse(report_json(r));
  EXPECT_TRUE(j["energy"]["total"]["joules"].is_null());
  EXPECT_TRUE(j["energy"]["total"]["facility_joules"].is_null());
  EXPECT_TRUE(j["carbon"]["grams"].is_null());
  EXPECT_EQ(j["energy"]["total"]["coverage"], 0);
  EXPECT_TRUE(j["equivalents"].empty());
  const std::string text = report_text(r, {});
  EXPECT_NE(text.find("no data"), std::string::npos);
  EXPECT_NE(text.find("energy_uj may be read by root only"), std::string::npos);
  EXPECT_EQ(text.find(" 0 J"), std::string::npos);
}

TEST(Report, AChannelWithoutDataIsNullBesideThoseWithData) {
  RunRecord run = one_hour();
  run.segments[0].totals.channels[1].measured = {Joules(0), Joules(0), Joules(0), std::nullopt, Seconds(0)};
  run.segments[0].totals.coverage = 0;
  const Json j = Json::parse(report_json(report(run)));
  EXPECT_TRUE(j["energy"]["channels"][1]["joules"].is_null());
  EXPECT_DOUBLE_EQ(j["energy"]["total"]["joules"].get<double>(), 1'440'000);
  EXPECT_TRUE(j["energy"]["total"]["high"].is_null());  // nobody knows what gpu1 took
}

TEST(Report, AnInterruptedRunHasNoExitCode) {
  RunRecord run = one_hour();
  run.state = RunState::interrupted;
  run.exit_code.reset();
  run.segments[0].ended.reset();
  run.segments[0].last_seen = kStart + std::chrono::minutes(30);
  const Json j = Json::parse(report_json(report(run)));
  EXPECT_EQ(j["run"]["state"], "interrupted");
  EXPECT_TRUE(j["run"]["exit_code"].is_null());
  EXPECT_EQ(j["run"]["ended"], "2025-11-25T10:30:00.000Z");
}

TEST(Report, SegmentsOfTwoNodesAddUp) {
  RunRecord run = one_hour();
  run.segments.push_back(run.segments[0]);
  run.segments[1].node = "n2";
  const Report r = report(run);
  EXPECT_DOUBLE_EQ(r.total->joules.value(), 5'040'000);
  EXPECT_DOUBLE_EQ(r.share->joules.value(), 4'320'000);
  EXPECT_EQ(r.channels.size(), 8u);
}

TEST(Report, OneMachineByTwoNamesIsTold) {
  RunRecord run = one_hour();
  run.segments[0].boot_id = "b";
  run.segments.push_back(run.segments[0]);
  run.segments[1].node = "n2";
  ASSERT_EQ(report(run).gaps.size(), 1u);
  EXPECT_EQ(report(run).gaps[0].what, "n1, n2");
  EXPECT_NE(report(run).gaps[0].reason.find("counted twice"), std::string::npos);
  RunRecord ranks = run;  // a rank that counts its own GPUs alone
  std::erase_if(ranks.segments[1].totals.channels, [](const ChannelTotal& c) { return c.channel.domain != Domain::gpu; });
  EXPECT_TRUE(report(ranks).gaps.empty());
  RunRecord later = run;  // the same machine, renamed and requeued
  later.segments[1].started = *run.segments[0].ended;
  later.segments[1].ended = *run.segments[0].ended + std::chrono::hours(1);
  EXPECT_TRUE(report(later).gaps.empty());
  run.segments[1].boot_id = "c";
  EXPECT_TRUE(report(run).gaps.empty());
}

TEST(Report, B170_EachMinuteTakesTheIntensityOfItsTime) {  // 100, 100, 500 g/kWh by the hour, 1 kWh each hour: 700 g
  RunRecord run = one_hour();
  Segment& s = run.segments[0];
  s.ended = kStart + std::chrono::hours(3);
  s.totals.duration = Seconds(3 * 3600);
  s.totals.channels = {channel("gpu0", Domain::gpu, Origin::counter, 3 * 3.6e6, 0, 3 * 3600)};
  for (int minute = 0; minute < 180; ++minute) s.minutes.push_back({minute, {60000.0f}, {60.0f}});
  IntensitySeries hourly = grid(100);
  hourly.step = Seconds(3600);
  for (int hour = 0; hour < 3; ++hour) {
    const CarbonIntensity g(hour < 2 ? 100 : 500);
    hourly.points.push_back({kStart + std::chrono::hours(hour), g, g, g, false});
  }
  const Report r = make_report(run, france(), {1.0, ""}, hourly);
  EXPECT_NEAR(r.carbon->grams.value(), 700, 0.5);
}

TEST(Report, ForecastsCarryGramsOfThisGridAndPue) {
  RunRecord run = one_hour();
  ForecastRecord f;
  f.joules = Joules(3.6e6);
  f.low = Joules(3.4e6);
  f.high = Joules(3.9e6);
  f.seconds = Seconds(7200);
  f.done = 1;
  f.of = 10;
  f.unit = "epoch";
  f.made_at = Seconds(700);
  run.segments[0].forecasts = {f};
  run.segments[0].marks = {{Seconds(700), 1, 10, "epoch", Joules(3.5e5)}};
  const Json j = Json::parse(report_json(report(run)));
  EXPECT_NEAR(j["forecast"]["grams"].get<double>(), 1 * 1.2 * 50, 1e-9);
  EXPECT_EQ(j["forecast"]["unit"], "epoch");
  EXPECT_FALSE(j.contains("forecast_reason"));
  EXPECT_DOUBLE_EQ(j["forecast"]["elapsed_joules"].get<double>(), 3.5e5);
  EXPECT_DOUBLE_EQ(j["forecast"]["remaining_joules"].get<double>(), 3.25e6);
  EXPECT_DOUBLE_EQ(j["forecast"]["remaining_s"].get<double>(), 6500);
}

TEST(Report, AForecastOfAnEndThatTurnedOutToBeNoneIsNotShown) {
  RunRecord run = one_hour();
  ForecastRecord f;
  f.joules = f.low = f.high = Joules(3.6e6);
  f.seconds = Seconds(7200);
  f.done = 10;
  f.of = 20;
  f.unit = "step";
  f.made_at = Seconds(700);
  run.segments[0].forecasts = {f};
  run.segments[0].marks = {{Seconds(700), 10, 20, "step", Joules(3.5e5)}, {Seconds(900), 20, 0, "step", Joules(4e5)}};
  Json j = Json::parse(report_json(report(run)));
  EXPECT_TRUE(j["forecast"].is_null());
  EXPECT_EQ(j["forecast_reason"], "the end is not known: what was taken for it did not hold");
  f.made_at = Seconds(1000);  // a total that is told later counts again
  run.segments[0].forecasts.push_back(f);
  j = Json::parse(report_json(report(run)));
  EXPECT_EQ(j["forecast"]["done"], 10);
}

TEST(Report, TheSummaryHasAtMostEightLinesAndSaysWhereFiguresComeFrom) {
  RunRecord run = one_hour();
  for (int i = 0; i < 5; ++i) run.segments[0].totals.gaps.push_back({"sensor " + std::to_string(i), "reason", "remedy", Seconds(1)});
  Report summary = report(run);
  summary.beyond = {};  // as tracker/render.h has it
  const std::string text = report_text(summary, {});
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 8);
  for (const char* part : {"0.700 kWh"}) EXPECT_EQ(text.find(part), std::string::npos);  // the fitting unit is Wh
  for (const char* part : {"700 Wh (670 to 730)", "GPU 600 Wh", "CPU 100 Wh", "measured 100 %", "50.0 g/kWh", "France 2025 mean", "PUE 1.2", "42.0 g", "and 4 more"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

// Monaco was given, and has no figure: "place unknown, give --place" was no answer to that.
TEST(Report, APlaceWithoutAFigureIsNotAnUnknownPlace) {
  Place monaco = parse_place("MC", "--place").value_or(Place{});
  IntensitySeries table{.about = table_intensity(monaco)};
  const std::string text = report_text(make_report(one_hour(), monaco, {1, "--pue"}, table), {});
  EXPECT_NE(text.find("no figure is published for Monaco: world average"), std::string::npos) << text;
  EXPECT_EQ(text.find("give --place"), std::string::npos) << text;
}

TEST(Report, HostileNamesStayText) {
  RunRecord run = one_hour();
  run.name = "x\033[2J\nrm -rf|\"<script>\xff";
  const Report r = report(run);
  EXPECT_EQ(report_text(r, {}).find('\033'), std::string::npos);
  EXPECT_TRUE(Json::accept(report_json(r)));
  const std::string md = report_markdown(r);
  EXPECT_EQ(md.find("<script>"), std::string::npos);
  EXPECT_NE(md.find("rm -rf\\|"), std::string::npos);
}

TEST(Report, B137_BackslashesAndQuotesSurviveJson) {
  RunRecord run = one_hour();
  run.command = {"qemu", "\\u \\_ {\"a\": \"b\"}"};
  EXPECT_EQ(Json::parse(report_json(report(run)))["run"]["command"][1], "\\u \\_ {\"a\": \"b\"}");
}

// Two attempts of one hour on one node, three hours apart, and another node beside the first of them: 2 h of work within 5 h, as the list of runs has it.
TEST(Report, TheTimeBetweenTwoAttemptsIsNoTimeOfTheRun) {
  RunRecord run = one_hour();
  run.segments.resize(3, run.segments[0]);
  run.segments[1].attempt = 1;
  run.segments[1].started = kStart + std::chrono::hours(4);
  run.segments[1].ended = kStart + std::chrono::hours(5);
  run.segments[2].node = "n2";
  const Report r = report(std::move(run));
  EXPECT_EQ(r.duration, Seconds(7200));
  EXPECT_NE(report_text(r, {}).find("2 h 00 min in 3 parts within 5 h 00 min"), std::string::npos);
}

// 1 kWh spent in an hour of 100 g/kWh, another to come in one of 300: 400 g, not 2 kWh at either.
TEST(Report, AForecastMeetsTheGridOfTheTimeThatIsLeft) {
  RunRecord run;
  Segment segment;
  segment.started = kStart;
  segment.marks.push_back({Seconds(3600), 1, 2, "epoch", Joules(3.6e6)});
  segment.forecasts.push_back({Seconds(3600), Joules(7.2e6), Joules(7e6), Joules(7.4e6), Seconds(7200), Seconds(7000), Seconds(7400), 1, 2, "epoch", ""});
  run.segments.push_back(std::move(segment));
  IntensitySeries grid;
  grid.step = Seconds(3600);
  for (int i = 0; i < 3; ++i) grid.points.push_back({kStart + std::chrono::hours(i), CarbonIntensity(i ? 300 : 100), {}, {}, false});
  const Report report = make_report(run, Place{}, Facility{1, "--pue"}, grid);
  ASSERT_TRUE(report.forecast);
  EXPECT_NEAR(report.forecast->grams.value(), 400, 0.5);
}

}  // namespace
}  // namespace carbontracker
