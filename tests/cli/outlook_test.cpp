// The commands that look ahead, through dispatch: what they print and how they end.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker::cli {
namespace {

using Json = nlohmann::json;

struct Outcome {
  int code = 0;
  std::string out, err;
  [[nodiscard]] Json json() const { return Json::parse(out); }
};

Outcome run_words(const std::vector<std::string>& words, const TempDir& home) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = dispatch(words, fake_host(home.path(), {{"CARBONTRACKER_HOME", home.path("store")}}));
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

// Anthony, Kanding, Selvan (2020), section 5: 3.14e23 FLOP at 130 TFLOP/s and 250 W, PUE 1.125, 449.06 g/kWh.
// 3.14e23 / 130e12 = 2.415385e9 s; x 250 W = 6.038462e11 J; x 1.125 / 3.6e6 = 188,702 kWh; x 449.06 = 84,738 kg.
TEST(Predict, TheGpt3FiguresOfThePaperComeOut) {
  const TempDir home;
  const auto result = run_words({"predict", "--flops", "3.14e23", "--flops-per-second", "130e12", "--watts", "250", "--pue", "1.125", "--intensity", "449.06", "--format", "json"}, home);
  ASSERT_EQ(result.code, 0) << result.err;
  const Json got = result.json();
  EXPECT_NEAR(got["joules"].get<double>(), 6.038462e11, 1e6);
  EXPECT_NEAR(got["facility_joules"].get<double>() / 3.6e6, 188702, 1);
  EXPECT_NEAR(got["grams"].get<double>() / 1e6, 84.738, 0.001);
  EXPECT_NEAR(got["seconds"].get<double>(), 2.415385e9, 1e3);
  EXPECT_EQ(got["equivalents"][0]["factor"], 106.8);  // of today, where the paper's are not asked for
}

// With the paper's own factors, 120.4 g/km and 1,500 kWh a home and year: 84,738,485 / 120.4 = 703,808 km; 188,702 / 1500 = 125.8 homes.
TEST(Predict, ThePapersKilometresAndHomesComeOutWithItsFactors) {
  const TempDir home;
  const std::vector<std::string> words{"predict", "--flops", "3.14e23", "--flops-per-second", "130e12", "--watts", "250", "--pue", "1.125", "--intensity", "449.06", "--equivalents", "2020"};
  auto as_json = words;
  as_json.insert(as_json.end(), {"--format", "json"});
  const Json got = run_words(as_json, home).json();
  ASSERT_EQ(got["equivalents"].size(), 2u);
  EXPECT_NEAR(got["equivalents"][0]["value"].get<double>(), 703808, 10);
  EXPECT_NEAR(got["equivalents"][1]["value"].get<double>(), 126, 0.5);
  const std::string text = run_words(words, home).out;
  for (const char* figure : {"189 MWh with PUE", "84.7 t CO2e", "703808 km by new EU car", "126 Danish homes"}) EXPECT_NE(text.find(figure), std::string::npos) << figure << " in\n" << text;
  EXPECT_EQ(run_words({"predict", "--hours", "1", "--watts", "1", "--equivalents", "1999"}, home).code, 2);
}

// Patterson et al. (2021), table 4: 3.14e23 FLOP on 10,000 V100 at 24.6 TFLOP/s and 330 W, PUE 1.10, 429 g/kWh: 14.8 days, 1,287 MWh, 552 t.
TEST(Predict, PattersonsFiguresComeOut) {
  const TempDir home;
  const auto result = run_words({"predict", "--flops", "3.14e23", "--flops-per-second", "24.6e12", "--watts", "330", "--count", "10000", "--pue", "1.10", "--intensity", "429", "--format=json"}, home);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NEAR(result.json()["facility_joules"].get<double>() / 3.6e9, 1287, 1);
  EXPECT_NEAR(result.json()["grams"].get<double>() / 1e6, 552, 1);
  EXPECT_NEAR(result.json()["seconds"].get<double>() / 86400, 14.8, 0.05);
}

TEST(Predict, WhatIsAssumedIsSaidWithItsSource) {
  const TempDir home;
  const auto result = run_words({"predict", "--gpu", "h100-sxm", "--count", "8", "--hours", "24", "--place", "DK", "--format", "json"}, home);
  ASSERT_EQ(result.code, 0) << result.err;
  const Json got = result.json();
  EXPECT_DOUBLE_EQ(got["seconds"].get<double>(), 86400);
  EXPECT_LT(got["low"].get<double>(), got["joules"].get<double>());
  EXPECT_GT(got["high"].get<double>(), got["joules"].get<double>());
  bool grid = false;
  for (const Json& a : got["assumptions"]) {
    EXPECT_FALSE(a["what"].get<std::string>().empty());
    EXPECT_FALSE(a["value"].get<std::string>().empty());
    EXPECT_FALSE(a["from"].get<std::string>().empty());
    grid = grid || (a["what"] == "grid" && a["value"].get<std::string>().find("Denmark") != std::string::npos);
  }
  EXPECT_TRUE(grid);
}

TEST(Predict, WrongUseIsNamed) {
  const TempDir home;
  EXPECT_EQ(run_words({"predict"}, home).code, 2);
  EXPECT_EQ(run_words({"predict", "--scale", "epochs=2", "--hours", "1", "--watts", "100"}, home).code, 2);
  EXPECT_EQ(run_words({"predict", "--probe", "5"}, home).code, 2);
  EXPECT_EQ(run_words({"predict", "--hours", "-1", "--watts", "100"}, home).code, 2);
  const auto unknown = run_words({"predict", "--gpu", "h1000", "--hours", "1"}, home);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("h1000"), std::string::npos);
}

// 100 W throughout; epochs end at 10, 20, 30 s of 10: 100 s and 10 kJ.
TEST(ForecastCommand, ARecordedPartIsForecastToItsEnd) {
  const TempDir home;
  std::string power = "time_ms,watts\r\n", events = "time_ms,event_type,key,number,value\r\n0,POINT_IN_TIME,run_start,,\r\n";
  for (int second = 0; second <= 31; ++second) power += std::to_string(second * 1000) + ",100\r\n";
  for (int epoch = 1; epoch <= 3; ++epoch) events += std::to_string(epoch * 10000) + ",INTERVAL_END,epoch_stop," + std::to_string(epoch) + ",\r\n";
  home.write("power.csv", power);
  home.write("events.csv", events);
  const auto result = run_words({"forecast", "--power", home.path("power.csv"), "--events", home.path("events.csv"), "--total", "10", "--place", "DK", "--format", "json"}, home);
  ASSERT_EQ(result.code, 0) << result.err;
  const Json got = result.json();
  EXPECT_NEAR(got["joules"].get<double>(), 10000, 300);
  EXPECT_NEAR(got["seconds"].get<double>(), 100, 3);
  EXPECT_EQ(got["done"], 3);
  EXPECT_EQ(got["of"], 10);
  EXPECT_EQ(got["unit"], "epoch");
  EXPECT_GT(got["grams"].get<double>(), 0);
  for (const char* key : {"low", "high", "seconds_low", "seconds_high", "method", "elapsed_s", "elapsed_joules"}) EXPECT_TRUE(got.contains(key)) << key;

  // At 15 s one epoch was done.
  const auto earlier = run_words({"forecast", "--power", home.path("power.csv"), "--events", home.path("events.csv"), "--total", "10", "--now", "15", "--format", "json"}, home);
  ASSERT_EQ(earlier.code, 0) << earlier.err;
  EXPECT_EQ(earlier.json()["done"], 1);
}

TEST(ForecastCommand, NoForecastHasAReasonAndAnExitCode) {
  const TempDir home;
  home.write("power.csv", "time_ms,watts\n0,100\n1000,100\n");
  const auto none = run_words({"forecast", "--power", home.path("power.csv"), "--total", "10"}, home);
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(none.out.empty());
  EXPECT_NE(none.err.find("no forecast"), std::string::npos);
  const auto missing = run_words({"forecast", "--power", home.path("nowhere.csv"), "--total", "10"}, home);
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("nowhere.csv"), std::string::npos);
}

}  // namespace
}  // namespace carbontracker::cli
