// The back-test as a test: recordings as another machine or logger would have left them give the same forecast, and the figures that the
// forecast is held to are reached on the recordings of others, where those lie beside this checkout.

#include <gtest/gtest.h>

#include <iostream>

#include "../../bench/changed_runs.h"
#include "fakes/temp_dir.h"

namespace back_test {
namespace {

using Recorded = back_test::Run;  // a test has a Run of its own

const fs::path kOwn = fs::path(CT_SOURCE_DIR) / "tests/prediction/traces";
const fs::path kOthers = fs::path(CT_SOURCE_DIR) / "../shared/data/hardware/mlperf_power";

std::vector<Recorded> own_runs() {
  std::vector<Recorded> runs;
  load(kOwn, runs);
  return runs;
}

ct::Result<ct::Forecast> after(const Recorded& run, double share) { return ct::forecast_recorded(run.trace, {run.total, time_of(run, share), {}, {}}); }

// Both quantiles and both figures of `changed` are those of `run` times the factors. Times are written in microseconds.
void expect_scaled(const Recorded& run, const Recorded& changed, const Change& change) {
  for (const double share : {0.05, 0.1, 0.25, 0.5}) {
    const auto a = after(run, share), b = after(changed, share);
    ASSERT_TRUE(a && b) << run.name << " " << change.name;
    for (const double p : {0.05, 0.5, 0.95}) {
      const double joules = a->joules_distribution.quantile(p) * change.time * change.power, seconds = a->seconds_distribution.quantile(p) * change.time;
      EXPECT_NEAR(b->joules_distribution.quantile(p) / joules, 1, 1e-4) << run.name << " " << change.name << " " << p;
      EXPECT_NEAR(b->seconds_distribution.quantile(p) / seconds, 1, 1e-4) << run.name << " " << change.name << " " << p;
    }
  }
}

TEST(BackTest, ARecordingStretchedInTimeAndScaledInPowerIsTheSameForecast) {
  const auto runs = own_runs();
  ASSERT_EQ(runs.size(), 7u);
  for (const Change& change : std::vector<Change>{{"time x 0.2", 0.2}, {"time x 5", 5}, {"power x 0.1", 1, 0.1}, {"power x 3", 1, 3}, {"both", 5, 0.1}, {"any order, CR LF", 1, 1, 0, 0, true, true}}) {
    const auto changed = changed_runs(runs, kOwn, change);
    ASSERT_EQ(changed.size(), runs.size()) << change.name;
    for (std::size_t i = 0; i < runs.size(); ++i) expect_scaled(runs[i], changed[i], change);
  }
}

TEST(BackTest, TheNameOfAFileIsNothingToTheForecast) {
  const ct::TempDir folder;
  for (const char* kind : {".power.csv", ".events.csv"}) fs::copy_file(kOwn / (std::string("cnn__cpu") + kind), fs::path(folder.path()) / (std::string("unet3d__result_1") + kind));
  std::vector<Recorded> renamed;
  load(folder.path(), renamed);
  ASSERT_EQ(renamed.size(), 1u);
  const auto runs = own_runs();
  const auto cnn = std::find_if(runs.begin(), runs.end(), [](auto& r) { return r.family == "cnn"; });
  EXPECT_EQ(after(renamed[0], 0.1)->joules, after(*cnn, 0.1)->joules);
}

// What is spent is certain; quantiles rise; no run is over before now.
TEST(BackTest, NoIntervalReachesBelowWhatIsSpent) {
  for (const Recorded& run : own_runs()) {
    for (const auto& moment : moments_of(run, true)) {
      const auto f = ct::forecast_recorded(run.trace, {run.total, moment.at, {}, {}});
      ASSERT_TRUE(f) << run.name;
      double last = 0;
      for (double p = 0; p <= 1; p += 0.05) {
        EXPECT_GE(f->joules_distribution.quantile(p), last);
        last = f->joules_distribution.quantile(p);
      }
      EXPECT_GE(f->joules_distribution.quantile(0), f->elapsed_joules.value() * (1 - 1e-12)) << run.name << " " << moment.at;
      EXPECT_GE(f->seconds_distribution.quantile(0), moment.at) << run.name;
    }
  }
}

// From the fifth epoch on growth is seen, and whether it goes straight on or gathers pace is left open.
TEST(BackTest, GrowthIsHeldByTheIntervalFromFiveEpochsOn) {
  const auto runs = own_runs();
  const auto run = std::find_if(runs.begin(), runs.end(), [](auto& r) { return r.family == "transformer_growing"; });
  for (std::size_t epochs = 5; epochs <= 16; ++epochs) {
    const auto f = ct::forecast_recorded(run->trace, {run->total, run->stops[epochs - 1], {}, {}});
    ASSERT_TRUE(f);
    EXPECT_LT(f->low.value(), run->joules) << epochs;
    EXPECT_GT(f->high.value(), run->joules) << epochs;
  }
}

// Of the own recordings at every second epoch, nine of ten lie within the 90 % interval.
TEST(BackTest, TheIntervalHoldsTheOwnRecordings) {
  int moments = 0, held = 0;
  for (const Recorded& run : own_runs()) {
    for (std::size_t k = 1; k + 1 < run.stops.size(); k += 2, ++moments) {
      const auto s = score(run, {"", run.stops[k], static_cast<double>(k + 1)}, "", nullptr);
      ASSERT_TRUE(s);
      held += s->in90;
    }
  }
  EXPECT_GE(held, 0.85 * moments) << held << " of " << moments;
}

void expect_reached(const std::vector<Recorded>& runs, const std::string& what) {
  std::size_t targets = 0;
  for (const auto& row : table_of(runs, {}, {})) {
    if (!row.target) continue;
    ++targets;
    EXPECT_TRUE(*row.reached) << what << ": " << row.what << ": " << row.value << ", target " << *row.target;
  }
  EXPECT_EQ(targets, 9u);
}

TEST(BackTest, TheFiguresAreReachedOnTheRecordingsOfOthers) {
  if (!fs::exists(kOthers)) {
    std::cout << "the recordings of others are not beside this checkout: the own ones alone are looked at\n";
    EXPECT_EQ(own_runs().size(), 7u);
    return;
  }
  std::vector<Recorded> runs;
  load(kOthers, runs);
  ASSERT_EQ(runs.size(), 16u);
  expect_reached(runs, "as recorded");
  expect_reached(changed_runs(runs, kOthers, {"both", 3, 0.1, 0, 0, true, true}), "three times as long, a tenth of the power, lines in any order");
}

}  // namespace
}  // namespace back_test
