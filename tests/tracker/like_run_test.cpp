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
  const auto longer = estimate_like(ten_epochs(), {100, std::nullopt}, 1);
  ASSERT_TRUE(longer);
  EXPECT_DOUBLE_EQ(longer->joules.value(), 1e7);
  EXPECT_DOUBLE_EQ(longer->seconds.count(), 10000);
}

// Four GPUs instead of two: half the time; the GPUs' 600 kJ stay, the other 400 kJ halve.
TEST(LikeRun, MoreGpusShareTheWork) {
  const auto wider = estimate_like(ten_epochs(), {std::nullopt, 4}, 1);
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
  const auto whole = estimate_like(run, {20, std::nullopt}, 1);
  ASSERT_TRUE(whole);
  EXPECT_DOUBLE_EQ(whole->joules.value(), 6e6);  // 20 of 10 epochs of 3 MJ
}

TEST(LikeRun, WhatTheRunDoesNotTellIsNotScaledBy) {
  Report run = ten_epochs();
  run.channels.clear();
  EXPECT_EQ(estimate_like(run, {std::nullopt, 4}, 1).error().code, Errc::unavailable);
  run.forecast.reset();
  EXPECT_EQ(estimate_like(run, {100, std::nullopt}, 1).error().code, Errc::unavailable);
  run.total.reset();
  EXPECT_EQ(estimate_like(run, {}, 1).error().code, Errc::unavailable);
}

TEST(LikeRun, ScaleIsReadOrRefusedByTheWord) {
  EXPECT_EQ(*parse_scale("epochs=100,gpus=4")->gpus, 4);
  EXPECT_FALSE(parse_scale("")->epochs);
  for (const char* text : {"epochs", "epochs=", "epochs=0", "gpus=-1", "speed=2", "epochs=1,,"})
    EXPECT_FALSE(parse_scale(text)) << text;
}

}  // namespace
}  // namespace carbontracker
