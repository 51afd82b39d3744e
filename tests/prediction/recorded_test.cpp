// Recorded runs: the two layouts as real logs write them, and forecasts of a part of one.

#include "prediction/recorded.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

namespace carbontracker {
namespace {

constexpr double kStart = 1715000000000;  // ms

struct Files {
  std::string power = "time_ms,node_ac_watts\n", events = "time_ms,event_type,key,number,value\n";
  void reading(double seconds, double watts) { power += fmt::format("{:.0f},{}\n", kStart + seconds * 1000, watts); }
  void event(double seconds, const std::string& key, const std::string& number = "") {
    events += fmt::format("{:.0f},INTERVAL,{},{},\n", kStart + seconds * 1000, key, number);
  }
};

// `units` epochs of 10 s at 1,000 W read every `step` seconds from 20 s before the run on, at 300 W until then.
Files even_run(int units, double step = 2) {
  Files files;
  for (double t = -20; t <= 10 * units + 10; t += step) files.reading(t, t < 0 ? 300 : 1000);
  files.event(0, "run_start");
  for (int i = 0; i < units; ++i) {
    files.event(10 * i, "epoch_start", std::to_string(i));
    files.event(10 * (i + 1), "epoch_stop", std::to_string(i));
  }
  files.event(10 * units, "run_stop");
  return files;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

std::string backwards(const std::string& text) {  // the first line stays
  const auto head = text.find('\n') + 1;
  std::string out, line;
  for (std::size_t i = head; i < text.size(); ++i) {
    line += text[i];
    if (text[i] == '\n') out.insert(0, line), line.clear();
  }
  return text.substr(0, head) + out;
}

RecordedPlan plan_of(double total, std::optional<double> now = {}) { return {total, now, {}, {}}; }

// Ten epochs of 10 s at 1,000 W are 100 kJ.
TEST(Trace, SemicolonsAndTabsSeparateWhereNoCommaDoes) {
  for (const char separator : {';', '\t'}) {
    auto files = even_run(10);
    for (std::string* text : {&files.power, &files.events}) std::replace(text->begin(), text->end(), ',', separator);
    const auto trace = parse_trace(files.power, files.events);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace_seconds(*trace), 100);
    EXPECT_NEAR(trace_joules(*trace, 0, 100), 100000, 1);
  }
}

TEST(Trace, AReadingThatNoLoadMakesIsLeftOut) {
  for (const double fault : {65535.0, 1e8}) {
    Files files;
    for (double t = 0; t <= 100; t += 2) files.reading(t, t == 50 ? fault : 1000);
    files.event(0, "run_start");
    files.event(100, "run_stop");
    const auto trace = parse_trace(files.power, files.events);
    ASSERT_TRUE(trace);
    EXPECT_NEAR(trace_joules(*trace, 0, 100), 100000, 1) << fault;
  }
}

// 2 W at rest and 100 W for one reading in ten, as rare readings of short work see it: all of them count. A load that begins with the last reading does too.
TEST(Trace, ShortLoadsAreNoFaults) {
  Files files;
  for (int i = 0; i <= 100; ++i) files.reading(20 * i, i % 10 == 5 ? 100 : 2);
  const auto trace = parse_trace(files.power, files.events);
  ASSERT_TRUE(trace);
  EXPECT_NEAR(trace_joules(*trace, 0, 2000), 2 * 2000 + 10 * 98 * 20, 1);
  Files begins;
  for (int i = 0; i <= 10; ++i) begins.reading(2 * i, i == 10 ? 500 : 5);
  EXPECT_EQ(parse_trace(begins.power, begins.events)->watts.back(), 500);
}

TEST(Trace, EnergyIsCountedFromTheRunsStart) {
  const auto files = even_run(10);
  const auto trace = parse_trace(files.power, files.events);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace_seconds(*trace), 100);
  EXPECT_NEAR(trace_joules(*trace, 0, 100), 100000, 1);
  EXPECT_NEAR(trace_joules(*trace, 10, 20), 10000, 1);
}

TEST(Trace, LineEndingsOrderAndBlankLinesDoNotMatter) {
  const auto files = even_run(10);
  const auto plain = parse_trace(files.power, files.events);
  const auto odd = parse_trace(with_crlf(backwards(files.power)) + "\r\n\r\n", with_crlf(backwards(files.events)));
  ASSERT_TRUE(plain && odd);
  EXPECT_DOUBLE_EQ(trace_joules(*plain, 0, 100), trace_joules(*odd, 0, 100));
  const auto a = forecast_recorded(*plain, plan_of(10, 35)), b = forecast_recorded(*odd, plan_of(10, 35));
  ASSERT_TRUE(a && b);
  EXPECT_DOUBLE_EQ(a->joules.value(), b->joules.value());
}

TEST(Trace, ColumnsAreFoundByName) {
  const auto trace = parse_trace("gpu_watts,time_ms\n500,0\n500,10000\n", "key,time_ms\nrun_start,2000\nrun_stop,8000\n");
  ASSERT_TRUE(trace);
  EXPECT_NEAR(trace_joules(*trace, 0, trace_seconds(*trace)), 3000, 1e-6);
}

TEST(Trace, RubbishIsAnErrorNotACrash) {
  for (const char* power : {"", "time_ms,watts\n", "time_ms,watts\n5,7\n", "a,b\nc,d\n", "time_ms,watts\n5,nan\n5,inf\n", "\xEF\xBB\xBF\n,,,\n\"\n"}) {
    const auto trace = parse_trace(power, "");
    ASSERT_FALSE(trace) << power;
    EXPECT_EQ(trace.error().code, Errc::corrupt);
  }
  const auto one_time = parse_trace("time_ms,watts\n5,7\n5,8\n", "");
  EXPECT_FALSE(one_time);
}

TEST(Recorded, WithoutAMarkOfTheStartTheRunBeginsAtTheFirstReading) {
  const auto trace = parse_trace("time_ms,w\n1000,100\n2000,100\n3000,100\n", "");
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace_joules(*trace, 0, 2), 200);
  EXPECT_EQ(forecast_recorded(*trace, plan_of(10)).error().code, Errc::unavailable);
}

TEST(Recorded, APartGivesTheWhole) {
  const auto files = even_run(10);
  const auto trace = parse_trace(files.power, files.events);
  const auto f = forecast_recorded(*trace, plan_of(10, 43));
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value(), 100000, 3000);
  EXPECT_NEAR(f->seconds.count(), 100, 3);
  EXPECT_EQ(f->done, 4);
  EXPECT_NEAR(f->elapsed_joules.value(), 43000, 1);
  EXPECT_EQ(f->unit, "epoch");
}

TEST(Recorded, WhatComesAfterNowIsNotLookedAt) {
  auto files = even_run(10);
  const auto whole = parse_trace(files.power, files.events);
  Files cut;
  for (double t = -20; t <= 42; t += 2) cut.reading(t, t < 0 ? 300 : 1000);
  cut.event(0, "run_start");
  for (int i = 0; i < 4; ++i) cut.event(10 * i, "epoch_start"), cut.event(10 * i + 10, "epoch_stop");
  cut.event(40, "epoch_start");
  const auto part = parse_trace(cut.power, cut.events);
  const auto a = forecast_recorded(*whole, plan_of(10, 42)), b = forecast_recorded(*part, plan_of(10, 42));
  ASSERT_TRUE(a && b);
  EXPECT_DOUBLE_EQ(a->joules.value(), b->joules.value());
  EXPECT_DOUBLE_EQ(a->high.value(), b->high.value());
}

TEST(Recorded, ReadingsTwentySecondsApartLeaveUnitsWithoutOne) {
  const auto files = even_run(20, 20);
  const auto trace = parse_trace(files.power, files.events);
  ASSERT_TRUE(trace);
  for (const double now : {10.0, 30.0, 50.0}) {
    const auto f = forecast_recorded(*trace, plan_of(20, now));
    ASSERT_TRUE(f) << now;
    EXPECT_LE(f->low.value(), 200000) << now;
    EXPECT_GE(f->high.value(), 200000) << now;
  }
}

TEST(Recorded, TheUnitIsTheEpochElseTheBlockElseTheEvaluation) {
  const auto unit = [](const std::string& events, double total) {
    return unit_of(*parse_trace("time_ms,w\n0,1\n9000,1\n", "time_ms,event_type,key,number,value\n" + events), total);
  };
  EXPECT_EQ(unit("1,X,epoch_stop,,\n2,X,block_stop,,\n3,X,eval_stop,,\n", 7), "epoch");
  EXPECT_EQ(unit("2,X,block_stop,,\n3,X,eval_stop,,\n", 7), "block");
  EXPECT_EQ(unit("3,X,eval_stop,,\n", 7), "eval");
  // A complete run of one epoch and three evaluations, counted by its evaluations.
  EXPECT_EQ(unit("3,X,eval_stop,,\n4,X,eval_stop,,\n5,X,eval_stop,,\n6,X,epoch_stop,,\n", 3), "eval");
}

// Evaluations of 3 s after every unit from the 10th of 40 on: 40 x 10 + 31 x 3 = 493 s.
Files late_evaluations() {
  Files files;
  double at = 0;
  files.event(0, "run_start");
  for (int i = 1; i <= 40; ++i) {
    files.event(at, "block_start");
    files.event(at += 10, "block_stop");
    if (i < 10) continue;
    files.event(at, "eval_start");
    files.event(at += 3, "eval_stop");
  }
  files.event(at, "run_stop");
  for (double t = -10; t <= at + 10; t += 2) files.reading(t, t < 0 ? 300 : 1000);
  return files;
}

TEST(Recorded, LateEvaluationsLieInTheIntervalBeforeTheyBegin) {
  const auto files = late_evaluations();
  const auto trace = parse_trace(files.power, files.events);
  const auto f = forecast_recorded(*trace, plan_of(40, 50));
  ASSERT_TRUE(f);
  EXPECT_LT(f->low.value(), 493000);
  EXPECT_GT(f->high.value(), 493000);
}

TEST(Recorded, FromTheSecondEvaluationOnTheyAreCounted) {
  const auto files = late_evaluations();
  const auto trace = parse_trace(files.power, files.events);
  const auto f = forecast_recorded(*trace, plan_of(40, 126.5));  // after the second: 11 x 10 + 2 x 3 = 116 s
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / 493000, 1, 0.02);
  EXPECT_NEAR(f->seconds.count() / 493, 1, 0.02);
}

TEST(Recorded, AScheduleThatIsToldCountsBeforeItBegins) {
  const auto files = late_evaluations();
  const auto trace = parse_trace(files.power, files.events);
  RecordedPlan plan = plan_of(40, 50);
  const auto untold = forecast_recorded(*trace, plan);
  plan.eval_start = 10, plan.eval_every = 1;
  const auto told = forecast_recorded(*trace, plan);
  ASSERT_TRUE(untold && told);
  EXPECT_LT(std::abs(told->joules.value() / 493000 - 1), std::abs(untold->joules.value() / 493000 - 1));
  EXPECT_NE(told->method.find("as scheduled"), std::string::npos);
}

TEST(Recorded, AnEarlierRunOfTheSameWorkGivesTheLateEvaluations) {
  const auto files = late_evaluations();
  const auto trace = parse_trace(files.power, files.events);
  const auto f = forecast_recorded(*trace, plan_of(40, 10), &*trace);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / 493000, 1, 0.02);
}

// Epochs of 10 s at 1,000 W; accuracy 0.9 - 0.5 / epoch reaches 0.8499 at the 10th of 40.
TEST(Recorded, AMetricTellsWhereARunIsLikelyToStop) {
  auto files = even_run(40);
  for (int i = 1; i <= 40; ++i) files.events += fmt::format("{:.0f},POINT_IN_TIME,eval_accuracy,{},{}\n", kStart + 10000.0 * i + 1, i, 0.9 - 0.5 / i);
  const auto trace = parse_trace(files.power, files.events);
  ASSERT_TRUE(trace);
  StopRule rule;
  rule.target = 0.8499;
  const auto end = early_end_recorded(*trace, plan_of(40, 52), rule, "eval_accuracy");
  ASSERT_TRUE(end);
  EXPECT_NEAR(end->end.units, 10, 1);
  EXPECT_NEAR(end->joules.value(), 100000, 12000);
  EXPECT_EQ(early_end_recorded(*trace, plan_of(40, 25), rule, "eval_accuracy").error().code, Errc::unavailable);  // two seen
  EXPECT_FALSE(early_end_recorded(*trace, plan_of(40, 52), rule, "eval_loss"));
}

// 300 W at rest; 1000 W from the start on, read every 20 s. At the end of the first unit (10 s) one reading, at 6 s, had met the work:
// the mean of the stretch before it is 650 W, what goes on is 1000 W. Ten units are 100 s, 100 kJ.
TEST(Recorded, WhereReadingsAreRareTheLastOneHolds) {
  const std::string power = "time_ms,watts\n0,300\n20000,300\n40000,1000\n60000,1000\n";
  const std::string events = "time_ms,event_type,key,number,value\n34000,x,run_start,,\n34000,x,epoch_start,1,\n44000,x,epoch_stop,1,\n";
  const auto trace = parse_trace(power, events);
  ASSERT_TRUE(trace);
  const auto f = forecast_recorded(*trace, plan_of(10, 10));
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / 100000, 1, 0.15);
}

// Marks of one moment, in any order of their lines: what ends there ended before the next began.
TEST(Recorded, MarksOfOneMomentInAnyOrderOfLines) {
  const auto trace = parse_trace("0,100\n30000,100\n", "20000,x,epoch_stop,2,\n10000,x,epoch_start,2,\n10000,x,epoch_stop,1,\n0,x,epoch_start,1,\n0,x,run_start,,\n");
  ASSERT_TRUE(trace);
  std::vector<std::string> keys;
  for (const auto& event : trace->events) keys.push_back(event.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"run_start", "epoch_start", "epoch_stop", "epoch_start", "epoch_stop"}));
}

}  // namespace
}  // namespace carbontracker
