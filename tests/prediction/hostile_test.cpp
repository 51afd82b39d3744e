// Whatever comes in: a sane forecast or a reason, never a silly number.

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "prediction/synthetic.h"

namespace carbontracker {
namespace {

void expect_sane(const Result<Forecast>& f, const Observed& seen) {
  if (!f) {
    EXPECT_EQ(f.error().code, Errc::unavailable);
    EXPECT_FALSE(f.error().what.empty());
    return;
  }
  for (const double x : {f->joules.value(), f->low.value(), f->high.value(), f->seconds.count(), f->seconds_low.count(), f->seconds_high.count()}) {
    ASSERT_TRUE(std::isfinite(x));
    ASSERT_GE(x, 0);
  }
  EXPECT_LE(f->low, f->joules);
  EXPECT_LE(f->joules, f->high);
  EXPECT_LE(f->seconds_low, f->seconds);
  EXPECT_LE(f->seconds, f->seconds_high);
  EXPECT_GE(f->seconds.count(), seen.now.count() * (1 - 1e-9));
  EXPECT_GE(f->joules.value(), f->elapsed_joules.value() * (1 - 1e-9));
}

double odd_number(std::mt19937& engine) {
  const double limits[] = {0, -1, 1e-300, 1e300, -1e300, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), 7, 100};
  std::uniform_int_distribution<int> which(0, 24);
  const int k = which(engine);
  return k < 9 ? limits[k] : std::uniform_real_distribution<double>(0, 200)(engine);
}

TEST(Hostile, RandomPointsGiveAReasonOrASaneForecast) {
  std::mt19937 engine(5);
  for (int round = 0; round < 600; ++round) {
    Observed seen;
    seen.now = Seconds(odd_number(engine));
    for (int i = round % 12; i > 0; --i) seen.progress.push_back({Seconds(odd_number(engine)), odd_number(engine)});
    for (int i = round % 17; i > 0; --i) seen.energy.push_back({Seconds(odd_number(engine)), Joules(odd_number(engine))});
    for (int i = round % 3; i > 0; --i) seen.evaluations.push_back({Seconds(odd_number(engine)), Seconds(odd_number(engine))});
    if (round % 2) seen.first_unit_began = Seconds(odd_number(engine));
    Schedule plan{odd_number(engine), "epoch", {}, {}};
    if (round % 5 == 0) plan.eval_start = odd_number(engine), plan.eval_every = odd_number(engine);
    const Prior prior{seen, odd_number(engine), {}, {}};
    expect_sane(forecast(seen, plan), seen);
    expect_sane(forecast(seen, plan, &prior), seen);
  }
}

TEST(Hostile, MoreDoneThanPlannedIsTheEnd) {
  const auto run = make_run(12, [](int) { return 10.0; });
  const auto f = forecast(run.after_units(12), {10, "epoch"});
  ASSERT_TRUE(f);
  EXPECT_DOUBLE_EQ(f->joules.value(), f->elapsed_joules.value());
}

TEST(Hostile, ATotalThatChangesChangesTheForecast) {
  const auto run = make_run(40, [](int) { return 10.0; });
  const auto a = forecast(run.after_units(5), {20, "epoch"}), b = forecast(run.after_units(5), {40, "epoch"});
  ASSERT_TRUE(a && b);
  EXPECT_NEAR(b->seconds / a->seconds, 2, 0.03);
}

// B166: one epoch of 20 s and 0.000263 kWh (946.8 J), finished: the forecast is what was spent, never NaN.
TEST(Hostile, B166_OneShortEpochIsItself) {
  Observed seen;
  seen.now = Seconds(20);
  seen.progress = {{Seconds(20), 1}};
  seen.energy = {{Seconds(0), Joules(0)}, {Seconds(20), Joules(946.8)}};
  const auto f = forecast(seen, {1, "epoch"});
  ASSERT_TRUE(f);
  EXPECT_DOUBLE_EQ(f->joules.value(), 946.8);
  EXPECT_DOUBLE_EQ(f->seconds.count(), 20);
}

TEST(Hostile, ZeroPowerIsNoForecast) {
  const auto run = make_run(10, [](int) { return 10.0; }, [](int) { return 0.0; });
  const auto f = forecast(run.after_units(5), {10, "epoch"});
  ASSERT_FALSE(f);
  EXPECT_NE(f.error().what.find("no energy"), std::string::npos);
}

// Ten units told at once, 50 s after the start, then one each 5 s.
TEST(Hostile, MarksOfOneMomentShareTheTimeBeforeThem) {
  SyntheticRun run;
  run.spend(50, 300);
  for (int i = 1; i <= 10; ++i) run.mark(i);
  for (int i = 11; i <= 14; ++i) run.spend(5, 300), run.mark(i);
  for (const double now : {50.0, 70.0}) {
    const auto f = forecast(run.until(now), {40, "epoch"});
    ASSERT_TRUE(f);
    EXPECT_NEAR(f->seconds.count(), 200, 10) << now;
  }
}

// Three units of 10 s, then nothing for an hour: it may go on standing as long.
TEST(Hostile, ARunThatStandsStillIsNoSureThing) {
  SyntheticRun run;
  for (int i = 1; i <= 3; ++i) run.spend(10, 300), run.mark(i);
  run.spend(3600, 300, 10);
  const auto f = forecast(run.until(3630), {6, "epoch"});
  ASSERT_TRUE(f);
  EXPECT_GE(f->seconds_low.count(), 3630);
  EXPECT_GT(f->seconds_high.count(), 2 * 3630);
  EXPECT_LT(f->seconds_high.count(), 10 * 3630);
}

TEST(Hostile, PowerThatWasLastReadLongAgoIsAReason) {
  auto seen = make_run(10, [](int) { return 10.0; }).after_units(5);
  seen.now = Seconds(1e9);
  const auto f = forecast(seen, {10, "epoch"});
  ASSERT_FALSE(f);
  EXPECT_NE(f.error().what.find("last read"), std::string::npos);
}

}  // namespace
}  // namespace carbontracker
