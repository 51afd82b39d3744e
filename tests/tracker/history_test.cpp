// What an earlier run of the same work says of a new one.

#include "tracker/history.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

// Four epochs of 10 s and 1,000 J.
RunRecord earlier_of(const std::string& name, std::vector<std::string> command, const std::string& project = "") {
  RunRecord run;
  run.id = "20261101-100000-aaaa";
  run.name = name, run.command = std::move(command), run.project = project;
  run.state = RunState::finished, run.exit_code = 0;
  Segment segment;
  for (int i = 1; i <= 4; ++i) segment.marks.push_back({Seconds(10 * i), double(i), 4, "epoch", Joules(1000 * i)});
  segment.totals.duration = Seconds(41);
  segment.totals.total.joules = Joules(4050);
  run.segments.push_back(std::move(segment));
  return run;
}

const RunRecord kNow = [] {
  RunRecord run;
  run.name = "train.py", run.command = {"python", "train.py"}, run.project = "vision";
  return run;
}();

TEST(History, TheSameCommandIsNearerThanTheScriptAndThatThanTheProject) {
  EXPECT_EQ(likeness(earlier_of("train.py", {"python", "train.py"}, "vision"), kNow), Likeness::command);
  EXPECT_EQ(likeness(earlier_of("train.py", {"python", "train.py", "--lr", "1"}, "vision"), kNow), Likeness::name);
  EXPECT_EQ(likeness(earlier_of("other.py", {"python", "other.py"}, "vision"), kNow), Likeness::project);
  EXPECT_EQ(likeness(earlier_of("other.py", {"python", "other.py"}, "speech"), kNow), Likeness::none);
  EXPECT_EQ(likeness(earlier_of("", {}, ""), RunRecord{}), Likeness::none);
}

TEST(History, AScriptOfThatNameInAnotherDirectoryMayBeAnother) {
  auto elsewhere = earlier_of("train.py", {"python", "train.py"}, "vision");
  auto now = kNow;
  elsewhere.directory = "/home/a/one", now.directory = "/home/a/two";
  EXPECT_EQ(likeness(elsewhere, now), Likeness::namesake);
  now.directory = elsewhere.directory;
  EXPECT_EQ(likeness(elsewhere, now), Likeness::command);
  now.directory = "/home/a/two";
  now.command = elsewhere.command = {"python", "/home/a/one/train.py"};
  EXPECT_EQ(likeness(elsewhere, now), Likeness::command);  // the same file from anywhere
  now.name = elsewhere.name = "resnet-50";
  now.command = elsewhere.command = {"python", "train.py"};
  EXPECT_EQ(likeness(elsewhere, now), Likeness::name);     // a name that somebody gave
  EXPECT_EQ(as_prior(elsewhere, Likeness::namesake)->prior.doubt, as_prior(elsewhere, Likeness::project)->prior.doubt);
}

TEST(History, AnotherMachinesEnergyIsNotTrusted) {
  auto run = earlier_of("train.py", {"python"});
  ChannelTotal gpu, memory, package;
  gpu.channel.domain = Domain::gpu, gpu.channel.label = "NVIDIA A100", gpu.headline = true;
  package.channel.domain = Domain::package, package.channel.label = "AMD EPYC", package.headline = true;
  memory.channel.domain = Domain::dram, memory.channel.label = "25.3 GB memory", memory.headline = true;
  run.segments[0].totals.channels = {package, memory, gpu};
  const auto prior = as_prior(run, Likeness::command);
  const ChannelBrief a100{"gpu0", "NVIDIA A100", Domain::gpu, {}, {}}, h100{"gpu0", "NVIDIA H100", Domain::gpu, {}, {}}, epyc{"package-0", "AMD EPYC", Domain::package, {}, {}},
      more{"dram-0", "50.6 GB memory", Domain::dram, {}, {}};
  EXPECT_TRUE(same_machine(*prior, {a100, epyc, more}));
  EXPECT_FALSE(same_machine(*prior, {h100, epyc}));
  EXPECT_FALSE(same_machine(*prior, {a100, a100, epyc}));
  EXPECT_FALSE(same_machine(*prior, {epyc}));
  EXPECT_EQ(prior->why, "same command");
}

TEST(History, AFinishedRunIsItsMarksAndItsWhole) {
  const auto prior = as_prior(earlier_of("train.py", {"python"}), Likeness::command);
  ASSERT_TRUE(prior);
  EXPECT_EQ(prior->unit, "epoch");
  EXPECT_EQ(prior->prior.total, 4);
  EXPECT_EQ(prior->prior.final_joules, Joules(4050));
  EXPECT_EQ(prior->prior.final_seconds, Seconds(41));
  Observed begun;
  begun.now = Seconds(2);
  begun.energy = {{}, {Seconds(2), Joules(200)}};
  const auto f = forecast(begun, {4, "epoch"}, &prior->prior);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value(), 4050, 0.02 * 4050);
  EXPECT_NEAR(f->seconds.count(), 41, 0.02 * 41);
}

TEST(History, LessLikeIsLessSure) {
  Observed begun;
  begun.now = Seconds(2);
  begun.energy = {{}, {Seconds(2), Joules(200)}};
  double before = 0;
  for (const auto alike : {Likeness::command, Likeness::name, Likeness::project}) {
    const auto prior = as_prior(earlier_of("train.py", {"python"}), alike);
    const auto f = forecast(begun, {4, "epoch"}, &prior->prior);
    ASSERT_TRUE(f);
    EXPECT_GT((f->high - f->low).value(), 1.2 * before);
    before = (f->high - f->low).value();
  }
}

TEST(History, ARunThatFailedOrEndedEarlyOrHasNoEnergyIsNone) {
  auto failed = earlier_of("train.py", {"python"}), early = failed, dark = failed, running = failed, bare = failed;
  failed.exit_code = 1;
  early.segments[0].marks.resize(2);
  dark.segments[0].totals.total.joules = Joules(0);
  running.state = RunState::running;
  bare.segments[0].marks.clear();
  for (const auto& run : {failed, early, dark, running, bare}) EXPECT_FALSE(as_prior(run, Likeness::command));
  EXPECT_FALSE(as_prior(earlier_of("train.py", {"python"}), Likeness::none));
  EXPECT_FALSE(earlier_run("", kNow));
  EXPECT_FALSE(earlier_run("/nonexistent/store", kNow));
}

// The third epoch was paused for 30 s at 20 W: 600 J. The prior is the run as if it had not been.
TEST(History, APausedRunIsAPriorWithoutItsPauses) {
  RunRecord run = earlier_of("train.py", {"python"});
  Segment& segment = run.segments.front();
  for (std::size_t i = 2; i < 4; ++i) segment.marks[i].at += Seconds(30), segment.marks[i].joules = segment.marks[i].joules + Joules(600);
  segment.totals.duration += Seconds(30);
  segment.totals.total.joules = Joules(4650);
  RegionTotal pause;
  pause.name = "paused", pause.start = Seconds(25), pause.duration = Seconds(30), pause.measured.joules = Joules(600);
  segment.totals.regions = {pause};
  const auto prior = as_prior(run, Likeness::command), never = as_prior(earlier_of("train.py", {"python"}), Likeness::command);
  ASSERT_TRUE(prior && never);
  EXPECT_EQ(prior->prior.final_seconds, never->prior.final_seconds);
  EXPECT_EQ(prior->prior.final_joules, never->prior.final_joules);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(prior->prior.run.progress[i].at, never->prior.run.progress[i].at);
    EXPECT_EQ(prior->prior.run.energy[i + 1].cumulative, never->prior.run.energy[i + 1].cumulative);
  }
}

}  // namespace
}  // namespace carbontracker
