#include "advice/plan.h"

#include <gtest/gtest.h>

#include <memory>

#include <chrono>
#include <cmath>
#include <random>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;
const WallTime kNow = std::chrono::sys_days(std::chrono::year(2021) / 7 / 1);

IntensitySeries hourly(const std::vector<double>& values, double spread = 0) {
  IntensitySeries out{.about = {.g_per_kwh = CarbonIntensity(1000), .low = CarbonIntensity(1000), .high = CarbonIntensity(1000)}, .points = {}, .step = 1h};
  for (std::size_t h = 0; h < values.size(); ++h)
    out.points.push_back({kNow + std::chrono::hours(h), CarbonIntensity(values[h]), CarbonIntensity(values[h] * (1 - spread)), CarbonIntensity(values[h] * (1 + spread)), true});
  return out;
}
Work work(double hours, double kwh) { return {Seconds(hours * 3600), Joules(kwh * 3.6e6)}; }

// Two hours at 10 kWh: now 300 and 200 g/kWh at 5 kWh each are 2.5 kg; hours 3 and 4 (100, 100) are 1 kg: 60 % less.
TEST(Plan, StartsWhereTheSumIsLeast) {
  const auto plan = plan_work(work(2, 10), {kNow, kNow + 6h}, {{"DE", hourly({300, 200, 150, 100, 100, 400})}});
  ASSERT_TRUE(plan);
  EXPECT_NEAR(plan->now.grams.value(), 2500, 1e-6);
  const PlanOption& best = plan->options.front();
  EXPECT_EQ(best.start, kNow + 3h);
  EXPECT_EQ(best.end, kNow + 5h);
  EXPECT_NEAR(best.grams.value(), 1000, 1e-6);
  EXPECT_NEAR(best.saved_percent, 60, 1e-9);
  EXPECT_EQ(best.place, "DE");
}

TEST(Plan, TheDeadlineBoundsTheEnd) {
  const auto plan = plan_work(work(2, 10), {kNow, kNow + 4h}, {{"DE", hourly({300, 200, 150, 100, 100, 400})}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->options.front().start, kNow + 2h);  // 150 and 100; 100 and 100 would end an hour late
}

// 90 minutes over 300, 100, 200: from 0:30 on half an hour of 300 and an hour of 100 (250), from 1:00 on an hour of 100 and half of 200 (200).
TEST(Plan, StartsBetweenHoursCountToTheMinute) {
  const auto plan = plan_work(work(1.5, 1.5), {kNow + 30min, kNow + 3h}, {{"DE", hourly({300, 100, 200})}});
  ASSERT_TRUE(plan);
  EXPECT_NEAR(plan->now.grams.value(), 250, 1e-6);
  EXPECT_EQ(plan->options.front().start, kNow + 1h);
  EXPECT_NEAR(plan->options.front().grams.value(), 200, 1e-6);
}

TEST(Plan, OfEqualStartsTheEarliest) {
  const auto plan = plan_work(work(1, 1), {kNow, kNow + 5h}, {{"DE", hourly({100, 100, 100, 100, 100})}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->options.front().start, kNow);
  EXPECT_EQ(plan->options.front().saved_percent, 0);
  EXPECT_EQ(plan->options.front().saved_high, 0);
}

// Two hours of 100 g lie apart: split 100 + 100, in one piece 100 + 500.
TEST(Plan, SplitsWhereThatIsBetter) {
  const auto plan = plan_work(work(2, 2), {.from = kNow, .deadline = kNow + 4h, .may_pause = true}, {{"DE", hourly({100, 500, 500, 100})}});
  ASSERT_TRUE(plan);
  const PlanOption& best = plan->options.front();
  ASSERT_EQ(best.pauses.size(), 1u);
  EXPECT_EQ(best.pauses[0].start, kNow + 1h);
  EXPECT_EQ(best.pauses[0].end, kNow + 3h);
  EXPECT_NEAR(best.grams.value(), 200, 1e-6);
  EXPECT_EQ(plan->options.size(), 2u);
}

// Paused for two hours of 500 at 30 % of the power: 300 g more, and the piece of 600 g no longer loses.
TEST(Plan, IdlePowerWeighsAgainstAPause) {
  const auto at_share = [&](double share) {
    return plan_work(work(2, 2), {.from = kNow, .deadline = kNow + 4h, .may_pause = true, .idle_share = share}, {{"DE", hourly({100, 500, 500, 100})}});
  };
  EXPECT_NEAR(at_share(0.3)->options.front().grams.value(), 100 + 100 + 0.3 * 1000, 1e-6);
  EXPECT_TRUE(at_share(0.5)->options.front().pauses.empty());
}

TEST(Plan, RanksPlacesWithTheirOwnFacilities) {
  const auto plan = plan_work(work(1, 1), {kNow, kNow + 2h}, {{"DE", hourly({300, 300})}, {"SE", hourly({40, 40}), 1.5}, {"PL", hourly({600, 600})}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->options.front().place, "SE");
  EXPECT_NEAR(plan->options.front().grams.value(), 60, 1e-9);
  EXPECT_NEAR(plan->options.front().saved_percent, 80, 1e-9);
  EXPECT_EQ(plan->options.back().place, "PL");
  EXPECT_NEAR(plan->options.back().saved_percent, -100, 1e-9);
}

// Each hour is known to 10 %: so is the sum. Two such figures, taken as independent, are apart by a factor of (1.1 / 0.9)^(1/sqrt 2) = 1.1525.
TEST(Plan, SaysHowSureTheSavingIs) {
  const auto plan = plan_work(work(1, 1), {kNow, kNow + 2h}, {{"DE", hourly({200, 100}, 0.1)}});
  ASSERT_TRUE(plan);
  const PlanOption& best = plan->options.front();
  EXPECT_NEAR(best.low.value(), 90, 1e-9);
  EXPECT_NEAR(best.high.value(), 110, 1e-9);
  EXPECT_NEAR(best.saved_percent, 50, 1e-9);
  EXPECT_NEAR(best.saved_low, 100 * (1 - 0.5 * 1.15245), 0.01);
  EXPECT_NEAR(best.saved_high, 100 * (1 - 0.5 / 1.15245), 0.01);
}

TEST(Plan, WhereTheSeriesEndsItsOwnFigureStands) {
  const auto plan = plan_work(work(1, 1), {kNow + 10h, kNow + 12h}, {{"DE", hourly({100})}});
  ASSERT_TRUE(plan);
  EXPECT_NEAR(plan->now.grams.value(), 1000, 1e-6);
}

TEST(Plan, WorkThatDoesNotFitNamesByHowMuch) {
  const auto plan = plan_work(work(6, 1), {kNow, kNow + 4h}, {{"DE", hourly({100})}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Errc::invalid_input);
  EXPECT_NE(plan.error().hint.find("2.0 h later"), std::string::npos) << plan.error().hint;
}

TEST(Plan, NoTimeNoEnergyNoPlaceAreRefused) {
  const std::vector<PlanPlace> de{{"DE", hourly({100})}};
  EXPECT_FALSE(plan_work(work(0, 1), {kNow, kNow + 1h}, de));
  EXPECT_FALSE(plan_work(work(NAN, 1), {kNow, kNow + 1h}, de));
  EXPECT_FALSE(plan_work(work(1, 0), {kNow, kNow + 1h}, de));
  EXPECT_FALSE(plan_work(work(1, NAN), {kNow, kNow + 1h}, de));
  EXPECT_FALSE(plan_work(work(1, 1), {kNow, kNow + 1h}, {}));
  EXPECT_FALSE(plan_work(work(1, 1), {kNow, kNow - 1h}, de));
}

double sum_of(const std::vector<double>& grid, const std::vector<bool>& runs) {
  double sum = 0;
  for (std::size_t h = 0; h < grid.size(); ++h) sum += runs[h] ? grid[h] : 0;
  return sum;
}

// Every way to choose hours by brute force, pieces of one hour: the programme finds the least of them.
TEST(Plan, ASplitIsTheBestOfAllByBruteForce) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> value(50, 500);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> grid(10);
    for (double& g : grid) g = value(random);
    double least = 1e300;
    for (unsigned mask = 0; mask < 1u << 10; ++mask) {
      if (__builtin_popcount(mask) != 4) continue;
      std::vector<bool> runs(10);
      for (unsigned h = 0; h < 10; ++h) runs[h] = mask >> h & 1;
      least = std::min(least, sum_of(grid, runs));
    }
    const auto plan = plan_work(work(4, 4), {.from = kNow, .deadline = kNow + 10h, .may_pause = true}, {{"DE", hourly(grid)}});
    ASSERT_TRUE(plan);
    EXPECT_LE(plan->options.front().grams.value(), least + 1e-6) << round;  // half hours are allowed too, so it may be less
    EXPECT_GT(plan->options.front().grams.value(), 0.8 * least) << round;
  }
}

TEST(Plan, BestStartIsTheBestOfAllMinutes) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> value(50, 500);
  std::vector<double> grid(30);
  for (double& g : grid) g = value(random);
  double least = 1e300;
  for (int start = 0; start + 200 <= 24 * 60; ++start) {
    double sum = 0;
    for (int minute = start; minute < start + 200; ++minute) sum += grid[static_cast<std::size_t>(minute / 60)] / 60;
    least = std::min(least, sum);
  }
  const auto plan = plan_work(work(200 / 60.0, 200 / 60.0), {kNow, kNow + 24h}, {{"DE", hourly(grid)}});
  ASSERT_TRUE(plan);
  EXPECT_NEAR(plan->options.front().grams.value(), least, 1e-3);
}

// A second of work in a hundred years: no piece of it can be shorter, and no table of slots is made for it.
TEST(Plan, WorkOfOnePieceIsNotSplitHoweverWideTheWindow) {
  const auto plan = plan_work(work(1 / 3600.0, 1), {.from = kNow, .deadline = kNow + std::chrono::hours(24 * 36000), .may_pause = true}, {{"DE", hourly({300, 100})}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->options.size(), 1u);
  EXPECT_EQ(plan->options.front().start, kNow + 1h);
}

// Two paths in which the whole day is a fifth dirtier or cleaner than foretold: each figure is off by 20 %, their ratio not at all.
TEST(Plan, ErrorsThatBothWindowsShareCancelInTheSaving) {
  const WallTime from = std::chrono::sys_days(std::chrono::year(2021) / 7 / 1);
  PlanPlace place{"DE", {.about = {}, .points = {}, .step = std::chrono::hours(1), .errors = nullptr}, 1};
  for (int h = 0; h < 24; ++h) {
    const CarbonIntensity g(h < 12 ? 400 : 300);
    place.grid.points.push_back({from + std::chrono::hours(h), g, g * 0.5, g * 1.5, true});
  }
  place.grid.errors = std::make_shared<ErrorPaths>(ErrorPaths{from, {{1, std::vector<float>(24, 0.8F)}, {1, std::vector<float>(24, 1.2F)}}});
  const auto plan = plan_work({std::chrono::hours(4), Joules(3.6e6)}, {.from = from, .deadline = from + std::chrono::hours(24)}, {place});
  ASSERT_TRUE(plan);
  const PlanOption& best = plan->options.front();
  EXPECT_EQ(best.start, from + std::chrono::hours(12));
  EXPECT_NEAR(best.saved_percent, 25, 1e-9);
  EXPECT_NEAR(best.saved_low, 25, 1e-4);
  EXPECT_NEAR(best.saved_high, 25, 1e-4);
  EXPECT_NEAR(best.grams.value(), 300, 1e-9);   // 1 kWh
  EXPECT_NEAR(best.low.value(), 240, 1e-3);
  EXPECT_NEAR(best.high.value(), 360, 1e-3);
}

// A deadline in the year 9999 left nothing of an hour's digits in the sums: a constant grid once started years later.
TEST(Plan, AConstantGridStartsAtOnceHoweverLateTheDeadline) {
  const WallTime from = std::chrono::sys_days(std::chrono::year(2021) / 7 / 1);
  PlanPlace place{"DE", {.about = {.g_per_kwh = CarbonIntensity(333.3)}, .points = {}, .step = std::chrono::hours(1), .errors = nullptr}, 1};
  for (int h = 0; h < 96; ++h) place.grid.points.push_back({from + std::chrono::hours(h), CarbonIntensity(333.3), CarbonIntensity(333.3), CarbonIntensity(333.3), true});
  for (const bool pausing : {false, true}) {
    const auto plan = plan_work({std::chrono::hours(6), Joules(3.6e6)}, {.from = from, .deadline = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31), .may_pause = pausing}, {place});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->options.front().start, from);
    EXPECT_NEAR(plan->options.front().grams.value(), 333.3, 1e-6);
  }
}

}  // namespace
}  // namespace carbontracker
