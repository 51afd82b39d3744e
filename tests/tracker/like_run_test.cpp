#include "tracker/like_run.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

// 10 epochs in 1000 s: two GPUs with 300 kJ each, all else 400 kJ.
Report ten_epochs() {
  Report report;
  report.run.id = "20251125-100000-abcdef";
  report.run.state = RunState::finished;
  report.total = Energy{Joules(1e6), Joules(0.98e6), Joules(1.02e6)};
  report.duration = Seconds(1000);
  for (const char* device : {"gpu0", "gpu1"}) {
    ReportChannel gpu;
    gpu.channel.name = gpu.channel.device = device;
    gpu.channel.domain = Domain::gpu;
    gpu.energy = Energy{Joules(300e3), Joules(290e3), Joules(310e3)};
    gpu.headline = true;
    report.channels.push_back(gpu);
  }
  ReportForecast forecast;
  forecast.made = {Seconds(1000), Joules(1e6), Joules(1e6), Joules(1e6), Seconds(1000), Seconds(1000), Seconds(1000), 10, 10, "epoch", ""};
  report.forecast = forecast;
  return report;
}

TEST(LikeRun, TheSameAgainTakesTheSame) {
  const auto same = estimate_like(ten_epochs(), {}, 1.2);
  ASSERT_TRUE(same);
  EXPECT_DOUBLE_EQ(same->joules.value(), 1e6);
  EXPECT_DOUBLE_EQ(same->facility_joules.value(), 1.2e6);
  EXPECT_DOUBLE_EQ(same->seconds.count(), 1000);
  EXPECT_NEAR(same->low.value(), 0.95e6, 1);
  EXPECT_NEAR(same->high.value(), 1.05e6, 1);
}

TEST(LikeRun, EpochsScaleTimeAndEnergy) {
  const auto longer = estimate_like(ten_epochs(), {100, std::nullopt, std::nullopt}, 1);
  ASSERT_TRUE(longer);
  EXPECT_DOUBLE_EQ(longer->joules.value(), 1e7);
  EXPECT_DOUBLE_EQ(longer->seconds.count(), 10000);
}

// Four GPUs instead of two: half the time; the GPUs' 600 kJ stay, the other 400 kJ halve.
TEST(LikeRun, MoreGpusShareTheWork) {
  const auto wider = estimate_like(ten_epochs(), {std::nullopt, std::nullopt, 4}, 1);
  ASSERT_TRUE(wider);
  EXPECT_DOUBLE_EQ(wider->joules.value(), 800e3);
  EXPECT_DOUBLE_EQ(wider->seconds.count(), 500);
  EXPECT_GT(wider->high.value(), 1.3 * 800e3);
}

TEST(LikeRun, AnInterruptedRunStandsForItsForecast) {
  Report run = ten_epochs();
  run.run.state = RunState::interrupted;
  run.forecast->made.done = 3;
  run.forecast->made.joules = Joules(3e6);
  run.forecast->made.seconds = Seconds(3000);
  const auto whole = estimate_like(run, {20, std::nullopt, std::nullopt}, 1);
  ASSERT_TRUE(whole);
  EXPECT_DOUBLE_EQ(whole->joules.value(), 6e6);  // 20 of 10 epochs of 3 MJ
}

// One GPU instead of two: twice the time; the GPUs' 600 kJ stay, the other 400 kJ double. Two may have lost up to 30 % to each other.
TEST(LikeRun, FewerGpusTakeLongerAndMayLoseLess) {
  const auto narrow = estimate_like(ten_epochs(), {std::nullopt, std::nullopt, 1}, 1);
  ASSERT_TRUE(narrow);
  EXPECT_DOUBLE_EQ(narrow->joules.value(), 1.4e6);
  EXPECT_DOUBLE_EQ(narrow->seconds.count(), 2000);
  EXPECT_LT(narrow->low.value(), 0.7 * 1.4e6);
  EXPECT_LT(narrow->high.value(), 1.1 * 1.4e6);
}

// 100 epochs on four GPUs: ten times the length, half the time each: 5000 s; 10 x (600 + 400 / 2) kJ = 8 MJ.
TEST(LikeRun, EpochsAndGpusTogether) {
  const auto both = estimate_like(ten_epochs(), {100, std::nullopt, 4}, 1);
  ASSERT_TRUE(both);
  EXPECT_DOUBLE_EQ(both->joules.value(), 8e6);
  EXPECT_DOUBLE_EQ(both->seconds.count(), 5000);
  ASSERT_EQ(both->assumptions.size(), 3u);
  EXPECT_EQ(both->assumptions[1].value, "100 instead of 10.0");
  EXPECT_EQ(both->assumptions[2].value, "4.00 instead of 2");
  EXPECT_NE(both->assumptions[2].from.find("their energy stays, all else goes with the time"), std::string::npos);
}

TEST(LikeRun, StepsScaleWhatCountsSteps) {
  Report run = ten_epochs();
  run.forecast->made.unit = "step", run.forecast->made.done = run.forecast->made.of = 500;
  EXPECT_DOUBLE_EQ(estimate_like(run, {std::nullopt, 1000, std::nullopt}, 1)->joules.value(), 2e6);
  EXPECT_EQ(estimate_like(run, {100, std::nullopt, std::nullopt}, 1).error().hint, "it counts steps: --scale steps=N");
  EXPECT_EQ(estimate_like(ten_epochs(), {std::nullopt, 1000, std::nullopt}, 1).error().hint, "it counts epochs: --scale epochs=N");
}

// "epoch 10/10" began the last: 9 were told to be done when the run ended well.
TEST(LikeRun, ALastEpochOfWhichOnlyTheBeginWasToldCounts) {
  Report run = ten_epochs();
  run.forecast->made.done = 9;
  EXPECT_DOUBLE_EQ(estimate_like(run, {20, std::nullopt, std::nullopt}, 1)->joules.value(), 2e6);
  run.forecast->made.done = 4;  // stopped early
  const auto early = estimate_like(run, {20, std::nullopt, std::nullopt}, 1);
  EXPECT_DOUBLE_EQ(early->joules.value(), 5e6);
  EXPECT_NE(early->assumptions[0].value.find("it ended after 4.00 of 10.0 epochs"), std::string::npos);
}

TEST(LikeRun, ARunThatFailedStandsForItsForecastAndWithoutOneForNothing) {
  Report run = ten_epochs();
  run.run.exit_code = 1;
  run.forecast->made.done = 3, run.forecast->made.joules = Joules(3e6);
  const auto whole = estimate_like(run, {}, 1);
  ASSERT_TRUE(whole);
  EXPECT_DOUBLE_EQ(whole->joules.value(), 3e6);
  EXPECT_NE(whole->assumptions[0].value.find("its forecast after 3.00 of 10.0 epochs: it failed with exit code 1"), std::string::npos);
  run.forecast.reset();
  EXPECT_EQ(estimate_like(run, {}, 1).error().code, Errc::unavailable);
  run.run.exit_code.reset(), run.run.state = RunState::running;
  EXPECT_NE(estimate_like(run, {}, 1).error().what.find("is still running"), std::string::npos);
}

TEST(LikeRun, WhatTheRunDoesNotTellIsNotScaledBy) {
  Report run = ten_epochs();
  run.channels.clear();
  EXPECT_EQ(estimate_like(run, {std::nullopt, std::nullopt, 4}, 1).error().code, Errc::unavailable);
  run.forecast.reset();
  EXPECT_EQ(estimate_like(run, {100, std::nullopt, std::nullopt}, 1).error().code, Errc::unavailable);
  run.total.reset();
  EXPECT_EQ(estimate_like(run, {}, 1).error().code, Errc::unavailable);
}

TEST(LikeRun, ScaleIsReadOrRefusedByTheWord) {
  EXPECT_EQ(*parse_scale("epochs=100,gpus=4")->gpus, 4);
  EXPECT_FALSE(parse_scale("")->epochs);
  EXPECT_EQ(*parse_scale(" steps = 5e3 ")->steps, 5000);
  for (const char* text : {"epochs", "epochs=", "epochs=0", "gpus=-1", "speed=2", "epochs=1,,", "batch=64", "epochs=nan", "epochs=inf", "epochs=1e300", "gpus=1.5", "gpus=0", "epochs=2,epochs=3", "epochs=2,steps=3", "EPOCHS=3"})
    EXPECT_FALSE(parse_scale(text)) << text;
}

}  // namespace
}  // namespace carbontracker
