// What NVML's readings are, and what becomes of those that fail.

#include <gmock/gmock.h>

#include "fakes/nvml_fake.h"

namespace carbontracker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::uint64_t ticks(const Reading& reading) { return std::get<std::uint64_t>(reading); }
const Error& error(const Reading& reading) { return std::get<Error>(reading); }

struct Opened {
  explicit Opened(NvmlFake& fake) : sources(fake.open().value()) {}
  Reading energy(std::size_t channel = 0) { return readings_of(*sources[0])[channel]; }
  Reading power(std::size_t channel = 0) { return readings_of(*sources[1])[channel]; }
  std::vector<std::unique_ptr<EnergySource>> sources;
};

TEST(NvmlRead, TheCounterCountsMillijoules) {
  NvmlFake fake("gpu power=const:300 tick_phase=0 base=1000000\n");
  Opened nvml(fake);
  fake.set_seconds(1010.05);
  const auto before = ticks(nvml.energy());
  fake.set_seconds(1011.05);
  EXPECT_NEAR(double(ticks(nvml.energy()) - before), 300'000, 1);  // 300 W for 1 s
  EXPECT_NEAR(double(before), 1'000'000 + 300'000.0 * 1010, 1);    // what was there, and 300 W for 1010 s
}

TEST(NvmlRead, TwoReadsWithinATickAreTheSame) {  // N6: metering keeps such zeros
  NvmlFake fake("gpu power=const:300 tick_phase=0\n");
  Opened nvml(fake);
  fake.set_seconds(1010.02);
  const auto before = ticks(nvml.energy());
  fake.set_seconds(1010.08);
  EXPECT_EQ(ticks(nvml.energy()), before);
}

TEST(NvmlRead, EachCardIsReadWithOneCallAndNoOther) {
  NvmlFake fake("gpu repeat=8\n");
  Opened nvml(fake);
  const auto energy = fake.calls(7, "energy"), fields = fake.calls(7, "instant");
  ASSERT_THAT(readings_of(*nvml.sources[0]), SizeIs(8));
  EXPECT_EQ(fake.calls(7, "energy"), energy + 1);
  EXPECT_EQ(fake.calls(7, "instant"), fields);
  ASSERT_THAT(readings_of(*nvml.sources[1]), SizeIs(8));
  EXPECT_EQ(fake.calls(7, "energy"), energy + 1);
  EXPECT_EQ(fake.calls(7, "instant"), fields + 1);
}

TEST(NvmlRead, B035_NotReadyAtTheStartIsTemporary) {
  NvmlFake fake("gpu name=\"NVIDIA H100 PCIe\" fail=energy:27:-1:5 power=const:90\n");
  Opened nvml(fake);
  ASSERT_THAT(nvml.sources, SizeIs(2));
  EXPECT_EQ(error(nvml.energy()).code, Errc::unavailable);
  EXPECT_THAT(error(nvml.energy()).what, HasSubstr("not ready"));
  EXPECT_NEAR(std::get<Watts>(nvml.power()).value(), 90, 1e-9);  // the stand-in works meanwhile
  fake.set_seconds(1005.1);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(nvml.energy()));
}

TEST(NvmlRead, NothingReadyAtTheStartIsTemporaryToo) {
  NvmlFake fake("gpu fail=energy:27:-1:5 fail=instant:27:-1:5 fail=power:27:-1:5 power=const:90\n");
  Opened nvml(fake);
  ASSERT_THAT(nvml.sources, SizeIs(2));
  EXPECT_FALSE(nvml.sources[0]->channels()[0].whole_module);
  fake.set_seconds(1005.1);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(nvml.energy()));
  EXPECT_NEAR(std::get<Watts>(nvml.power()).value(), 90, 1e-9);
}

TEST(NvmlRead, ACardNotReadyYetIsNotMistakenForItsModule) {
  NvmlFake fake("gpu scope=both fail=instant:27:-1:5 power=const:90\n");
  Opened nvml(fake);
  EXPECT_FALSE(nvml.sources[0]->channels()[0].whole_module);
}

TEST(NvmlRead, ALostCardIsAGapInItsOwnChannelUntilItIsBack) {  // N4
  NvmlFake fake("gpu fail=all:15:3:8\ngpu\n");
  Opened nvml(fake);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(nvml.energy(0)));
  fake.set_seconds(1004);
  EXPECT_EQ(error(nvml.energy(0)).code, Errc::unavailable);
  EXPECT_THAT(error(nvml.energy(0)).what, HasSubstr("reading the energy of gpu0: the GPU has fallen off the bus"));
  EXPECT_THAT(error(nvml.power(0)).hint, HasSubstr("nvidia-smi --gpu-reset"));
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(nvml.energy(1)));
  EXPECT_TRUE(std::holds_alternative<Watts>(nvml.power(1)));
  fake.set_seconds(1008.5);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(nvml.energy(0)));
}

TEST(NvmlRead, ALostCardIsAskedForAgainAtMostOnceASecond) {
  NvmlFake fake("gpu fail=all:15:3\n");
  Opened nvml(fake);
  fake.set_seconds(1004);
  const auto before = fake.calls(0, "handle");
  for (int i = 0; i < 10; ++i) (void)nvml.energy();
  EXPECT_EQ(fake.calls(0, "handle"), before + 1);
  fake.clock.advance(Seconds(1.1));
  (void)nvml.energy();
  EXPECT_EQ(fake.calls(0, "handle"), before + 2);
}

TEST(NvmlRead, NoPowerIsNoReadingNeverZeroWatts) {
  NvmlFake fake("gpu zero_power=2 power=const:60\n");  // every second one; the first was asked at opening
  Opened nvml(fake);
  EXPECT_EQ(error(nvml.power()).code, Errc::unavailable);
  EXPECT_NEAR(std::get<Watts>(nvml.power()).value(), 60, 1e-9);
}

TEST(NvmlRead, B049_ACounterAtZeroWhilePowerFlowsIsRefusedAndTheStandInKnowsBetter) {
  NvmlFake fake("gpu power=const:247.541 reset=0 freeze=0 tick_phase=0\n");  // the counter stands at 0 for good
  Opened nvml(fake);
  fake.set_seconds(1020.48);
  EXPECT_EQ(error(nvml.energy()).code, Errc::unsupported);
  EXPECT_THAT(error(nvml.energy()).what, HasSubstr("stands at 0 while the card takes 247.5 W"));
  EXPECT_EQ(nvml.sources[1]->channels()[0].stands_in_for, "gpu0");
  EXPECT_NEAR(std::get<Watts>(nvml.power()).value() * 20.48, 5070, 1);  // what the job took
}

TEST(NvmlRead, AResetShowsAsASmallerCount) {  // N2: told from a wrap by wrap == 0
  NvmlFake fake("gpu power=const:300 tick_phase=0 reset=5\n");
  Opened nvml(fake);
  fake.set_seconds(1004.95);
  EXPECT_GT(ticks(nvml.energy()), 1'000'000u);
  fake.set_seconds(1007.05);
  EXPECT_NEAR(double(ticks(nvml.energy())), 600'000, 1);  // 300 W for the 2 s since
}

TEST(NvmlRead, AFrozenCounterStandsStillWhileThePowerGoesOn) {
  NvmlFake fake("gpu power=const:300 tick_phase=0 freeze=5\n");
  Opened nvml(fake);
  fake.set_seconds(1006);
  const auto before = ticks(nvml.energy());
  fake.set_seconds(1016);
  EXPECT_EQ(ticks(nvml.energy()), before);
  EXPECT_NEAR(std::get<Watts>(nvml.power()).value(), 300, 1e-9);
}

TEST(NvmlRead, B165_CounterAndPowerAreBothThereToBeCompared) {
  // Asked every 10 ms the counter loses 1 - exp(-1.6) = 79.8 % of 100 W; the power figure does not.
  NvmlFake fake("gpu power=const:100 tick=0.01 tick_phase=0 poll_loss=0.016 refresh=0.01\n");
  Opened nvml(fake);
  fake.set_seconds(1010.005);
  const auto first = ticks(nvml.energy());
  for (int i = 1; i <= 100; ++i) {
    fake.set_seconds(1010.005 + 0.01 * i);
    (void)nvml.energy();
  }
  EXPECT_NEAR(double(ticks(nvml.energy()) - first) / 1e3, 20.2, 0.5);  // of 100 J
  EXPECT_NEAR(std::get<Watts>(nvml.power()).value(), 100, 1e-9);
  EXPECT_NEAR(fake.true_joules(0, 1010, 1011), 100, 1e-9);
}

TEST(NvmlRead, ScriptedCurvesTakeWhatTheirShapesSay) {
  NvmlFake fake("gpu power=square:100:300:2\ngpu power=saw:0:100:2\ngpu power=sine:200:100:2\ngpu power=square:100:300:2:1\n");
  Opened nvml(fake);
  EXPECT_NEAR(fake.true_joules(0, 1000, 1001), 300, 1e-6);     // the high half
  EXPECT_NEAR(fake.true_joules(0, 1000.5, 1002.5), 400, 1e-6);  // a period at 200 W
  EXPECT_NEAR(fake.true_joules(1, 1000, 1001), 25, 1e-6);      // from 0 to 50 W
  EXPECT_NEAR(fake.true_joules(2, 1000, 1001), 263.66198, 1e-5);  // 200 + 100 * 2 / pi
  EXPECT_NEAR(fake.true_joules(3, 1000, 1001), 100, 1e-6);     // half a period later: the low half
}

TEST(NvmlRead, TheCounterFollowsAnyCurveToWithinATick) {
  NvmlFake fake("gpu power=square:100:400:0.7 tick_phase=0.03\n");
  Opened nvml(fake);
  fake.set_seconds(1000.05);
  const auto before = ticks(nvml.energy());
  fake.set_seconds(1020.05);
  EXPECT_NEAR(double(ticks(nvml.energy()) - before) / 1e3, fake.true_joules(0, 1000.03, 1020.03), 2e-3);
}

TEST(NvmlRead, WhatACardDoesIsToldForItsChannelAndNotForTheStandIn) {
  NvmlFake fake("gpu busy=35 memory=20:80 limit=700 least=200\ngpu\n");
  Opened nvml(fake);
  const auto seen = nvml.sources[0]->activity(0);
  ASSERT_TRUE(seen);
  EXPECT_DOUBLE_EQ(*seen->busy, 0.35);
  EXPECT_DOUBLE_EQ(*seen->memory_used, 20 * 1073741824.0);
  EXPECT_DOUBLE_EQ(*seen->memory_total, 80 * 1073741824.0);
  EXPECT_EQ(seen->limit, Watts(700));
  EXPECT_EQ(seen->limit_least, Watts(200));
  EXPECT_FALSE(nvml.sources[1]->activity(0));
  const auto silent = nvml.sources[0]->activity(1);  // a card that knows neither
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->busy || silent->memory_used || silent->memory_total);
}

TEST(NvmlRead, ASmallerSpanThanChannelsIsNotOverrun) {
  NvmlFake fake("gpu repeat=2\n");
  Opened nvml(fake);
  std::vector<Reading> one(1, Reading(Error{}));
  nvml.sources[0]->read(one);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(one[0]));
}

}  // namespace
}  // namespace carbontracker
