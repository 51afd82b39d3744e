// A session on a machine of declared power: what it gives where, and what it does with what makes no sense.

#include "tracker/session.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/files.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"
#include "storage/store.h"

namespace carbontracker {
namespace {

using ::testing::IsEmpty;

class SessionTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Session>> start(SessionOptions options = {}) {
    options.command = {"train"};
    if (options.name.empty()) options.name = "test";
    options.keep.home = dir_.path("home");
    return Session::start(std::move(options), host_, system_clock());
  }
  static Mark epoch_end(double done, double of) {
    Mark mark;
    mark.kind = MarkKind::epoch_end;
    mark.at = system_clock().now();
    mark.done = done;
    mark.of = of;
    mark.unit = "epoch";
    return mark;
  }

  TempDir dir_;
  Host host_ = fake_host(dir_.path("root"), {{"CARBONTRACKER_SYNTHETIC", "package-0=const:100"}});
};

TEST_F(SessionTest, WhatIsMeasuredIsTheDeclaredPowerOverTheTime) {
  auto session = start();
  ASSERT_TRUE(session);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const Snapshot totals = (*session)->finish(0).segments.at(0).totals;
  const double expected = 100 * totals.duration.count();
  EXPECT_GT(totals.duration.count(), 0.3);
  EXPECT_NEAR(totals.total.joules.value(), expected, 0.02 * expected);
  EXPECT_LE(totals.total.low.value(), expected);
  ASSERT_TRUE(totals.total.high);
  EXPECT_GE(totals.total.high->value(), expected);
}

TEST_F(SessionTest, APlaceThatDoesNotExistIsAnErrorBeforeAnythingStarts) {
  const auto session = start({.place = "XX", .place_from = "--place"});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Errc::invalid_input);
  EXPECT_FALSE(list_directory(dir_.path("home")));
}

TEST_F(SessionTest, FinishedTwiceIsFinishedOnce) {
  auto session = start();
  ASSERT_TRUE(session);
  (*session)->watch(::getpid());
  const RunRecord first = (*session)->finish(5);
  const RunRecord second = (*session)->finish(6);
  EXPECT_EQ(first.exit_code, 5);
  EXPECT_EQ(second.exit_code, 5);
  EXPECT_EQ(first.segments.at(0).totals.total.joules, second.segments.at(0).totals.total.joules);
}

TEST_F(SessionTest, AMarkAfterTheEndChangesNothing) {
  auto session = start();
  ASSERT_TRUE(session);
  (*session)->mark(epoch_end(1, 4));
  (*session)->finish(0);
  (*session)->mark(epoch_end(2, 4));
  EXPECT_EQ((*session)->record().segments.at(0).marks.size(), 1u);
}

TEST_F(SessionTest, B180_AnEpochThatEndsWithoutABeginningIsCountedAndOneEndedTwiceIsNotCountedTwice) {
  auto session = start({.planned_epochs = 4});
  ASSERT_TRUE(session);
  (*session)->mark(epoch_end(1, 0));
  (*session)->mark(epoch_end(1, 0));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  (*session)->mark(epoch_end(2, 0));
  const auto forecast = (*session)->last_forecast();
  ASSERT_TRUE(forecast) << forecast.error().what;
  EXPECT_EQ(forecast->done, 2);
  EXPECT_EQ(forecast->of, 4);
  (*session)->finish(0);
}

TEST_F(SessionTest, WithoutProgressThereIsNoForecastButAReasonAndARemedy) {
  auto session = start();
  ASSERT_TRUE(session);
  const auto forecast = (*session)->last_forecast();
  ASSERT_FALSE(forecast);
  EXPECT_EQ(forecast.error().code, Errc::unavailable);
  EXPECT_FALSE(forecast.error().hint.empty());
}

TEST_F(SessionTest, B178_ASessionOfAThreadThatIsNotTheMainOneIsKeptLikeAnyOther) {
  RunRecord record;
  std::thread([&] {
    auto session = start({.name = "worker"});
    ASSERT_TRUE(session);
    (*session)->watch(::getpid());
    record = (*session)->finish(0);
    EXPECT_THAT((*session)->troubles(), IsEmpty());
    EXPECT_TRUE((*session)->kept());
  }).join();
  auto store = Store::open(dir_.path("home"));
  ASSERT_TRUE(store);
  const auto kept = (*store)->load("last");
  ASSERT_TRUE(kept) << kept.error().what;
  EXPECT_EQ(kept->id, record.id);
  EXPECT_EQ(kept->name, "worker");
}

// Eight ranks at once must agree (B101): the place is read from the machine, and none of them asks a service.
TEST_F(SessionTest, B101_SessionsThatStartTogetherAgreeOnThePlace) {
  dir_.write("root/etc/timezone", "Europe/Copenhagen\n");
  std::vector<std::string> places(8);
  std::vector<std::thread> ranks;
  for (std::string& place : places) {
    ranks.emplace_back([&] {
      auto session = start();
      if (session) place = (*session)->place().code;
    });
  }
  for (std::thread& rank : ranks) rank.join();
  EXPECT_THAT(places, ::testing::Each("DK"));
}

}  // namespace
}  // namespace carbontracker
