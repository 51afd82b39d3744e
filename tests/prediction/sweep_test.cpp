#include "prediction/sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>

namespace carbontracker {
namespace {

TEST(Sweep, FailedRunsAreCounted) {
  const auto sum = sum_trials({{Joules(100), Seconds(10)}, {Joules(300), Seconds(30), true}, {Joules(200), Seconds(20)}});
  EXPECT_EQ(sum.runs, 3u);
  EXPECT_EQ(sum.failed, 1u);
  EXPECT_EQ(sum.joules, Joules(600));
  EXPECT_EQ(sum.failed_joules, Joules(300));
  EXPECT_EQ(sum.seconds, Seconds(60));
}

TEST(Sweep, RemainingTrialsCostWhatTheSeenOnesDid) {
  const std::vector<Trial> seen{{Joules(100), Seconds(10)}, {Joules(300), Seconds(30), true}, {Joules(200), Seconds(20)}};
  const auto f = forecast_sweep(seen, 7);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value(), 600 + 7 * 200, 1e-9);
  EXPECT_NEAR(f->seconds.count(), 60 + 7 * 20, 1e-9);
  EXPECT_EQ(f->spent, Joules(600));
  EXPECT_GT(f->low, f->spent);
  EXPECT_LT(f->low, f->joules);
  EXPECT_GT(f->high, f->joules);
}

TEST(Sweep, TheIntervalIsNoNarrowerThanTheOneWorkedOutByHand) {
  // Mean 200; squares 100^2 + 100^2 + 0 and the unseen one's (0.7 x 200)^2: 39600 / 3 = 13200, deviation 114.89.
  // Relative error of the sum of 7: 114.89 x sqrt(1/7 + 1/3) / 200 = 0.39641; log-normal: sqrt(ln(1 + 0.15714)) = 0.38204.
  // t at 95 % and 4 degrees is 2.132: exp(0.38204 x 2.132) = 2.2580. 1400 / 2.258 = 620.0 and 1400 x 2.258 = 3161.2.
  const auto f = forecast_sweep({{Joules(100), Seconds(10)}, {Joules(300), Seconds(30), true}, {Joules(200), Seconds(20)}}, 7);
  ASSERT_TRUE(f);
  // Kinds of trials that were not seen, with the weight of one trial in four, widen it: no more than that the seven were all of the smallest, or twice as dear as that.
  EXPECT_LE(f->low.value(), 600 + 620.0 + 3);
  EXPECT_GE(f->low.value(), 600 + 0.5 * 700);
  EXPECT_GE(f->high.value(), 600 + 3161.2 - 15);
  EXPECT_LE(f->high.value(), 600 + 2 * 3161.2);
}

// One trial in ten or in three runs on a node that takes eight times as much; a fifth fails within a tenth of the time; most are pruned.
TEST(Sweep, MixedMachinesAndPrunedTrialsAreWithinTheIntervalToo) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::lognormal_distribution<double> about(0, 0.3);
  const std::function<double()> kinds[] = {[&] { return (uniform(random) < 0.1 ? 8 : 1) * about(random); }, [&] { return (uniform(random) < 0.3 ? 8 : 1) * about(random); },
                                           [&] { return (uniform(random) < 0.2 ? 0.1 * uniform(random) : 1) * about(random); },
                                           [&] { return (uniform(random) < 0.2 ? 1 : 0.1 + 0.2 * uniform(random)) * about(random); }};
  for (std::size_t kind = 0; kind < 4; ++kind) {
    for (const std::size_t seen : {4u, 20u}) {
      int within = 0;
      constexpr int kSweeps = 100, kMore = 30;
      for (int sweep = 0; sweep < kSweeps; ++sweep) {
        std::vector<Trial> trials(seen);
        for (auto& trial : trials) trial.joules = Joules(1000 * kinds[kind]()), trial.seconds = Seconds(10);
        const auto f = forecast_sweep(trials, kMore);
        double whole = f->spent.value();
        for (int i = 0; i < kMore; ++i) whole += 1000 * kinds[kind]();
        within += whole >= f->low.value() && whole <= f->high.value();
      }
      EXPECT_GE(within, (seen < 10 ? 0.7 : 0.8) * kSweeps) << kind << ", " << seen << " seen";
    }
  }
}

TEST(Sweep, NineOfTenSweepsEndWithinTheInterval) {
  // A fifth of the trials fails, at any moment; the others take 1000 J, give or take 100.
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::normal_distribution<double> off(1000, 100);
  const auto trial = [&] {
    const bool failed = uniform(random) < 0.2;
    const double joules = std::max(1.0, off(random)) * (failed ? uniform(random) : 1);
    return Trial{Joules(joules), Seconds(joules / 100), failed};
  };
  for (const std::size_t seen : {2u, 4u, 20u}) {
    int within = 0;
    for (int sweep = 0; sweep < 1000; ++sweep) {
      std::vector<Trial> trials(seen);
      std::generate(trials.begin(), trials.end(), trial);
      const auto f = forecast_sweep(trials, 20);
      double rest = 0;
      for (int i = 0; i < 20; ++i) rest += trial().joules.value();
      const double whole = f->spent.value() + rest;
      within += whole >= f->low.value() && whole <= f->high.value();
    }
    EXPECT_GE(within, 850) << seen;
  }
}

TEST(Sweep, MoreTrialsSeenMakeItSurer) {
  std::vector<Trial> few, many;
  for (int i = 0; i < 40; ++i) many.push_back({Joules(100 + 10.0 * (i % 5)), Seconds(10)});
  few.assign(many.begin(), many.begin() + 5);
  const auto a = forecast_sweep(few, 20), b = forecast_sweep(many, 20);
  ASSERT_TRUE(a && b);
  EXPECT_GT((a->high - a->low) / (a->joules - a->spent), (b->high - b->low) / (b->joules - b->spent));
  const auto one = forecast_sweep({{Joules(100), Seconds(10)}}, 20);
  ASSERT_TRUE(one);
  EXPECT_GT((one->high - one->low).value(), 0.8 * 2000);  // one trial says nothing of how they differ
}

TEST(Sweep, NothingToRestOnIsAReason) {
  EXPECT_EQ(forecast_sweep({}, 5).error().code, Errc::unavailable);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(forecast_sweep({{Joules(nan), Seconds(1)}}, 5));
  const auto done = forecast_sweep({{Joules(100), Seconds(10)}, {Joules(-5), Seconds(1)}}, 0);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->joules, Joules(100));
  EXPECT_EQ(done->low, done->high);
}

}  // namespace
}  // namespace carbontracker
