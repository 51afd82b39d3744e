// From the driver's library to the report's figure: scripted GPUs behind the real loader, metered for 20 s on a fake clock.

#include <gmock/gmock.h>

#include "fakes/nvml_fake.h"
#include "metering/source_loop.h"

namespace carbontracker {
namespace {

// Steps clock and library together from one due time to the next.
class NvmlRun {
 public:
  explicit NvmlRun(std::string_view script, std::map<std::string, std::string> environment = {}) : fake(script, std::move(environment)) {
    set_library_time();
    ledger = std::make_shared<Ledger>(fake.clock.now(), fake.clock.wall());
    loop = std::make_unique<SourceLoop>(ledger, fake.clock);
    auto opened = fake.open();
    EXPECT_TRUE(opened);
    for (auto& source : *opened) loop->add(std::move(source));
    due_ = loop->step(false);
  }
  void until(double seconds) {
    const Instant end = ledger->began() + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
    while (fake.clock.now() < end) {
      const Instant next = std::min(end, std::max(due_, fake.clock.now() + std::chrono::microseconds(50)));
      fake.clock.advance(seconds_between(fake.clock.now(), next));
      set_library_time();
      if (fake.clock.now() >= due_) due_ = loop->step(false, ended_);
    }
  }
  Snapshot finish(double seconds) {
    until(seconds);
    ledger->finish(fake.clock.now());
    ended_ = true;
    due_ = loop->step(true, true);
    until(seconds + 0.5);
    return ledger->snapshot(fake.clock.now());
  }
  double truth(unsigned gpu, double seconds) { return fake.true_joules(gpu, 1000, 1000 + seconds); }

  NvmlFake fake;
  std::shared_ptr<Ledger> ledger;
  std::unique_ptr<SourceLoop> loop;

 private:
  void set_library_time() { fake.set_seconds(double(fake.clock.now().time_since_epoch().count()) * 1e-9); }
  Instant due_;
  bool ended_ = false;
};

const ChannelTotal& channel(const Snapshot& snapshot, std::string_view name) {
  for (const ChannelTotal& total : snapshot.channels)
    if (total.channel.name == name) return total;
  ADD_FAILURE() << "no channel " << name;
  return snapshot.channels.front();
}

void expect_within(const ChannelTotal& total, double truth, double tolerance) {
  EXPECT_NEAR(total.measured.joules.value(), truth, tolerance * truth) << total.channel.name;
  const Energy energy = interval(total.measured);
  EXPECT_LE(energy.low.value(), truth);
  ASSERT_TRUE(energy.high);
  EXPECT_GE(energy.high->value(), truth);
}

constexpr const char* kUnequalGpus =
    "gpu power=square:60:300:0.7\ngpu power=square:70:340:1.3:0.2\ngpu power=square:80:380:2\ngpu power=sine:300:200:4.1\n"
    "gpu power=saw:100:400:7.3\ngpu power=square:50:650:11:3\ngpu power=square:90:700:30:5\ngpu power=const:55\n";

TEST(NvmlAccuracy, EightUnequalCardsAreEachWithinHalfAPercent) {
  NvmlRun run(kUnequalGpus);
  const Snapshot seen = run.finish(20);
  double sum = 0;
  for (unsigned i = 0; i < 8; ++i) {
    expect_within(channel(seen, "gpu" + std::to_string(i)), run.truth(i, 20), 0.005);
    sum += run.truth(i, 20);
  }
  EXPECT_NEAR(seen.total.joules.value(), sum, 0.005 * sum);  // the stand-ins are not added
}

TEST(NvmlAccuracy, PowerAloneIsWithinTwoPercent) {
  NvmlRun run("gpu power=square:60:300:0.7 fail=energy:3\ngpu power=square:80:380:2 fail=energy:3\ngpu power=sine:300:200:4.1 fail=energy:3\n");
  const Snapshot seen = run.finish(20);
  for (unsigned i = 0; i < 3; ++i) {
    expect_within(channel(seen, "gpu" + std::to_string(i)), run.truth(i, 20), 0.02);
    EXPECT_EQ(channel(seen, "gpu" + std::to_string(i)).channel.origin, Origin::power);
  }
}

TEST(NvmlAccuracy, B049_AFrozenCounterIsReplacedByItsStandIn) {
  NvmlRun run("gpu power=const:247.541 freeze=5\n");
  const Snapshot seen = run.finish(20.48);
  const ChannelTotal& gpu = channel(seen, "gpu0");
  EXPECT_NEAR(gpu.measured.joules.value(), 247.541 * 20.48, 0.02 * 5070);
  EXPECT_NEAR(gpu.by_power.value(), 247.541 * 15.48, 0.05 * 5070);
}

TEST(NvmlAccuracy, B035_ACounterNotReadyAtTheStartLosesNoEnergy) {
  NvmlRun run("gpu power=const:200 fail=energy:27:-1:6\n");
  const Snapshot seen = run.finish(20);
  EXPECT_NEAR(channel(seen, "gpu0").measured.joules.value(), 4000, 80);
}

TEST(NvmlAccuracy, ALostCardIsItsOwnGapAndNoZero) {
  NvmlRun run("gpu power=const:200 limit=300 fail=all:15:8\ngpu power=const:100\n");
  const Snapshot seen = run.finish(20);
  const ChannelTotal& lost = channel(seen, "gpu0");
  EXPECT_NEAR(lost.measured.joules.value(), 1600, 250);  // what was seen: 8 s, read once a second
  EXPECT_LT(lost.measured.covered, Seconds(9.1));
  const Energy energy = interval(lost.measured);
  ASSERT_TRUE(energy.high);  // bounded by the power limit
  EXPECT_GE(energy.high->value(), 4000);
  expect_within(channel(seen, "gpu1"), 2000, 0.005);
}

TEST(NvmlAccuracy, HiddenCardsAreNotSummed) {
  NvmlRun run("gpu power=const:200\ngpu power=const:100\n", {{"CUDA_VISIBLE_DEVICES", "1"}});
  EXPECT_NEAR(run.finish(20).total.joules.value(), 2000, 10);
}

TEST(NvmlAccuracy, TheCadenceSparesCountersThatLoseByPolling) {  // 1.6 % a second, 15 % at 100 ms
  NvmlRun run("gpu power=const:300 poll_loss=0.016\n");
  const Snapshot seen = run.finish(20);
  EXPECT_NEAR(channel(seen, "gpu0").measured.joules.value(), 6000, 0.03 * 6000);
}

}  // namespace
}  // namespace carbontracker
