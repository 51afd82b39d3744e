#include "tracker/grid_book.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

const WallTime kTen = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 10h;

IntensityPoint point(WallTime start, double g, bool forecast = false) { return {start, CarbonIntensity(g), CarbonIntensity(g), CarbonIntensity(g), forecast}; }

GridTold told(WallTime asked, std::vector<IntensityPoint> points, std::vector<IntensityPoint> ahead = {}, const char* provider = "NESO", Seconds step = 30min) {
  GridTold out{asked, {}, {}};
  out.told = {.about = {.zone = "GB", .zone_name = "GB", .provider = provider, .year = 2026, .basis = "average, direct"}, .points = std::move(points), .step = step};
  out.ahead = {.about = out.told.about, .points = std::move(ahead), .step = 1h};
  return out;
}

// A run from ten on.
RunRecord run_of(const GridBook& book, Seconds length) {
  RunRecord run;
  Segment segment;
  segment.started = kTen;
  segment.ended = segment.last_seen = kTen + std::chrono::duration_cast<WallTime::duration>(length);
  segment.grid = book.answers();
  segment.grid_ahead = book.ahead();
  run.segments.push_back(std::move(segment));
  return run;
}

TEST(GridBook, KeepsReadingsOfTheRunsTimeAndOfTheHourBefore) {
  GridBook book(kTen);
  book.take(told(kTen + 5min, {point(kTen - 90min, 50), point(kTen - 30min, 100), point(kTen, 200), point(kTen + 30min, 999, true)}));
  ASSERT_EQ(book.answers().size(), 1u);
  ASSERT_EQ(book.answers()[0].readings.size(), 2u);
  EXPECT_EQ(book.answers()[0].readings[0].start, kTen - 30min);
  EXPECT_EQ(book.answers()[0].readings[1].g_per_kwh, CarbonIntensity(200));
}

TEST(GridBook, OnlyNewsIsAnAnswerAndAMeasuredFigureIsNotReplacedByAnExpectedOne) {
  GridBook book(kTen);
  book.take(told(kTen + 1min, {point(kTen, 200, true)}));
  book.take(told(kTen + 2min, {point(kTen, 200, true)}));    // as before: nothing
  book.take(told(kTen + 31min, {point(kTen, 210, false)}));  // measured now
  book.take(told(kTen + 32min, {point(kTen, 190, true)}));   // expected again: nothing
  ASSERT_EQ(book.answers().size(), 2u);
  const auto grid = recorded_grid(run_of(book, 30min));
  ASSERT_TRUE(grid);
  ASSERT_EQ(grid->points.size(), 1u);
  EXPECT_EQ(grid->points[0].g_per_kwh, CarbonIntensity(210));
  EXPECT_FALSE(grid->points[0].forecast);
}

TEST(GridBook, AMeasuredFigureReplacesAnEstimatedOneAndNotTheOtherWay) {
  GridBook book(kTen);
  IntensityPoint estimated = point(kTen, 150);
  estimated.estimated = true;
  book.take(told(kTen + 10min, {estimated}));
  book.take(told(kTen + 20min, {point(kTen, 160)}));
  book.take(told(kTen + 30min, {estimated}));
  const auto grid = recorded_grid(run_of(book, 30min));
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->points.at(0).g_per_kwh, CarbonIntensity(160));
  EXPECT_FALSE(grid->points.at(0).estimated);
}

TEST(GridBook, BasesAreNeverMixedWithinARun) {
  GridBook book(kTen);
  book.take(told(kTen + 1min, {point(kTen, 200)}));
  book.take(told(kTen + 20min, {point(kTen + 5min, 700)}, {}, "WattTime"));
  const auto grid = recorded_grid(run_of(book, 30min));
  ASSERT_TRUE(grid);
  ASSERT_EQ(grid->points.size(), 1u);
  EXPECT_EQ(grid->about.provider, "NESO");
  EXPECT_NE(book.answers()[1].note.find("WattTime"), std::string::npos);
  EXPECT_TRUE(book.answers()[1].readings.empty());
}

// 10:00 to 11:00 of which the first half took 200 and the second 300: mean 250.
TEST(GridBook, TheMeanIsThatOfTheRunsTimeAlone) {
  GridBook book(kTen);
  book.take(told(kTen + 5min, {point(kTen - 30min, 1000), point(kTen, 200)}));
  book.take(told(kTen + 45min, {point(kTen, 200), point(kTen + 30min, 300)}));
  const auto grid = recorded_grid(run_of(book, 1h));
  ASSERT_TRUE(grid);
  EXPECT_DOUBLE_EQ(grid->about.g_per_kwh.value(), 250);
  EXPECT_DOUBLE_EQ(grid->about.low.value(), 200);
  EXPECT_DOUBLE_EQ(grid->about.high.value(), 300);
  EXPECT_EQ(grid->about.note, "");
}

// The last reading holds for half an hour: of two hours one is untold.
TEST(GridBook, AGapIsSaidWithItsLength) {
  GridBook book(kTen);
  book.take(told(kTen + 45min, {point(kTen, 200), point(kTen + 30min, 300)}));
  const auto grid = recorded_grid(run_of(book, 2h));
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->about.note, "no figure for 1 h 00 min of the run: the mean of the rest");
  EXPECT_DOUBLE_EQ(grid->about.g_per_kwh.value(), 250);
}

// Five-minute readings hold for fifteen minutes at most; the hours to come hold for their whole hour all the same.
TEST(GridBook, WhatIsToComeStandsBehindWhatWasTold) {
  GridBook book(kTen);
  const GridTold answer = told(kTen + 7min, {point(kTen, 200), point(kTen + 5min, 210)}, {point(kTen, 111, true), point(kTen + 1h, 400, true), point(kTen + 2h, 500, true)}, "NESO", 5min);
  book.take(answer);
  for (const IntensitySeries& grid : {*recorded_grid(run_of(book, 10min)), joined_grid(answer)}) {
    const auto at = [&](WallTime when) { return point_at(grid, when) ? point_at(grid, when)->g_per_kwh.value() : -1; };
    EXPECT_EQ(at(kTen + 4min), 200);
    EXPECT_EQ(at(kTen + 6min), 210);
    EXPECT_EQ(at(kTen + 59min), 111);
    EXPECT_EQ(at(kTen + 60min), 400);
    EXPECT_EQ(at(kTen + 119min), 400);
    EXPECT_EQ(at(kTen + 121min), 500);
  }
}

TEST(GridBook, WhyNobodyToldIsSaidOnceAndForgottenWhenSomebodyDoes) {
  GridBook book(kTen);
  for (int i = 0; i < 3; ++i) book.failed({Errc::unavailable, "it does not answer", "try --offline"}, kTen + i * 1min);
  ASSERT_EQ(book.answers().size(), 1u);
  EXPECT_FALSE(recorded_grid(run_of(book, 1h)));
  EXPECT_EQ(untold_reason(run_of(book, 1h)), "it does not answer (try --offline)");
  book.take(told(kTen + 5min, {point(kTen, 200)}));
  EXPECT_TRUE(recorded_grid(run_of(book, 5min)));
  EXPECT_EQ(untold_reason(run_of(book, 5min)), "");
}

TEST(GridBook, AnAnswerThatSaysNothingOfTheRunIsAReason) {
  GridBook book(kTen);
  book.take(told(kTen + 5min, {point(kTen - 24h, 200)}));
  EXPECT_EQ(untold_reason(run_of(book, 1h)), "NESO: no figure for the time of the run");
}

TEST(GridBook, ARunThatNobodyAskedForHasNeitherGridNorReason) {
  const RunRecord run = run_of(GridBook(kTen), 1h);
  EXPECT_FALSE(recorded_grid(run));
  EXPECT_EQ(untold_reason(run), "");
}

// Two nodes of one run, asked apart: one series, measured before expected.
TEST(GridBook, NodesOfARunAreJoined) {
  GridBook first(kTen), second(kTen);
  first.take(told(kTen + 5min, {point(kTen, 200, true)}));
  second.take(told(kTen + 35min, {point(kTen, 220), point(kTen + 30min, 240)}));
  RunRecord run = run_of(first, 1h);
  run.segments.push_back(run_of(second, 1h).segments.front());
  const auto grid = recorded_grid(run);
  ASSERT_TRUE(grid);
  ASSERT_EQ(grid->points.size(), 2u);
  EXPECT_EQ(grid->points[0].g_per_kwh, CarbonIntensity(220));
  EXPECT_DOUBLE_EQ(grid->about.g_per_kwh.value(), 230);
}

}  // namespace
}  // namespace carbontracker
