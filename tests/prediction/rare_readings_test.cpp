// Readings 20 s apart and units of a few seconds: a first unit that holds one reading, or none.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "prediction/recorded.h"

namespace carbontracker {
namespace {

// A server that draws 2500 W with its program loaded, is set up from 0 to 4 s, and then does 100 blocks of 6 s at `watts`.
// Readings every `apart` s, the first after -60 + `shift`.
struct Server {
  double watts = 7000, apart = 20, shift = 0, block = 6;

  [[nodiscard]] Trace trace() const {
    std::string power = "time_ms,watts\n", events = "time_ms,event_type,key,number,value\n60000,x,run_start,,\n";
    const double end = 4 + 100 * block;
    for (double at = -60 + shift; at <= end + apart; at += apart) power += fmt::format("{:.0f},{}\n", (at + 60) * 1000, at > 4 && at < end ? watts : 2500);
    for (int i = 0; i < 100; ++i) {
      events += fmt::format("{:.0f},x,block_start,{},\n{:.0f},x,block_stop,{},\n", (64 + i * block) * 1000, i, (64 + (i + 1) * block) * 1000, i);
    }
    events += fmt::format("{:.0f},x,run_stop,,\n", (60 + end) * 1000);
    return *parse_trace(power, events);
  }
  [[nodiscard]] double joules() const { return 4 * 2500 + 600 * watts * block / 6; }
};

RecordedPlan after_first(const Server& server) { return {100, 4 + server.block, {}, {}}; }

// At -45, -25, -5 and 15 s: nothing was read of the first unit, and what was is the machine at rest. First x N would be a third of the truth.
TEST(RareReadings, AFirstUnitWithoutAReadingIsNotTakenForAMachineAtRest) {
  const Server server{7000, 20, 15};
  const auto f = forecast_recorded(server.trace(), after_first(server));
  ASSERT_TRUE(f);
  EXPECT_LT(f->low.value(), server.joules());
  EXPECT_GT(f->high.value(), server.joules());
  EXPECT_NEAR(f->joules.value() / server.joules(), 1, 0.3);
}

// At 3 s, in the set-up: one second before the first unit began.
TEST(RareReadings, OneOfTheSetUpTellsNothingOfTheWork) {
  const Server server{7000, 20, 3};
  const auto f = forecast_recorded(server.trace(), after_first(server));
  ASSERT_TRUE(f);
  EXPECT_LT(f->low.value(), server.joules());
  EXPECT_GT(f->high.value(), server.joules());
  EXPECT_NEAR(f->joules.value() / server.joules(), 1, 0.3);
}

// Readings before the run that reach into it rise: no rest of 4750 W is seen in them.
TEST(RareReadings, ARiseWithinTheLastGapBeforeTheRunIsNoRest) {
  Server server{7000, 20, 19.9};
  auto trace = server.trace();
  for (std::size_t i = 0; i < trace.energy.size(); ++i)
    if (std::abs(trace.energy[i].at.count() + 0.1) < 0.01) trace.watts[i] = 6000, trace.energy[i].cumulative = trace.energy[i - 1].cumulative + Joules(20 * 4250);
  const auto f = forecast_recorded(trace, after_first(server));
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / server.joules(), 1, 0.3);
}

// With an earlier run only this one's scale is open, and a machine is nearly always the same.
TEST(RareReadings, AnEarlierRunGivesThePowerThatWasNotRead) {
  for (const double shift : {0.0, 3.0, 5.0, 8.0, 15.0}) {
    const Server server{7000, 20, shift}, before{7000, 20, 11};
    const Trace earlier = before.trace();
    const auto f = forecast_recorded(server.trace(), after_first(server), &earlier);
    ASSERT_TRUE(f) << shift;
    EXPECT_NEAR(f->joules.value() / server.joules(), 1, 0.03) << shift;
    EXPECT_LT(f->low.value(), server.joules());
    EXPECT_GT(f->high.value(), server.joules());
  }
}

// Read often, the power of the first unit is that of this machine, whatever the earlier one's was.
TEST(RareReadings, PowerThatWasReadOftenCountsMoreThanTheEarlierRuns) {
  const Server server{3000, 0.5, 0.25}, before{7000, 0.5, 0};
  const Trace earlier = before.trace();
  const auto f = forecast_recorded(server.trace(), after_first(server), &earlier);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / server.joules(), 1, 0.05);
}

// One reading of 3500 W where the earlier run drew 7000 is more likely a low moment of the same machine than another, but it is less sure.
TEST(RareReadings, OneOddReadingMakesItLessSure) {
  const Server before{7000, 2, 1}, same{7000, 20, 8}, lower{3500, 20, 8};
  const Trace earlier = before.trace();
  const auto odd = forecast_recorded(lower.trace(), after_first(lower), &earlier), even = forecast_recorded(same.trace(), after_first(same), &earlier);
  ASSERT_TRUE(odd && even);
  EXPECT_LT(odd->joules, even->joules);
  EXPECT_LT(odd->low, even->low);
  EXPECT_GT(odd->high.value(), before.joules());
}

// Five readings of a unit of 100 s: another machine.
TEST(RareReadings, FiveReadingsAreFollowed) {
  Server before{7000, 20, 6}, lower{3500, 20, 8};
  before.block = lower.block = 100;
  const Trace earlier = before.trace();
  const auto f = forecast_recorded(lower.trace(), after_first(lower), &earlier);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / lower.joules(), 1, 0.1);
  EXPECT_LT(f->low.value(), lower.joules());
  EXPECT_GT(f->high.value(), lower.joules());
}

}  // namespace
}  // namespace carbontracker
