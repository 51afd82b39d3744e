// Marks become regions, progress and energy series, whatever a program tells and in whatever order.

#include "tracker/progress_book.h"

#include <gmock/gmock.h>

#include "progress/progress_model.h"

namespace carbontracker {
namespace {

// A channel of 100 W, read every tenth of a second of made-up time.
class Book : public ::testing::Test {
 protected:
  Book() : ledger_(began_, WallTime{}) {
    Channel channel;
    channel.name = "package-0";
    channel.domain = Domain::package;
    channel.kind = Counter{Joules(1e-6), 0};
    channel.origin = Origin::counter;
    source_ = ledger_.attach({&channel, 1});
    run_to(0);
  }
  Instant at(double seconds) const { return began_ + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)); }
  void run_to(double seconds) {
    for (; tenth_ <= seconds * 10 + 1e-9; ++tenth_) {
      const std::vector<Reading> reading{static_cast<std::uint64_t>(tenth_ * 10'000'000)};  // 10 J a tenth of a second, in microjoules
      ledger_.add(source_, at(tenth_ / 10), reading);
    }
  }
  bool tell(ProgressBook& book, MarkKind kind, double seconds, double done = 0, double of = 0, std::string name = {}, std::string unit = "epoch") {
    run_to(seconds);
    Mark mark;
    mark.kind = kind;
    mark.at = at(seconds);
    mark.name = std::move(name);
    mark.done = done;
    mark.of = of;
    mark.unit = std::move(unit);
    return book.take(mark);
  }
  std::vector<RegionTotal> regions(double until) {
    run_to(until + 1);
    return ledger_.snapshot(at(until + 1)).regions;
  }

  Instant began_{std::chrono::hours(1)};
  Ledger ledger_;
  SourceId source_ = 0;
  double tenth_ = 0;
};

TEST_F(Book, BeginsAndEndsMakeRegionsAndWhatLiesBetweenBelongsToNone) {
  ProgressBook book(ledger_, 2);
  EXPECT_FALSE(tell(book, MarkKind::epoch_begin, 1, 0));
  EXPECT_TRUE(tell(book, MarkKind::epoch_end, 3, 1));
  EXPECT_FALSE(tell(book, MarkKind::epoch_begin, 4, 1));
  EXPECT_TRUE(tell(book, MarkKind::epoch_end, 5, 2));
  const auto found = regions(5);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "epoch 1");
  EXPECT_NEAR(found[0].measured.joules.value(), 200, 1e-6);  // 2 s of 100 W
  EXPECT_EQ(found[1].name, "epoch 2");
  EXPECT_NEAR(found[1].measured.joules.value(), 100, 1e-6);
}

TEST_F(Book, WhereOnlyEndsAreToldAnEpochLastsFromTheLastEnd) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::epoch_end, 2, 1, 3);
  tell(book, MarkKind::epoch_end, 5, 2, 3);
  const auto found = regions(5);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NEAR(found[0].duration.count(), 2, 1e-9);
  EXPECT_NEAR(found[1].duration.count(), 3, 1e-9);
  EXPECT_EQ(book.schedule().total, 3);
  EXPECT_EQ(book.schedule().unit, "epoch");
}

// The first line came at once and was taken for an end; the second told that such lines stand at the beginning.
TEST_F(Book, ATurnedGuessLeavesOneRegionOfTheEpoch) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::epoch_end, 0.5, 1, 3);
  run_to(5);
  book.take({MarkKind::epoch_end, at(5), "epoch line", 1, 3, "epoch", true});
  tell(book, MarkKind::epoch_begin, 5, 1, 3);
  tell(book, MarkKind::epoch_end, 9, 2, 3);
  const auto found = regions(9);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "epoch 1");
  EXPECT_NEAR(found[0].start.count(), 0.5, 1e-9);
  EXPECT_NEAR(found[0].duration.count(), 4.5, 1e-9);
  EXPECT_NEAR(found[0].measured.joules.value(), 450, 1e-6);  // 4.5 s of 100 W
  EXPECT_EQ(found[1].name, "epoch 2");
  EXPECT_EQ(book.observed(at(9)).first_unit_began, Seconds(0.5));
}

// A bar that prepared the data, 30 of 30 in 3 s, was counted as the run; the run goes on.
TEST_F(Book, ALoneBarThatEndsBeforeTheRunWasAPartOfIt) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::plan, 1, 0, 30, kBarBegins, "step");
  tell(book, MarkKind::step, 3, 20, 30, kLoneBar, "step");
  EXPECT_EQ(book.observed(at(3)).first_unit_began, Seconds(1));
  tell(book, MarkKind::step, 4, 30, 30, kLoneBar, "step");
  EXPECT_TRUE(book.complete());
  run_to(5.9);
  EXPECT_FALSE(book.look(at(5.9)));  // within what an end takes
  EXPECT_EQ(book.schedule().total, 30);
  run_to(6);
  EXPECT_TRUE(book.look(at(6)));
  EXPECT_EQ(book.schedule().total, 0);
  EXPECT_EQ(book.marks().back().of, 0);  // what was forecast up to here holds no longer
  EXPECT_FALSE(book.look(at(60)));
}

// All epochs are done after 3 s, and the run goes on (evaluation, saving): the forecast follows the meter.
TEST_F(Book, BehindWhatWasPlannedTheForecastIsAtLeastWhatTheMeterSays) {
  ProgressBook book(ledger_, 0);
  for (int epoch = 1; epoch <= 3; ++epoch) tell(book, MarkKind::epoch_end, epoch, epoch, 3);
  run_to(9);
  EXPECT_TRUE(book.look(at(9)));
  EXPECT_FALSE(book.look(at(9.5)));
  const auto made = forecast(book.observed(at(9)), book.schedule());
  ASSERT_TRUE(made);
  EXPECT_NEAR(made->seconds.count(), 9, 1e-6);
  EXPECT_NEAR(made->joules.value(), 900, 1e-3);
}

TEST_F(Book, APlanAloneTellsTheUnit) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::plan, 0, 0, 3);
  EXPECT_EQ(book.schedule().unit, "epoch");
  tell(book, MarkKind::plan, 0, 0, 300, "", "step");
  EXPECT_EQ(book.schedule().unit, "step");
}

TEST_F(Book, AnEpochOfAnotherPhaseIsARegionOfItsOwn) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::epoch_end, 2, 1, 2);
  tell(book, MarkKind::epoch_end, 4, 2, 2);
  run_to(6);
  book.take({MarkKind::epoch_end, at(6), "epoch line", 1, 2, "epoch", true});
  const auto found = regions(6);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[2].name, "epoch 1");
  EXPECT_NEAR(found[2].start.count(), 4, 1e-9);
}

TEST_F(Book, APlanToldBeforeTheFirstEpochIsKept) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::plan, 0, 0, 7);
  tell(book, MarkKind::epoch_begin, 1, 0);
  tell(book, MarkKind::epoch_end, 2, 1);
  EXPECT_EQ(book.schedule().total, 7);
}

TEST_F(Book, WhatTheUserPlannedOutranksWhatTheProgramSays) {
  ProgressBook book(ledger_, 5);
  tell(book, MarkKind::plan, 0, 0, 7);
  tell(book, MarkKind::epoch_end, 1, 1, 9);
  EXPECT_EQ(book.schedule().total, 5);
}

TEST_F(Book, StepsAloneAreProgressAndEpochsOutrankThem) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::step, 1, 10, 100, {}, "step");
  EXPECT_EQ(book.schedule().unit, "step");
  EXPECT_EQ(book.done(), 10);
  tell(book, MarkKind::epoch_end, 2, 1, 3);
  EXPECT_EQ(book.schedule().unit, "epoch");
  tell(book, MarkKind::step, 3, 20, 100, {}, "step");
  EXPECT_EQ(book.schedule().unit, "epoch");
  EXPECT_EQ(book.done(), 1);
}

TEST_F(Book, ANumberOfStepsIsNoNumberOfEpochs) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::epoch_end, 1, 4);
  tell(book, MarkKind::plan, 2, 0, 400, {}, "step");
  EXPECT_EQ(book.schedule().unit, "epoch");
  EXPECT_EQ(book.schedule().total, 0);
}

TEST_F(Book, StepsWithAnEndTakeThePlaceOfEpochsWithoutOne) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::step, 1, 0.5);
  EXPECT_EQ(book.schedule().unit, "epoch");
  tell(book, MarkKind::step, 2, 60, 400, {}, "step");
  EXPECT_EQ(book.schedule().unit, "step");
  EXPECT_EQ(book.schedule().total, 400);
  EXPECT_EQ(book.done(), 60);
}

TEST_F(Book, ATotalThatTurnsOutToBeNoneIsWithdrawnAndWhatTheUserPlannedAreEpochs) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::step, 1, 10, 100, {}, "step");
  Mark none{MarkKind::plan, at(2), "tqdm", 100, 0, "step", true};
  run_to(2);
  book.take(none);
  EXPECT_EQ(book.schedule().total, 0);
  ASSERT_EQ(book.marks().size(), 2u);
  EXPECT_EQ(book.marks()[0].of, 100);
  EXPECT_EQ(book.marks()[1].of, 0);
  ProgressBook planned(ledger_, 10);
  tell(planned, MarkKind::step, 3, 50, 0, {}, "step");  // 50 steps, of ten epochs: nothing is known of the steps' number
  EXPECT_EQ(planned.schedule().total, 0);
  tell(planned, MarkKind::epoch_end, 4, 1);
  EXPECT_EQ(planned.schedule().total, 10);
}

TEST_F(Book, NestedRegionsKnowTheirParentsAndEndInAnyOrder) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::region_begin, 1, 0, 0, "outer");
  tell(book, MarkKind::region_begin, 2, 0, 0, "inner");
  tell(book, MarkKind::region_end, 3, 0, 0, "outer");
  tell(book, MarkKind::region_end, 4, 0, 0, "inner");
  tell(book, MarkKind::region_end, 5, 0, 0, "inner");  // once too often
  tell(book, MarkKind::region_end, 5, 0, 0, "never begun");
  const auto found = regions(5);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].parent, "outer");
  EXPECT_NEAR(found[0].measured.joules.value(), 200, 1e-6);
  EXPECT_NEAR(found[1].measured.joules.value(), 200, 1e-6);
}

TEST_F(Book, TheEndClosesWhatIsOpen) {
  ProgressBook book(ledger_, 0);
  tell(book, MarkKind::epoch_begin, 1, 0);
  tell(book, MarkKind::region_begin, 2, 0, 0, "part");
  run_to(4);
  book.end(at(4));
  for (const RegionTotal& region : regions(4)) EXPECT_FALSE(region.open) << region.name;
}

TEST_F(Book, ProgressThatGoesBackIsANewPhase) {
  ProgressBook book(ledger_, 0);
  for (int i = 1; i <= 3; ++i) tell(book, MarkKind::step, i, i * 10, 30, {}, "step");
  tell(book, MarkKind::step, 4, 5, 50, {}, "step");
  EXPECT_EQ(book.done(), 5);
  EXPECT_EQ(book.observed(at(4)).progress.size(), 1u);
  EXPECT_EQ(book.schedule().total, 50);
}

TEST_F(Book, MemoryStaysBoundedOverAMillionSteps) {
  ProgressBook book(ledger_, 0);
  for (int i = 1; i <= 1'000'000; ++i) {
    Mark mark;
    mark.kind = MarkKind::step;
    mark.at = at(i * 0.01);
    mark.done = i;
    mark.of = 1e6;
    mark.unit = "step";
    book.take(mark);
  }
  const Observed seen = book.observed(at(10'000));
  EXPECT_LE(seen.progress.size(), 4096u);
  EXPECT_LE(seen.energy.size(), 4097u);
  EXPECT_EQ(book.done(), 1e6);
  EXPECT_LE(book.marks().size(), 10'000 / 30 + 2u);  // one in 30 s
}

// Two epochs of 10 s at 100 W, and 30 s between them in which it stood still: without these the forecast sees 20 s and 2 kJ of work.
TEST_F(Book, APauseIsNoProgressTime) {
  ProgressBook book(ledger_, 4);
  tell(book, MarkKind::epoch_end, 10, 1);
  tell(book, MarkKind::region_begin, 10, 0, 0, kPausedRegion);
  tell(book, MarkKind::region_end, 40, 0, 0, kPausedRegion);
  tell(book, MarkKind::epoch_end, 50, 2);
  const auto made = forecast(book.observed(at(50)), book.schedule());
  ASSERT_TRUE(made);
  EXPECT_DOUBLE_EQ(made->paused.count(), 30);
  EXPECT_NEAR(made->elapsed_joules.value(), 5000, 1e-6);
  EXPECT_NEAR(made->remaining_seconds().count(), 20, 1);
  EXPECT_NEAR(made->remaining_joules().value(), 2000, 100);
}

TEST_F(Book, APauseThatIsToldTwiceAndNestedCountsOnce) {
  ProgressBook book(ledger_, 4);
  tell(book, MarkKind::region_begin, 10, 0, 0, kPausedRegion);
  tell(book, MarkKind::region_begin, 12, 0, 0, kPausedRegion);
  tell(book, MarkKind::region_end, 14, 0, 0, kPausedRegion);
  tell(book, MarkKind::region_end, 20, 0, 0, kPausedRegion);
  tell(book, MarkKind::region_end, 25, 0, 0, kPausedRegion);  // an end without a begin
  const auto pauses = book.observed(at(30)).pauses;
  ASSERT_EQ(pauses.size(), 1u);
  EXPECT_EQ(pauses[0].begin, Seconds(10));
  EXPECT_EQ(pauses[0].end, Seconds(20));
}

}  // namespace
}  // namespace carbontracker
