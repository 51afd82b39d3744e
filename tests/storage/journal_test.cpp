#include "storage/journal.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "fakes/fake_host.h"
#include "storage/same_records.h"
#include "storage/sample_runs.h"
#include "storage/store.h"

namespace carbontracker {
namespace {

JournalContent read(const std::string& path) {
  auto content = read_journal(path);
  EXPECT_TRUE(content) << (content ? "" : content.error().what);
  return content ? *content : JournalContent{};
}

GridAnswer sample_grid(int readings, bool forecast = false) {
  GridAnswer out{WallTime(std::chrono::hours(490000)), "DK1", "DK1", "Energi Data Service", "average, direct", 2025, Seconds(300), {}, readings > 0 ? "" : "it does not answer"};
  for (int i = 0; i < readings; ++i)
    out.readings.push_back({out.asked + std::chrono::minutes(5 * i), CarbonIntensity(100.5 + i), CarbonIntensity(90), CarbonIntensity(120), forecast, i % 2 == 1});
  return out;
}

TEST(Journal, WhatIsWrittenIsReadBack) {
  const TempDir home;
  Segment segment = sample_segment();
  segment.minutes = {sample_minute(0), sample_minute(1)};
  segment.marks = {{Seconds(30), 1, 10, "epoch", Joules(1900)}};
  segment.forecasts = {{Seconds(31), Joules(40000), Joules(39000), Joules(41000), Seconds(600), Seconds(590), Seconds(615), 1, 10, "epoch", "1 of 10"}};
  segment.totals.regions = {{"epoch 1", "", Seconds(1), Seconds(29), segment.totals.channels[0].measured, false, false},
                            {"epoch 2", "", Seconds(30), Seconds(35), segment.totals.channels[1].measured, true, true}};
  segment.metrics = sample_metrics();
  segment.ends = sample_ends();
  segment.grid = {sample_grid(0), sample_grid(3), sample_grid(1)};
  segment.grid_ahead = sample_grid(96, true);
  const std::string path = keep_run(home.path(), sample_run(), segment, 3);
  const JournalContent content = read(path);
  EXPECT_EQ(content.damage, "");
  EXPECT_TRUE(content.ended);
  EXPECT_EQ(content.run.state, RunState::finished);
  EXPECT_EQ(content.run.exit_code, 3);
  EXPECT_EQ(content.run.name, "digits");
  EXPECT_EQ(content.run.tags.at("lr"), "0.1");
  EXPECT_EQ(content.run.command, sample_run().command);
  EXPECT_EQ(content.run.directory, "/home/u/train");
  ASSERT_EQ(content.run.segments.size(), 1u);
  expect_same(content.run.segments[0], segment);
  EXPECT_EQ(content.run.segments[0].ended, segment.last_seen);
}

TEST(Journal, ARegionWhoseEndWasAWrongGuessIsReadAsItIsNow) {
  const TempDir home;
  Segment segment = sample_segment();
  segment.totals.regions = {{"epoch 1", "", Seconds(0), Seconds(0.5), segment.totals.channels[0].measured, false, false}};
  auto writer = start(home.path(), sample_run(), segment);
  ASSERT_TRUE(writer->flush(segment));
  segment.totals.regions[0].start = Seconds(0.5), segment.totals.regions[0].duration = Seconds(4.5);
  ASSERT_TRUE(writer->flush(segment));
  expect_same(read(writer->path()).run.segments[0], segment);
  const auto before = std::filesystem::file_size(writer->path());
  ASSERT_TRUE(writer->flush(segment));
  EXPECT_EQ(std::filesystem::file_size(writer->path()), before);  // once
}

TEST(Journal, ARunBeingWrittenIsRunningAndOneWhoseWriterIsGoneIsInterrupted) {
  const TempDir home;
  auto writer = start(home.path(), sample_run(), sample_segment());
  const std::string path = writer->path();
  EXPECT_EQ(read(path).run.state, RunState::running);
  EXPECT_FALSE(read(path).ended);
  writer.reset();
  const JournalContent content = read(path);
  EXPECT_EQ(content.run.state, RunState::interrupted);
  EXPECT_EQ(content.run.exit_code, std::nullopt);
  EXPECT_EQ(content.damage, "");
}

TEST(Journal, B144_AKilledWriterLeavesNoLockAndLosesOnlyWhatCameAfterTheLastFlush) {
  const TempDir home;
  Segment segment = sample_segment();
  segment.minutes = {sample_minute(0), sample_minute(1, 3, 4)};
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = JournalWriter::create(home.path(), sample_run(), sample_segment());
    if (!writer || !(*writer)->flush(segment)) ::_exit(1);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const std::string path = home.path("journals/20251125-100000-aaaa.n1.0.journal");
  const JournalContent content = read(path);
  EXPECT_EQ(content.run.state, RunState::interrupted);
  EXPECT_EQ(content.damage, "");
  expect_same(content.run.segments[0], segment);
  // The same machine starts the next run at once.
  keep_run(home.path(), sample_run("20251125-100100-bbbb"), sample_segment());
}

TEST(Journal, FlushesOfAMonthGrowItByMinutesAlone) {
  const TempDir home;
  Segment segment = sample_segment();
  auto writer = start(home.path(), sample_run(), segment);
  ASSERT_TRUE(writer->flush(segment));
  const auto before = std::filesystem::file_size(writer->path());
  for (int i = 0; i < 1000; ++i) {
    segment.totals.duration += Seconds(5);
    segment.totals.channels[0].measured.joules += Joules(50);
    ASSERT_TRUE(writer->flush(segment));
  }
  EXPECT_EQ(std::filesystem::file_size(writer->path()), before);
  EXPECT_EQ(read(writer->path()).run.segments[0].totals.channels[0].measured.joules, Joules(1000 + 1000 * 50));
}

// Issue figure: 30 days, 40 channels, at most 25 MB for journal and index; the index holds the same bytes once more.
TEST(Journal, ThirtyDaysOfFortyChannelsFit) {
  const TempDir home;
  Segment segment = sample_segment();
  segment.totals.channels.assign(40, sample_channel("gpu", Domain::gpu, 1));
  auto writer = start(home.path(), sample_run(), segment);
  for (int number = 0; number < 1440; ++number) {   // a day; the month is 30 of them
    Minute minute{number, std::vector<float>(40, 1234.5f), std::vector<float>(40, 60)};
    minute.covered_s[static_cast<std::size_t>(number) % 40] = 58.125f;  // the costly case: covered times differ
    minute.busy.assign(16, 50);                                             // and eight GPUs beside their counters and the processors
    segment.minutes = {minute};
    ASSERT_TRUE(writer->flush(segment));
  }
  ASSERT_TRUE(writer->finish(segment, RunState::finished, 0));
  EXPECT_LE(std::filesystem::file_size(writer->path()), 12'500'000u / 30);
  EXPECT_EQ(read(writer->path()).run.segments[0].minutes.size(), 1440u);
}

ActivityTotal sample_activity(const std::string& name) {
  ActivityTotal activity;
  activity.name = name;
  activity.busy = 0.25;
  activity.seen = Seconds(61);
  activity.memory_mean = 1e9, activity.memory_peak = 2e9, activity.memory_total = 8e9;
  activity.limit = Watts(300), activity.limit_least = Watts(100);
  return activity;
}

void expect_activity(const Segment& read) {
  ASSERT_EQ(read.totals.activity.size(), 2u);
  const ActivityTotal& gpu = read.totals.activity[0];
  EXPECT_EQ(gpu.name, "gpu0");
  EXPECT_EQ(gpu.busy, 0.25);
  EXPECT_EQ(gpu.seen, Seconds(61));
  EXPECT_EQ(gpu.memory_peak, 2e9);
  EXPECT_EQ(gpu.limit_least, Watts(100));
  EXPECT_FALSE(gpu.limit_most || gpu.own);
  EXPECT_EQ(read.totals.activity[1].own, 1.5);
  ASSERT_EQ(read.minutes.size(), 3u);
  EXPECT_EQ(read.minutes[0].busy, (std::vector<std::uint8_t>{50, 5, 20}))  << "50, 7 and 22, to the nearest step";
  EXPECT_TRUE(read.minutes[1].busy.empty());  // nothing was seen in it
  EXPECT_EQ(read.minutes[2].busy, (std::vector<std::uint8_t>{kBusyUnknown, 100}));
}

TEST(Journal, WhatDevicesDidIsKept) {
  const TempDir home;
  Segment segment = sample_segment();
  auto writer = start(home.path(), sample_run(), segment);
  segment.totals.activity = {sample_activity("gpu0"), sample_activity("cpu")};
  segment.totals.activity[1].own = 1.5;
  segment.minutes = {sample_minute(0, 10, 20), sample_minute(1), sample_minute(2)};
  segment.minutes[0].busy = {50, 7, 22};
  segment.minutes[2].busy = {kBusyUnknown, 100};
  ASSERT_TRUE(writer->flush(segment));
  expect_activity(read(writer->path()).run.segments[0]);  // the last minute from the live slot
  ASSERT_TRUE(writer->finish(segment, RunState::finished, 0));
  expect_activity(read(writer->path()).run.segments[0]);
  const auto store = Store::open(home.path());
  ASSERT_TRUE(store);
  expect_activity((*store)->load("last")->segments[0]);
}

TEST(Journal, AMinuteThatALateTickChangesIsReplaced) {
  const TempDir home;
  Segment segment = sample_segment();
  auto writer = start(home.path(), sample_run(), segment);
  segment.minutes = {sample_minute(0, 10, 20), sample_minute(1)};
  ASSERT_TRUE(writer->flush(segment));
  segment.minutes[0].joules[1] = 25;
  ASSERT_TRUE(writer->flush(segment));
  segment.minutes = {sample_minute(2)};
  ASSERT_TRUE(writer->flush(segment));
  const auto minutes = read(writer->path()).run.segments[0].minutes;
  ASSERT_EQ(minutes.size(), 3u);
  EXPECT_EQ(minutes[0].joules, (std::vector<float>{10, 25}));
  EXPECT_EQ(minutes[1].joules, (std::vector<float>{10, 20}));
}

// Random segments in random flushes: what is read back is what was given, and the minutes sum to the totals.
TEST(Journal, AnyPatternOfFlushesKeepsEverything) {
  std::mt19937 random(20251125);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 60; ++round) {
    const TempDir home;
    Segment segment = sample_segment();
    const std::size_t channels = static_cast<std::size_t>(below(5));
    segment.totals.channels.assign(channels, sample_channel("x", Domain::gpu, 0));
    std::vector<double> sums(channels, 0);
    auto writer = start(home.path(), sample_run(), segment);
    Segment whole = segment;
    for (int step = 0, steps = 1 + below(40); step < steps; ++step) {
      for (int n = below(3); n > 0; --n) {
        Minute minute{static_cast<std::int64_t>(whole.minutes.size()), {}, {}};
        for (std::size_t c = 0; c < channels; ++c) {
          minute.joules.push_back(static_cast<float>(below(100000)) / 8);
          minute.covered_s.push_back(static_cast<float>(below(241)) / 4);
          sums[c] += static_cast<double>(minute.joules.back());
          whole.totals.channels[c].measured.joules = Joules(sums[c]);
        }
        whole.minutes.push_back(minute);
      }
      for (int n = below(3); n > 0; --n) whole.marks.push_back({Seconds(step), double(n), 10, "epoch", Joules(step)});
      if (below(4) == 0) whole.forecasts.push_back({Seconds(step), Joules(1), Joules(0), Joules(2), Seconds(9), Seconds(8), Seconds(10), 1, 10, "epoch", "m"});
      if (below(5) == 0) whole.grid.push_back(sample_grid(below(4)));
      if (below(5) == 0) whole.grid_ahead = sample_grid(below(200), true);
      for (RegionTotal& region : whole.totals.regions) if (region.open && below(2)) region.open = region.provisional = false;
      if (below(2)) whole.totals.regions.push_back({"r" + std::to_string(step), "", Seconds(step), Seconds(1), {}, true, true});
      if (below(6) == 0) whole.totals.gaps.push_back({std::string(static_cast<std::size_t>(below(3000)), 'g'), "r", "", Seconds(1)});
      if (below(3)) { ASSERT_TRUE(writer->flush(whole)); }
    }
    ASSERT_TRUE(below(2) ? writer->flush(whole) : writer->finish(whole, RunState::finished, 0));
    const JournalContent content = read(writer->path());
    EXPECT_EQ(content.damage, "");
    expect_same(content.run.segments[0], whole);
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (const Minute& minute : content.run.segments[0].minutes) sum += static_cast<double>(minute.joules[c]);
      EXPECT_DOUBLE_EQ(sum, content.run.segments[0].totals.channels[c].measured.joules.value());
    }
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

// The file size limit stands in for a disk that fills up, and is lifted for one that has room again.
TEST(Journal, AFullDiskIsSaidHarmsNobodyKeepsTheTotalsAndIsMadeUpForLater) {
  const TempDir home;
  Segment segment = sample_segment();
  auto writer = start(home.path(), sample_run(), segment);
  ASSERT_TRUE(writer->flush(segment));
  struct rlimit old {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const struct rlimit full {std::filesystem::file_size(writer->path()), old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  segment.minutes = {sample_minute(0), sample_minute(1)};
  segment.marks = {{Seconds(30), 1, 10, "epoch", Joules(1900)}};
  segment.totals.total.joules = Joules(5000);
  const auto refused = writer->flush(segment);
  const auto while_full = read_journal(writer->path());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(writer->path()), std::string::npos);
  EXPECT_FALSE(refused.error().hint.empty());
  ASSERT_TRUE(while_full);
  EXPECT_EQ(while_full->run.segments[0].totals.total.joules, Joules(5000));
  EXPECT_EQ(while_full->damage, "");
  segment.minutes = {sample_minute(2)};   // the caller has dropped the others
  ASSERT_TRUE(writer->flush(segment));
  const JournalContent content = read(writer->path());
  EXPECT_EQ(content.damage, "");
  EXPECT_EQ(content.run.segments[0].minutes.size(), 3u);
  EXPECT_EQ(content.run.segments[0].marks.size(), 1u);
}

TEST(Journal, AHomeThatCannotBeWrittenIsNamedWithARemedy) {
  const TempDir home;
  ASSERT_EQ(::chmod(home.path().c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    const auto writer = JournalWriter::create(home.path("data"), sample_run(), sample_segment());
    const bool right = !writer && writer.error().code == Errc::permission && writer.error().what.find(home.path("data")) != std::string::npos &&
                       writer.error().hint.find("CARBONTRACKER_HOME") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Journal, NoHomeAtAllIsAnErrorNotACrash) {
  EXPECT_EQ(data_home(fake_host("")), "");
  const auto writer = JournalWriter::create("", sample_run(), sample_segment());
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().hint.find("CARBONTRACKER_HOME"), std::string::npos);
}

TEST(Journal, TheHomeFollowsTheEnvironment) {
  EXPECT_EQ(data_home(fake_host("", {{"CARBONTRACKER_HOME", "/a"}, {"XDG_DATA_HOME", "/b"}, {"HOME", "/c"}})), "/a");
  EXPECT_EQ(data_home(fake_host("", {{"XDG_DATA_HOME", "/b"}, {"HOME", "/c"}})), "/b/carbontracker");
  EXPECT_EQ(data_home(fake_host("", {{"XDG_DATA_HOME", "b"}, {"HOME", "/c"}})), "/c/.local/share/carbontracker");
}

TEST(Journal, B191_AFileThatStandsInTheWayIsNeitherFollowedNorOverwritten) {
  const TempDir home;
  home.write("victim", "precious");
  std::filesystem::create_directories(home.path("journals"));
  std::filesystem::create_symlink(home.path("victim"), home.path("journals/20251125-100000-aaaa.n1.0.journal"));
  EXPECT_FALSE(JournalWriter::create(home.path(), sample_run(), sample_segment()));
  std::ifstream victim(home.path("victim"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(victim), {}), "precious");
}

TEST(Journal, TwoTrackersOfOnePartDoNotWriteOneFile) {
  const TempDir home;
  auto first = start(home.path(), sample_run(), sample_segment());
  const auto second = JournalWriter::create(home.path(), sample_run(), sample_segment());
  ASSERT_FALSE(second);
  EXPECT_FALSE(second.error().hint.empty());
  EXPECT_TRUE(first->flush(sample_segment()));
  EXPECT_TRUE(JournalWriter::create(home.path(), sample_run(), sample_segment("n1", 1)));
}

TEST(Journal, HostileNamesStayInsideTheHomeAndComeBackWhole) {
  for (const std::string& name : {std::string("../../etc/passwd"), std::string("a\nb\x1b[31m\"quote\"\\u"), std::string("nul\0inside", 10),
                                  std::string(10'000'000, 'x'), std::string("\xff\xfe"), std::string()}) {
    const TempDir home;
    RunRecord run = sample_run(name);
    run.name = name;
    Segment segment = sample_segment(name);
    const std::string path = keep_run(home.path(), run, segment);
    EXPECT_EQ(std::filesystem::canonical(path).parent_path(), std::filesystem::canonical(home.path("journals")));
    const JournalContent content = read(path);
    EXPECT_TRUE(content.run.name == name);
    EXPECT_TRUE(content.run.id == name);
    EXPECT_TRUE(content.run.segments[0].node == name);
  }
}

}  // namespace
}  // namespace carbontracker
