#include "cli/green_wait.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "cli/wait_file.h"
#include "fakes/fake_clock.h"
#include "fakes/temp_dir.h"

namespace carbontracker::cli {
namespace {

using namespace std::chrono_literals;

// The fake clock's first moment is a full hour: 2025-11-25T10:00:00Z.
struct Scene {
  FakeClock clock;
  const WallTime began = clock.wall();
  std::vector<double> hours;                 // from `began` on
  std::vector<std::string> said;
  int planned = 0, ends_by = 0;              // a signal, at `ends_at`
  WallTime ends_at = WallTime::max();
  bool unreadable = false, usual = false;
  int troubled_from = 99, unknown_from = 99;  // hours from `began` on

  Result<RunGrid> grid() {
    ++planned;
    if (unreadable) return unexpected(Errc::not_found, "reading grid.csv: not found");
    RunGrid out{{.about = {.g_per_kwh = CarbonIntensity(300)}, .points = {}, .step = 1h}, began + std::chrono::hours(hours.size()), hours.empty(), "why", usual};
    const int hour = static_cast<int>((clock.wall() - began) / 1h);
    if (hour >= troubled_from) out.note = "down";
    if (hour >= unknown_from) return RunGrid{{}, began + 96h, true, "down"};
    for (std::size_t h = 0; h < hours.size(); ++h)
      out.series.points.push_back({began + std::chrono::hours(h), CarbonIntensity(hours[h]), CarbonIntensity(hours[h]), CarbonIntensity(hours[h]), true});
    return out;
  }
  int wait(Seconds length, Seconds within) {
    return wait_for_green({length, began + std::chrono::round<WallTime::duration>(within), clock, [this](WallTime) { return grid(); },
                           [this](Seconds longest) {
                             clock.advance(longest);
                             return clock.wall() >= ends_at ? ends_by : 0;
                           },
                           [this](const std::string& line) { said.push_back(line); }});
  }
};

TEST(GreenWait, StartsAtTheBestHourAndPlansEachHour) {
  Scene scene;
  scene.hours = {400, 400, 400, 200, 400, 400};
  EXPECT_EQ(scene.wait(1h, 6h), 0);
  EXPECT_EQ(scene.clock.wall(), scene.began + 3h);
  EXPECT_EQ(scene.planned, 4);                       // at 10, 11, 12 and 13
  ASSERT_EQ(scene.said.size(), 2u);                  // the plan did not change
  EXPECT_NE(scene.said[0].find("starts 2025-11-25 13:00Z, in 3 h 00 min; 50 % less"), std::string::npos) << scene.said[0];
  EXPECT_EQ(scene.said[1], "starts now");
}

// A usual day is no forecast, and whoever waits by it is told so, and why.
TEST(GreenWait, AWaitByAUsualDaySaysThatItIsNoForecast) {
  Scene scene;
  scene.hours = {400, 400, 400, 200, 400, 400};
  scene.usual = true;
  EXPECT_EQ(scene.wait(1h, 6h), 0);
  ASSERT_FALSE(scene.said.empty());
  EXPECT_NE(scene.said[0].find("by a usual day of the month, not a forecast (why)"), std::string::npos) << scene.said[0];
  Scene other;
  other.hours = {200, 400, 400};
  other.usual = true;
  EXPECT_EQ(other.wait(1h, 3h), 0);
  EXPECT_NE(other.said.at(0).find("by a usual day of the month (why)"), std::string::npos) << other.said[0];
}

// What the provider told before stands while it does not answer, until that ends; then the table does.
TEST(GreenWait, AnOutageAmidAWaitLeavesWhatWasToldBefore) {
  const WallTime now{1h * 500'000};
  std::optional<RunGrid> last;
  const RunGrid told{{}, now + 6h, false, ""}, table{{}, now + 96h, true, "NESO: status 500"}, usual{{}, now + 96h, false, "NESO: status 500", true};
  EXPECT_TRUE(or_last(table, last, now).constant);  // nothing was told before
  EXPECT_EQ(or_last(told, last, now).note, "");
  const RunGrid held = or_last(table, last, now + 1h);
  EXPECT_FALSE(held.constant);
  EXPECT_EQ(held.known_until, now + 6h);
  EXPECT_EQ(held.note, "by what was told of the grid before: NESO: status 500");
  EXPECT_FALSE(or_last(usual, last, now + 5h).usual);
  EXPECT_TRUE(or_last(usual, last, now + 6h).usual);
  EXPECT_EQ(or_last(told, last, now + 5h).note, "");  // it answers again
}

TEST(GreenWait, AnOutageAmidAWaitIsSaidOnceAndWhyItStartsAfterAll) {
  Scene scene;
  scene.hours = {400, 400, 400, 200, 400, 400};
  scene.troubled_from = 1;
  EXPECT_EQ(scene.wait(1h, 6h), 0);
  ASSERT_EQ(scene.said.size(), 3u);
  EXPECT_EQ(scene.said[1], "still waiting, down; starts 2025-11-25 13:00Z");
  Scene other;
  other.hours = {400, 400, 400, 200, 400, 400};
  other.unknown_from = 1;
  EXPECT_EQ(other.wait(1h, 6h), 0);
  ASSERT_EQ(other.said.size(), 2u);
  EXPECT_EQ(other.said[1], "starts now: no hour is known to be better any more (down)");
}

TEST(GreenWait, AConstantGridStartsAtOnce) {
  Scene scene;
  EXPECT_EQ(scene.wait(1h, 24h), 0);
  EXPECT_EQ(scene.clock.wall(), scene.began);
  ASSERT_EQ(scene.said.size(), 1u);
  EXPECT_NE(scene.said[0].find("no hour is known to be better"), std::string::npos);
}

TEST(GreenWait, ASignalEndsIt) {
  Scene scene;
  scene.hours = {400, 400, 200};
  scene.ends_by = SIGTERM;
  scene.ends_at = scene.began + 10min;
  EXPECT_EQ(scene.wait(1h, 3h), SIGTERM);
  EXPECT_LE(scene.clock.wall(), scene.began + 11min);
}

// At 11:00 the hour of 13:00 is told to be no better than now: the next plan finds 12:00.
TEST(GreenWait, ANewPlanIsSaid) {
  Scene scene;
  scene.hours = {400, 400, 300, 200};
  const auto wait = [&] {
    return wait_for_green({1h, scene.began + 4h, scene.clock, [&](WallTime now) {
                             if (now >= scene.began + 1h) scene.hours[3] = 400;
                             return scene.grid();
                           },
                           [&](Seconds longest) { return scene.clock.advance(longest), 0; }, [&](const std::string& line) { scene.said.push_back(line); }});
  };
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(scene.clock.wall(), scene.began + 2h);
  ASSERT_EQ(scene.said.size(), 3u);
  EXPECT_NE(scene.said[0].find("13:00Z"), std::string::npos);
  EXPECT_NE(scene.said[1].find("12:00Z"), std::string::npos);
}

TEST(GreenWait, AGridThatCanNoLongerBeReadLeavesTheLastPlan) {
  Scene scene;
  scene.hours = {400, 400, 200};
  EXPECT_EQ(wait_for_green({1h, scene.began + 3h, scene.clock, [&](WallTime now) {
                              scene.unreadable = now > scene.began;
                              return scene.grid();
                            },
                            [&](Seconds longest) { return scene.clock.advance(longest), 0; }, [&](const std::string& line) { scene.said.push_back(line); }}), 0);
  EXPECT_EQ(scene.clock.wall(), scene.began + 2h);
}

// Four hours are known; the work of three hours may end in eight. Behind the four the mean (300) would stand: nothing is promised from it.
TEST(GreenWait, HoursThatNobodyForecastAreNotWaitedFor) {
  Scene scene;
  scene.hours = {500, 500, 500, 500};
  EXPECT_EQ(scene.wait(3h, 8h), 0);
  EXPECT_EQ(scene.clock.wall(), scene.began);
}

TEST(GreenWait, TimeAsleepCounts) {
  Scene scene;
  scene.hours = {400, 400, 400, 200};
  bool slept = false;
  EXPECT_EQ(wait_for_green({1h, scene.began + 4h, scene.clock, [&](WallTime) { return scene.grid(); },
                            [&](Seconds longest) {
                              if (!std::exchange(slept, true)) scene.clock.suspend(3h);
                              else scene.clock.advance(longest);
                              return 0;
                            },
                            [&](const std::string&) {}}), 0);
  EXPECT_EQ(scene.clock.wall(), scene.began + 3h);
}

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + 10h;

const std::vector<std::string> kTrain{"/work", "24h", "python", "train.py"};

TEST(WaitFile, OneThatIsStartedAgainFindsItsDeadlineAnotherRequestDoesNot) {
  const TempDir home;
  {
    WaitFile file(home.path(), kTrain);
    EXPECT_FALSE(file.take(kNow));
    ASSERT_TRUE(file.write({kNow, kNow + 24h}));
  }
  EXPECT_FALSE(WaitFile(home.path(), {"/work", "24h", "python train.py"}).take(kNow));
  WaitFile again(home.path(), kTrain);
  const auto kept = again.take(kNow + 5h);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->deadline, kNow + 24h);
  EXPECT_EQ(kept->since, kNow);
  again.remove();
  EXPECT_FALSE(WaitFile(home.path(), kTrain).take(kNow));
}

// Once both wrote to one file: the second took the first one's deadline, and whichever started first made the other forget its own.
TEST(WaitFile, TwoWaitsAlikeAtOneTimeKeepEachItsOwnDeadline) {
  const TempDir home;
  auto first = std::make_unique<WaitFile>(home.path(), kTrain), second = std::make_unique<WaitFile>(home.path(), kTrain);
  EXPECT_FALSE(first->take(kNow));
  ASSERT_TRUE(first->write({kNow, kNow + 24h}));
  EXPECT_FALSE(second->take(kNow + 1h));  // the first still waits: its deadline is not the second's
  ASSERT_TRUE(second->write({kNow + 1h, kNow + 25h}));
  EXPECT_NE(first->path(), second->path());
  first->remove();                        // it starts; the second is killed and started again
  second.reset();
  WaitFile again(home.path(), kTrain);
  const auto kept = again.take(kNow + 2h);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->deadline, kNow + 25h);
}

TEST(WaitFile, BothThatWereKilledAreTakenUpAgain) {
  const TempDir home;
  {
    WaitFile first(home.path(), kTrain), second(home.path(), kTrain);
    (void)first.take(kNow), (void)second.take(kNow);
    ASSERT_TRUE(first.write({kNow, kNow + 24h}));
    ASSERT_TRUE(second.write({kNow, kNow + 30h}));
  }
  WaitFile first(home.path(), kTrain), second(home.path(), kTrain), third(home.path(), kTrain);
  const auto one = first.take(kNow + 1h), two = second.take(kNow + 1h);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->deadline, kNow + 24h);
  EXPECT_EQ(two->deadline, kNow + 30h);
  EXPECT_FALSE(third.take(kNow + 1h));
}

TEST(WaitFile, AWaitThatWasGivenUpIsForgottenADayAfterItsDeadline) {
  const TempDir home;
  const auto kept = [&](WallTime now) { return WaitFile(home.path(), {"x"}).take(now).has_value(); };
  {
    WaitFile file(home.path(), {"x"});
    (void)file.take(kNow);
    ASSERT_TRUE(file.write({kNow, kNow + 2h}));
  }
  EXPECT_TRUE(kept(kNow + 25h));
  EXPECT_FALSE(kept(kNow - 1h));  // from the future: the clock was set
  EXPECT_FALSE(kept(kNow + 27h));
}

TEST(WaitFile, ADamagedFileIsNone) {
  const TempDir home;
  std::string path;
  {
    WaitFile file(home.path(), {"x"});
    (void)file.take(kNow);
    path = file.path();
  }
  for (const char* text : {"", "{", "[]", R"({"since": 3, "deadline": "2026-11-25T10:00Z"})", R"({"since": "2026-11-25T10:00Z"})"}) {
    std::ofstream(path) << text;
    EXPECT_FALSE(WaitFile(home.path(), {"x"}).take(kNow)) << text;
  }
}

TEST(WaitFile, WhatIsNoFileOrHasNoPlaceIsNotWaitedFor) {
  const TempDir home;
  WaitFile nowhere("", {"x"});
  EXPECT_FALSE(nowhere.take(kNow));
  EXPECT_TRUE(nowhere.write({kNow, kNow}));
  std::string path;
  {
    WaitFile file(home.path(), {"x"});
    (void)file.take(kNow);
    path = file.path();
    file.remove();
  }
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  WaitFile beside(home.path(), {"x"});
  EXPECT_FALSE(beside.take(kNow));
  EXPECT_TRUE(beside.write({kNow, kNow + 1h}));
  EXPECT_NE(beside.path(), path);
  WaitFile impossible("/proc/none", {"x"});
  EXPECT_FALSE(impossible.take(kNow));
  const auto refused = impossible.write({kNow, kNow});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("/proc/none"), std::string::npos) << refused.error().what;
}

}  // namespace
}  // namespace carbontracker::cli
