// run --pause-above as a whole, over hours of a clock that is moved by hand.

#include "cli/pauser.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "fakes/fake_clock.h"

namespace carbontracker::cli {
namespace {

using namespace std::chrono_literals;

// A command of 100 W at work and 20 W while it stands still, told once a minute what the grid is. The clock begins at a full hour.
struct Scene {
  FakeClock clock;
  const WallTime began = clock.wall();
  std::vector<double> grid_by_hour;
  std::optional<Seconds> work;             // empty: nobody knows how much
  bool shows_progress = false, may_stop = true, may_continue = true;
  bool stands = false;
  int stops = 0, continues = 0;
  Joules joules{};
  std::vector<std::string> said;
  std::vector<bool> marks;
  PauseRule rule{.above = CarbonIntensity(300), .longest = 2h, .deadline = {}};
  IntensitySeries series;
  std::optional<Pauser> pauser;

  Pauser& start() {
    series = {.about = {.g_per_kwh = CarbonIntensity(200)}, .points = {}, .step = 1h};
    for (std::size_t h = 0; h < grid_by_hour.size(); ++h) {
      const CarbonIntensity g(grid_by_hour[h]);
      series.points.push_back({began + std::chrono::hours(h), g, g, g, true});
    }
    Pauser::Hands hands;
    hands.stop = [this]() -> Result<> {
      ++stops;
      if (!may_stop) return unexpected(Errc::permission, "stopping the command: Operation not permitted");
      stands = true;
      return {};
    };
    hands.go_on = [this]() -> Result<> {
      ++continues;
      if (!may_continue) return unexpected(Errc::permission, "continuing the command: Operation not permitted");
      stands = false;
      return {};
    };
    hands.grid = [this](WallTime) { return &series; };
    hands.rest = [this](Seconds ran) { return work ? std::optional(std::max(Seconds(0), *work - ran)) : std::nullopt; };
    hands.progressed = [this] { return shows_progress; };
    hands.spent = [this] { return joules; };
    hands.mark = [this](bool begins) { marks.push_back(begins); };
    hands.say = [this](const std::string& line) { said.push_back(line); };
    return pauser.emplace(rule, std::move(hands), clock);
  }
  void minutes(int count) {
    for (int i = 0; i < count; ++i) {
      clock.advance(1min);
      joules = joules + Joules((stands ? 20 : 100) * 60);
      pauser->tick();
    }
  }
  [[nodiscard]] Seconds since_began() const { return clock.wall() - began; }
};

TEST(Pauser, WhatHasNotBegunToWorkIsNotStopped) {
  Scene scene;
  scene.grid_by_hour = {500, 500, 100};
  scene.start();
  scene.pauser->tick();  // the first look, as the command starts
  EXPECT_EQ(scene.stops, 0);
  scene.minutes(4);
  EXPECT_EQ(scene.stops, 0);
  scene.minutes(1);
  EXPECT_EQ(scene.stops, 1);  // five minutes without a sign of progress: it says none
}

TEST(Pauser, ProgressThatIsSeenIsEnoughToBegin) {
  Scene scene;
  scene.grid_by_hour = {500, 500, 100};
  scene.start();
  scene.minutes(1);
  EXPECT_EQ(scene.stops, 0);
  scene.shows_progress = true;
  scene.minutes(1);
  EXPECT_EQ(scene.stops, 1);
  scene.shows_progress = false;  // another phase began: it has worked all the same
  EXPECT_TRUE(scene.pauser->paused());
}

// Dirty from 1:00 to 2:00, between the limits (285 to 300) from 2:00 to 3:00, clean after.
TEST(Pauser, GoesOnBelowTheLowerLimitOnly) {
  Scene scene;
  scene.grid_by_hour = {200, 400, 290, 100, 100, 100};
  scene.rule.longest = 4h;
  scene.start();
  scene.minutes(59);
  EXPECT_FALSE(scene.stands);
  scene.minutes(1);
  EXPECT_TRUE(scene.stands);
  scene.minutes(119);
  EXPECT_TRUE(scene.stands);
  scene.minutes(1);
  EXPECT_FALSE(scene.stands);
  EXPECT_EQ(scene.since_began(), 3h);
  EXPECT_EQ(scene.stops, 1);
  EXPECT_EQ(scene.continues, 1);
  EXPECT_EQ(scene.marks, (std::vector<bool>{true, false}));
  // Two hours of 20 W: 144 kJ, 40 Wh.
  EXPECT_EQ(scene.pauser->summary(), "paused 2 h 00 min, 40.0 Wh while paused");
}

TEST(Pauser, MaxPauseHoldsForAllTogether) {
  Scene scene;
  scene.grid_by_hour = {400, 400, 100, 400, 400, 400, 400, 400, 400, 100};
  scene.rule.longest = 150min;
  scene.shows_progress = true;
  scene.start();
  scene.minutes(9 * 60);
  EXPECT_EQ(scene.stops, 2);                     // from 0:01 to 2:00, and from 3:00 for 31 minutes
  EXPECT_EQ(scene.continues, 2);
  EXPECT_EQ(scene.pauser->summary().substr(0, 18), "paused 2 h 30 min,");
}

// The work takes two hours, the deadline is in three: dirty all the time, it may stand still for an hour less the margin.
TEST(Pauser, TheDeadlineWins) {
  Scene scene;
  scene.grid_by_hour = {500, 500, 100, 100, 100, 100};
  scene.work = 2h;
  scene.shows_progress = true;
  scene.rule.deadline = scene.began + 3h;
  scene.start();
  Seconds worked{};
  while (worked < 2h) {
    scene.minutes(1);
    if (!scene.stands) worked += 1min;
    ASSERT_LT(scene.since_began(), 4h);
  }
  EXPECT_EQ(scene.stops, 1);
  EXPECT_LE(scene.since_began(), 3h);
  EXPECT_GE(scene.since_began(), 2h + 55min);
}

TEST(Pauser, ADeadlineThatIsPastNeverStopsIt) {
  Scene scene;
  scene.grid_by_hour = {500, 500, 100};
  scene.work = 1h;
  scene.shows_progress = true;
  scene.rule.deadline = scene.began - 1h;
  scene.start();
  scene.minutes(30);
  EXPECT_EQ(scene.stops, 0);
}

// A grid that swings about the limit each few minutes: between two pauses lie ten minutes of work, and a pause promises ten.
TEST(Pauser, ASwingingGridDoesNotMakeItFlutter) {
  Scene scene;
  scene.shows_progress = true;
  scene.rule.longest = 10h;
  scene.start();
  scene.series.about.g_per_kwh = CarbonIntensity(100);
  int changes = 0;
  bool before = false;
  for (int minute = 0; minute < 240; ++minute) {
    const CarbonIntensity g(minute % 4 < 2 ? 400 : 100);
    scene.series.points = {{scene.clock.wall() - 1min, g, g, g, false}};  // nothing of what is to come is known
    scene.minutes(1);
    changes += scene.stands != before;
    before = scene.stands;
  }
  EXPECT_GT(scene.stops, 0);
  EXPECT_LE(changes, 2 * 240 / 11);  // ten minutes of work and one at least of standing still, for each two
}

TEST(Pauser, WhatCannotBeContinuedIsTriedAgainAndStaysPausedInTheAccount) {
  Scene scene;
  scene.grid_by_hour = {400, 100, 100, 100};
  scene.shows_progress = true;
  scene.may_continue = false;
  scene.start();
  scene.minutes(65);
  EXPECT_TRUE(scene.pauser->paused());
  EXPECT_GE(scene.continues, 5);
  EXPECT_EQ(scene.marks, (std::vector<bool>{true}));
  EXPECT_EQ(std::count_if(scene.said.begin(), scene.said.end(), [](const std::string& s) { return s.find("Operation not permitted") != std::string::npos; }), 1);
  scene.may_continue = true;
  scene.minutes(1);
  EXPECT_FALSE(scene.pauser->paused());
  EXPECT_EQ(scene.marks, (std::vector<bool>{true, false}));
}

TEST(Pauser, EvenAfterTheEndOfPausing) {
  Scene scene;
  scene.grid_by_hour = {400, 400, 100, 100};
  scene.shows_progress = true;
  scene.may_continue = false;
  scene.start();
  scene.minutes(5);
  scene.pauser->end();  // over its budget, say
  EXPECT_TRUE(scene.pauser->paused());
  scene.may_continue = true;
  scene.minutes(1);
  EXPECT_FALSE(scene.stands);
  scene.minutes(60);
  EXPECT_EQ(scene.stops, 1);
}

TEST(Pauser, WhatCannotBeStoppedIsAskedOnce) {
  Scene scene;
  scene.grid_by_hour = {400, 400, 100};
  scene.shows_progress = true;
  scene.may_stop = false;
  scene.start();
  scene.minutes(30);
  EXPECT_EQ(scene.stops, 1);
  EXPECT_FALSE(scene.pauser->paused());
  EXPECT_TRUE(scene.marks.empty());
  EXPECT_EQ(scene.pauser->summary(), "");
}

TEST(Pauser, ASignalThatMayEndItEndsPausingForGood) {
  Scene scene;
  scene.grid_by_hour = {400, 400, 400, 100};
  scene.shows_progress = true;
  scene.start();
  scene.minutes(5);
  ASSERT_TRUE(scene.stands);
  scene.pauser->signalled(SIGWINCH);
  EXPECT_TRUE(scene.stands);
  scene.pauser->signalled(SIGTERM);
  EXPECT_FALSE(scene.stands);
  scene.minutes(120);
  EXPECT_EQ(scene.stops, 1);
}

// Somebody continues the stopped command by hand: the pause was held open, and its time and energy went on to be counted.
TEST(Pauser, WhatSomebodyElseContinuesIsPausedNoMore) {
  Scene scene;
  scene.grid_by_hour = {400, 400, 400, 100};
  scene.shows_progress = true;
  scene.start();
  scene.minutes(1);
  ASSERT_TRUE(scene.stands);
  scene.minutes(4);
  scene.stands = false;
  scene.pauser->continued();
  EXPECT_FALSE(scene.pauser->paused());
  EXPECT_EQ(scene.marks, (std::vector<bool>{true, false}));
  EXPECT_EQ(scene.said.back(), "goes on: somebody has continued it");
  scene.minutes(9);
  EXPECT_EQ(scene.pauser->summary(), "paused 4 min 00 s, 1.33 Wh while paused");  // 240 s of 20 W: 4.8 kJ
  EXPECT_EQ(scene.stops, 1);   // ten minutes of work lie between two
  scene.minutes(2);
  EXPECT_EQ(scene.stops, 2);
}

// Work of 60 minutes and a deadline in 150: frozen by somebody for 60 of them, it has worked for nothing in that time, and 30 minutes less the margin are left to stand still.
TEST(Pauser, TimeFrozenBySomebodyElseIsNoWorkAndNoPauseOfOurs) {
  Scene scene;
  scene.grid_by_hour = {100, 400, 100, 100, 100};
  scene.work = 1h;
  scene.shows_progress = true;
  scene.rule.deadline = scene.began + 150min;
  scene.start();
  scene.pauser->frozen(true);
  scene.minutes(60);
  EXPECT_EQ(scene.stops, 0);
  scene.pauser->frozen(false);
  scene.minutes(1);
  EXPECT_EQ(scene.stops, 1);
  int stood = 0;
  while (scene.stands) scene.minutes(1), ++stood;
  EXPECT_GE(stood, 26);
  EXPECT_LE(stood, 30);
  EXPECT_EQ(scene.marks, (std::vector<bool>{true, false}));  // the one who tells of the freezing marks it
}

// The wall clock is set back by a year in the ten minutes between two pauses: it once took a year for the next.
TEST(Pauser, AClockThatIsSetBackIsNoReasonToWait) {
  Scene scene;
  scene.shows_progress = true;
  scene.start();
  const CarbonIntensity dirty(400), clean(100);
  const auto grid = [&](CarbonIntensity g) { scene.series.points = {{scene.clock.wall() - 1h, g, g, g, false}, {scene.clock.wall(), g, g, g, false}, {scene.clock.wall() + 1h, g, g, g, true}, {scene.clock.wall() + 2h, clean, clean, clean, true}}; };
  grid(dirty);
  scene.minutes(5);
  grid(clean);
  scene.minutes(1);
  ASSERT_EQ(scene.continues, 1);
  scene.clock.step_wall(-std::chrono::hours(24 * 365));
  grid(dirty);
  scene.minutes(11);
  EXPECT_EQ(scene.stops, 2);
}

}  // namespace
}  // namespace carbontracker::cli
