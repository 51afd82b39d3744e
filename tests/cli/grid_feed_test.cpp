// When a run asks about its grid, by a clock that is told.

#include "cli/grid_feed.h"

#include <gtest/gtest.h>

#include <set>

#include "carbon/live.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker::cli {
namespace {

struct Machine {
  TempDir root;
  AskTimes times;
  explicit Machine(const std::string& name, std::map<std::string, std::string> env = {}) {
    root.write("proc/sys/kernel/hostname", name + "\n");
    times = ask_times(fake_host(root.path(), std::move(env)));
  }
};

// The second, counted from the start, of its first question and of the one after it, by a clock that goes on by one second.
std::pair<int, int> asked_at(const AskTimes& times, bool failed) {
  FakeClock clock;
  const Instant begun = clock.now();
  std::optional<Instant> asked;
  std::pair<int, int> out{-1, -1};
  for (int second = 0; second < 2000 && out.second < 0; ++second, clock.advance(Seconds(1))) {
    const Instant now = clock.now();
    if (!times.due(seconds_between(begun, now), asked ? std::optional(seconds_between(*asked, now)) : std::nullopt, failed)) continue;
    (asked ? out.second : out.first) = second;
    asked = now;
  }
  return out;
}

TEST(AskTimes, AMachineWithoutANameAsksAtOnceAndEachQuarterOfAnHour) {
  const AskTimes times = ask_times(fake_host("/nowhere"));
  EXPECT_EQ(asked_at(times, false), std::pair(0, 900));
  EXPECT_EQ(asked_at(times, true), std::pair(0, 300));
}

TEST(AskTimes, NodesOfOneJobDoNotAskInTheSameSecond) {
  std::set<int> first, next;
  for (int node = 0; node < 100; ++node) {
    const Machine machine("node" + std::to_string(node), {{"SLURM_JOB_NUM_NODES", "100"}});
    const auto [begin, again] = asked_at(machine.times, false);
    EXPECT_LE(begin, 30);
    EXPECT_GE(again - begin, 900);
    EXPECT_LE(again - begin, 991);
    first.insert(begin);
    next.insert(again);
  }
  EXPECT_GE(first.size(), 25u);  // of 30 seconds: of 100 that choose by chance 29 are taken
  EXPECT_GE(next.size(), 50u);   // of the 90 by which a quarter of an hour grows: 60
}

TEST(AskTimes, AJobOfOneMachineAsksAtOnce) {
  const Machine machine("node7", {{"SLURM_JOB_NUM_NODES", "1"}});
  EXPECT_EQ(asked_at(machine.times, false).first, 0);
}

TEST(GridFeed, AnOutageIsReadFromTheNote) {
  EXPECT_EQ(outage_of("NESO does not answer: as it said at 2026-11-25T10:00Z"), "NESO does not answer: as it said at 2026-11-25T10:00Z");
  EXPECT_EQ(outage_of("the clock is off; NESO does not answer: as it said at 2026-11-25T10:00Z; 3 hours are estimates"), "NESO does not answer: as it said at 2026-11-25T10:00Z");
  EXPECT_EQ(outage_of("3 hours are estimates"), "");
}

// Hours of which nothing was told stand at the series' mean: they once stood at 0 g/kWh, and any pause seemed to save.
TEST(GridFeed, TheMeanComesAlong) {
  const auto told = parse_feed(R"({"zone": "GB", "zone_name": "GB", "provider": "NESO", "basis": "average, direct", "note": "", "year": 2026, "mean": [210, 90, 330], "step": 1800,
                                   "told": [[1764064800000, 500, 500, 500, false, false]], "ahead_step": 3600, "ahead": []})", WallTime(std::chrono::milliseconds(1764066600000)));
  ASSERT_TRUE(told) << told.error().what;
  const GridFigure about = joined_grid(*told).about;
  EXPECT_EQ(about.g_per_kwh.value(), 210);
  EXPECT_EQ(about.low.value(), 90);
  EXPECT_EQ(about.high.value(), 330);
}

}  // namespace
}  // namespace carbontracker::cli
