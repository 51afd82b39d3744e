// What is kept of a run, and what is said of what could not be kept.

#include "tracker/keeper.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/files.h"
#include "fakes/temp_dir.h"
#include "storage/store.h"

namespace carbontracker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr WallTime kBegan{std::chrono::milliseconds(1'764'064'800'000)};  // 2025-11-25T10:00:00Z

void wait_until_kept(const Keeper& keeper) {
  for (int i = 0; i < 120'000 && !keeper.kept(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

RunRecord run_of_one_segment() {
  RunRecord run;
  run.id = "20251125-100000-abcdef";
  run.name = "digits";
  run.command = {"train"};
  Segment segment;
  segment.node = "n1";
  segment.started = segment.last_seen = kBegan;
  run.segments.push_back(segment);
  return run;
}

// Each time the record is asked for, one minute more has passed, of 60 J a minute.
struct Minutes {
  int passed = 0;
  void operator()(RunRecord& run) {
    Segment& segment = run.segments.front();
    segment.minutes.push_back({passed, {60.0F}, {60.0F}});
    ++passed;
    ChannelTotal channel;
    channel.channel.name = "package-0";
    channel.channel.domain = Domain::package;
    channel.headline = true;
    channel.measured.joules = Joules(60.0 * passed);
    segment.totals.channels = {channel};
    segment.totals.total = {Joules(60.0 * passed), Joules(59.0 * passed), Joules(61.0 * passed)};
    segment.totals.duration = Seconds(60.0 * passed);
    segment.last_seen = kBegan + std::chrono::minutes(passed);
    segment.ended = segment.last_seen;
  }
};

std::string name_of(const RunRecord& run) { return run.name + (run.exit_code ? " " + std::to_string(*run.exit_code) : " runs"); }

Result<RunRecord> kept_in(const std::string& home) {
  auto store = Store::open(home);
  if (!store) return unexpected(store.error());
  return (*store)->load("last");
}

TEST(Keeper, AFinishedRunIsInTheStoreWithItsExitCodeAndInTheOutputFile) {
  const TempDir dir;
  Keeper keeper({dir.path("home"), dir.path("run.txt"), {}}, run_of_one_segment(), Minutes(), name_of);
  const RunRecord finished = keeper.finish(7);
  EXPECT_EQ(finished.state, RunState::finished);
  EXPECT_EQ(finished.exit_code, 7);
  EXPECT_TRUE(keeper.kept());
  EXPECT_THAT(keeper.troubles(), IsEmpty());
  EXPECT_EQ(read_file(dir.path("run.txt")).value_or("none"), "digits 7");
  const auto kept = kept_in(dir.path("home"));
  ASSERT_TRUE(kept) << kept.error().what;
  EXPECT_EQ(kept->exit_code, 7);
  EXPECT_EQ(kept->state, RunState::finished);
  EXPECT_DOUBLE_EQ(kept->segments.at(0).totals.total.joules.value(), kept->segments[0].totals.duration.count());  // 60 J a minute
}

TEST(Keeper, ARunThatIsNotToBeKeptLeavesNothingAndNoTrouble) {
  const TempDir dir;
  Keeper keeper({"", "", {}}, run_of_one_segment(), Minutes(), name_of);
  EXPECT_EQ(keeper.finish(0).exit_code, 0);
  EXPECT_FALSE(keeper.kept());
  EXPECT_THAT(keeper.troubles(), IsEmpty());
  EXPECT_THAT(list_directory(dir.path()).value(), IsEmpty());
}

TEST(Keeper, AHomeThatCannotBeIsATroubleOfOneLineAndTheOutputIsWrittenAllTheSame) {
  const TempDir dir;
  dir.write("file", "no directory");
  Keeper keeper({dir.path("file") + "/home", dir.path("run.txt"), {}}, run_of_one_segment(), Minutes(), name_of);
  keeper.finish(3);
  EXPECT_FALSE(keeper.kept());
  const auto troubles = keeper.troubles();
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_THAT(troubles[0].what, HasSubstr(dir.path("file")));
  EXPECT_THAT(troubles[0].hint, HasSubstr("CARBONTRACKER_HOME"));
  EXPECT_EQ(read_file(dir.path("run.txt")).value_or("none"), "digits 3");
}

TEST(Keeper, AnOutputThatCannotBeWrittenIsATroubleAndTheRunIsKeptAllTheSame) {
  const TempDir dir;
  Keeper keeper({dir.path("home"), dir.path("missing/run.txt"), {}}, run_of_one_segment(), Minutes(), name_of);
  keeper.finish(0);
  EXPECT_TRUE(keeper.kept());
  const auto troubles = keeper.troubles();
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_THAT(troubles[0].what, HasSubstr("missing/run.txt"));
  EXPECT_TRUE(kept_in(dir.path("home")));
}

// The writer's first flush is at once; a run that dies after it has lost nothing but what came later.
TEST(Keeper, WhatWasFlushedOutlivesARunThatNeverFinishes) {
  const TempDir dir;
  {
    Keeper keeper({dir.path("home"), "", {}}, run_of_one_segment(), Minutes(), name_of);
    keeper.start();
    wait_until_kept(keeper);
    ASSERT_TRUE(keeper.kept());
  }
  const auto kept = kept_in(dir.path("home"));
  ASSERT_TRUE(kept) << kept.error().what;
  EXPECT_EQ(kept->exit_code, std::nullopt);
  EXPECT_NE(kept->state, RunState::finished);
  EXPECT_DOUBLE_EQ(kept->segments.at(0).totals.total.joules.value(), 60);
}

TEST(Keeper, ADiskThatFillsUpIsATroubleAndTheRunNoLongerCountsAsKept) {
  const TempDir dir;
  Keeper keeper({dir.path("home"), "", {}}, run_of_one_segment(), Minutes(), name_of);
  keeper.start();
  wait_until_kept(keeper);
  ASSERT_TRUE(keeper.kept());
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit is then an error like that of a full disk
  const rlimit none{1, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &none);
  keeper.finish(0);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_FALSE(keeper.kept());
  ASSERT_EQ(keeper.troubles().size(), 1u);
  EXPECT_THAT(keeper.troubles()[0].what, HasSubstr(".journal"));
}

// Before the end the minutes that are on disk are dropped from memory; none may be lost, and none may be there twice.
TEST(Keeper, NoMinuteIsLostBetweenTheWritersFlushAndTheLast) {
  const TempDir dir;
  Keeper keeper({dir.path("home"), "", {}}, run_of_one_segment(), Minutes(), name_of);
  keeper.start();
  wait_until_kept(keeper);
  keeper.finish(0);
  const auto kept = kept_in(dir.path("home"));
  ASSERT_TRUE(kept) << kept.error().what;
  const auto& minutes = kept->segments.at(0).minutes;
  ASSERT_EQ(minutes.size(), 2u);
  EXPECT_EQ(minutes[0].number, 0);
  EXPECT_EQ(minutes[1].number, 1);
}

}  // namespace
}  // namespace carbontracker
