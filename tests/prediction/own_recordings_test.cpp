// Forecasts of the recordings in tests/prediction/traces: real trainings of a few seconds to a minute.

#include <gtest/gtest.h>

#include "prediction/recorded.h"

namespace carbontracker {
namespace {

struct Recording {
  Trace trace;
  double total = 0, joules = 0, seconds = 0;
  std::vector<double> stops;
};

Recording recording(const std::string& name) {
  const std::string base = std::string(CT_SOURCE_DIR) + "/tests/prediction/traces/" + name + "__cpu";
  auto trace = read_trace(base + ".power.csv", base + ".events.csv");
  EXPECT_TRUE(trace) << name;
  Recording r{std::move(*trace), 0, 0, 0, {}};
  for (const auto& event : r.trace.events)
    if (event.key == "epoch_stop") r.stops.push_back(event.at);
  r.total = static_cast<double>(r.stops.size());
  r.seconds = trace_seconds(r.trace);
  r.joules = trace_joules(r.trace, 0, r.seconds);
  return r;
}

Result<Forecast> after(const Recording& r, std::size_t epochs, RecordedPlan plan = {}) {
  plan.total = r.total, plan.now = r.stops.at(epochs - 1);
  return forecast_recorded(r.trace, plan);
}

// Power of the machine lies between 2 x 1.04 and 2 x 4.16 W, so the energy between these times the length.
TEST(OwnRecordings, AreWhatTheirReadmeSays) {
  const std::pair<const char*, double> runs[] = {{"cnn", 30}, {"cnn_compiled", 40}, {"cnn_validated", 30}, {"mlp", 30},
                                                 {"mlp_late_validation", 36}, {"transformer", 30}, {"transformer_growing", 30}};
  for (const auto& [name, epochs] : runs) {
    const auto r = recording(name);
    EXPECT_EQ(r.total, epochs) << name;
    EXPECT_GT(r.seconds, 20) << name;
    EXPECT_GT(r.joules, 2.08 * r.seconds) << name;
    EXPECT_LT(r.joules, 8.32 * r.seconds) << name;
  }
}

TEST(OwnRecordings, ACompiledFirstEpochIsLeftOutAfterTenPercent) {
  const auto r = recording("cnn_compiled");
  EXPECT_GT(trace_joules(r.trace, 0, r.stops[0]) * r.total, 1.4 * r.joules);  // first x N
  const auto f = after(r, 4);
  ASSERT_TRUE(f);
  EXPECT_NEAR(f->joules.value() / r.joules, 1, 0.05);
  EXPECT_NEAR(f->seconds.count() / r.seconds, 1, 0.05);
}

TEST(OwnRecordings, ValidationThatIsToldCountsBeforeItIsSeen) {
  const auto r = recording("mlp_late_validation");
  const auto f = after(r, 4, {0, {}, 12, 1});
  ASSERT_TRUE(f);
  EXPECT_LT(f->low.value(), r.joules);
  EXPECT_GT(f->high.value(), r.joules);
}

TEST(OwnRecordings, FromHalfOnEveryOneIsHeldByItsInterval) {
  for (const char* name : {"cnn", "cnn_compiled", "cnn_validated", "mlp", "mlp_late_validation", "transformer", "transformer_growing"}) {
    const auto r = recording(name);
    const auto f = after(r, static_cast<std::size_t>(r.total / 2));
    ASSERT_TRUE(f) << name;
    EXPECT_LE(f->low.value(), r.joules) << name;
    EXPECT_GE(f->high.value(), r.joules) << name;
    EXPECT_LT((f->high - f->low) / f->joules, 0.5) << name;
  }
}

}  // namespace
}  // namespace carbontracker
