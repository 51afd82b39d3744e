#include "metering/ledger.h"

#include <gtest/gtest.h>

#include <array>

#include "metering/simulation.h"

namespace carbontracker {
namespace {

using namespace simulation;

Device package(std::string name, Wave wave) { return counter_device(std::move(name), Domain::package, std::move(wave), 0, 0.03); }
const ChannelTotal& channel(const Snapshot& snapshot, const std::string& name) {
  for (const ChannelTotal& c : snapshot.channels)
    if (c.channel.name == name) return c;
  throw std::runtime_error("no channel " + name);
}

TEST(Ledger, B022_TheFirstReadingIsABaseline) {
  Device device = package("package-0", constant(10));
  device.start_count = 17515.587911;  // larger than 2^32 uJ
  ScriptedRun run({{device}});
  EXPECT_EQ(run.ledger->snapshot(run.clock.now()).total.joules, Joules(0));
  EXPECT_NEAR(run.finish(1).total.joules.value(), 10, 0.01);
}

TEST(Ledger, B125_PackagesAndDramAddCoresDoNot) {
  Device core = counter_device("core", Domain::core, constant(12), 0);
  core.channel.contained_in = "package-0";
  Device uncore = counter_device("uncore", Domain::uncore, constant(3), 0);
  uncore.channel.contained_in = "package-0";
  ScriptedRun run({{package("package-0", constant(20)), core, uncore, counter_device("dram-0", Domain::dram, constant(4), 0)}});
  EXPECT_NEAR(run.finish(10).total.joules.value(), 240, 0.5);  // 24 W
}

TEST(Ledger, B121_PsysIsKeptApart) {
  ScriptedRun run({{package("package-0", constant(3.78)), counter_device("psys", Domain::psys, constant(9.61), 0)}});
  const Snapshot seen = run.finish(10);
  EXPECT_NEAR(seen.total.joules.value(), 37.8, 0.1);
  EXPECT_NEAR(channel(seen, "psys").measured.joules.value(), 96.1, 0.2);
  EXPECT_FALSE(channel(seen, "psys").headline);
}

TEST(Ledger, DevicesAreSummedNeverAveraged) {  // the Python tool's B1: four GPUs at 300 W for an hour are 1.2 kWh
  std::vector<Device> gpus;
  for (int i = 0; i < 4; ++i) gpus.push_back(counter_device("gpu" + std::to_string(i), Domain::gpu, constant(300), 0.1));
  ScriptedRun run({gpus});
  EXPECT_NEAR(in_kilowatt_hours(run.finish(3600).total.joules), 1.2, 0.001);
}

TEST(Ledger, NestedRegionsAndTheTimeBetweenEpochs) {
  ScriptedRun run({{package("package-0", constant(50))}});
  run.until(1);
  const RegionId epoch = run.ledger->begin_region("epoch 1", "", run.clock.now());
  run.until(2);
  const RegionId inner = run.ledger->begin_region("validate", "epoch 1", run.clock.now());
  run.until(2.5);
  run.ledger->end_region(inner, run.clock.now());
  run.until(4);
  run.ledger->end_region(epoch, run.clock.now());
  const Snapshot seen = run.finish(10);
  EXPECT_NEAR(seen.regions[0].measured.joules.value(), 150, 1);
  EXPECT_NEAR(seen.regions[1].measured.joules.value(), 25, 0.5);
  EXPECT_EQ(seen.regions[1].parent, "epoch 1");
  EXPECT_NEAR(seen.total.joules.value(), 500, 1);  // before, between and after count to the run
}

TEST(Ledger, B163_LookingOnChangesNoRegion) {  // a periodic flush between the edges took the reference away elsewhere
  ScriptedRun run({{package("package-0", constant(50))}});
  run.until(59.5);
  const RegionId region = run.ledger->begin_region("task", "", run.clock.now());
  for (double t = 59.6; t < 61.5; t += 0.1) {
    run.until(t);
    (void)run.ledger->snapshot(run.clock.now());
    (void)run.ledger->take_minutes();
    run.ledger->attribute_cpu({run.clock.now(), Seconds(0.1), Seconds(0.05), Seconds(0.1), 4});
  }
  run.until(61.5);
  run.ledger->end_region(region, run.clock.now());
  EXPECT_NEAR(run.finish(65).regions[0].measured.joules.value(), 100, 0.5);
}

TEST(Ledger, ARegionIsProvisionalUntilItsCountersTick) {
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, constant(100), 0.1)}});
  run.until(5.03);
  const RegionId region = run.ledger->begin_region("r", "", run.clock.now());
  run.until(6.01);
  run.ledger->end_region(region, run.clock.now());
  EXPECT_TRUE(run.ledger->snapshot(run.clock.now()).regions[0].provisional);
  run.until(6.3);
  EXPECT_FALSE(run.ledger->snapshot(run.clock.now()).regions[0].provisional);
}

TEST(Ledger, AnEdgeAndItsNextReadOfTheSamePlaceAgree) {
  ScriptedRun run({{package("package-0", square(10, 100, 0.9))}});
  run.until(3);
  const Instant middle = run.clock.now();
  const RegionId a = run.ledger->begin_region("a", "", run.at(0));
  run.ledger->end_region(a, middle);
  const RegionId b = run.ledger->begin_region("b", "", middle);
  run.until(7);
  run.ledger->end_region(b, run.clock.now());
  const Snapshot seen = run.finish(7);
  EXPECT_NEAR((seen.regions[0].measured.joules + seen.regions[1].measured.joules).value(), seen.total.joules.value(), 0.2);
}

TEST(Ledger, MinutesSumToTheTotal) {
  ScriptedRun run({{package("package-0", square(10, 90, 7)), counter_device("gpu0", Domain::gpu, square(60, 300, 11), 0.1)}, {gauge_device("gpu1", Domain::gpu, constant(40))}});
  const Snapshot seen = run.finish(330);
  const auto minutes = run.ledger->take_minutes();
  ASSERT_EQ(minutes.size(), 6u);  // five whole ones and half a minute
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0, covered = 0;
    for (const Minute& minute : minutes) {
      sum += minute.joules[i];
      covered += minute.covered_s[i];
    }
    EXPECT_NEAR(sum, seen.channels[i].measured.joules.value(), 1e-3 * sum) << i;
    EXPECT_NEAR(covered, 330, 0.5) << i;
  }
  for (std::size_t n = 0; n < minutes.size(); ++n) EXPECT_EQ(minutes[n].number, static_cast<std::int64_t>(n));
  EXPECT_TRUE(run.ledger->take_minutes().empty());
}

TEST(Ledger, AFrozenCounterIsAGapNeverAZero) {
  Device device = counter_device("gpu0", Domain::gpu, constant(200), 0.1);
  device.freeze_from = 4;
  ScriptedRun run({{device}});
  const Snapshot seen = run.finish(20);
  EXPECT_NEAR(seen.coverage, 0.2, 0.03);
  EXPECT_NEAR(seen.total.joules.value(), 800, 60);
  EXPECT_FALSE(seen.total.high);  // nobody knows what it took
  ASSERT_FALSE(seen.gaps.empty());
  EXPECT_EQ(seen.gaps[0].what, "gpu0");
  EXPECT_NE(seen.gaps[0].reason.find("stands still"), std::string::npos);
}

TEST(Ledger, WhereThePowerLimitIsKnownAGapIsBounded) {
  Device device = counter_device("gpu0", Domain::gpu, constant(200), 0.1);
  device.freeze_from = 4;
  device.channel.max_power = Watts(700);
  ScriptedRun run({{device}});
  const Snapshot seen = run.finish(20);
  ASSERT_TRUE(seen.total.high);
  EXPECT_GE(seen.total.high->value(), 800 + 700 * 15.5);
  EXPECT_LE(seen.total.high->value(), 800 * 1.1 + 700 * 16.5);
}

TEST(Ledger, B049_AFrozenEnergyCounterIsReplacedByIntegratedPower) {  // 20.48 s at 247.541 W: about 5070 J
  Device counter = counter_device("gpu0", Domain::gpu, constant(247.541), 0.1);
  counter.freeze_from = -1;
  Device gauge = gauge_device("gpu0-power", Domain::gpu, constant(247.541));
  gauge.channel.stands_in_for = "gpu0";
  ScriptedRun run({{counter}, {gauge}});
  const Snapshot seen = run.finish(20.48);
  EXPECT_NEAR(seen.total.joules.value(), 5070, 60);
  EXPECT_GT(seen.coverage, 0.98);
  EXPECT_NEAR(seen.channels[0].by_power.value(), 5070, 60);
  EXPECT_FALSE(seen.gaps.empty());
}

TEST(Ledger, ACounterThatFreezesForAWhileIsNotCountedTwice) {
  Device counter = counter_device("gpu0", Domain::gpu, constant(100), 0.1);
  counter.freeze_from = 10;
  counter.freeze_to = 30;  // then jumps to the true value: the gauge has counted those 20 s already
  Device gauge = gauge_device("gpu0-power", Domain::gpu, constant(100));
  gauge.channel.stands_in_for = "gpu0";
  ScriptedRun run({{counter}, {gauge}});
  EXPECT_NEAR(run.finish(60).total.joules.value(), 6000, 130);
}

TEST(Ledger, B165_CounterAndIntegratedPowerAreComparedOverTheSameTime) {  // 37.5 W against 65.4 W at idle
  Device gauge = gauge_device("gpu0-power", Domain::gpu, constant(65.4));
  gauge.channel.stands_in_for = "gpu0";
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, constant(37.5), 0.1)}, {gauge}});
  const Snapshot seen = run.finish(60);
  EXPECT_NEAR(seen.total.joules.value(), 37.5 * 60, 10);
  ASSERT_TRUE(seen.channels[0].cross_check);
  EXPECT_NEAR(*seen.channels[0].cross_check / seen.channels[0].measured.joules, 65.4 / 37.5, 0.06);
  ASSERT_EQ(seen.gaps.size(), 1u);
  EXPECT_NE(seen.gaps[0].reason.find("differs from it by +74 %"), std::string::npos) << seen.gaps[0].reason;  // 65.4 / 37.5 = 1.744
}

TEST(Ledger, ACounterAndAGaugeThatAgreeNeedNoNotice) {
  Device gauge = gauge_device("gpu0-power", Domain::gpu, constant(109));
  gauge.channel.stands_in_for = "gpu0";
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, constant(100), 0.1)}, {gauge}});
  EXPECT_TRUE(run.finish(60).gaps.empty());
}

TEST(Ledger, B161_ASuspendIsAGapAndAddsNothing) {
  ScriptedRun run({{gauge_device("soc", Domain::soc, constant(20)), counter_device("package-0", Domain::package, constant(5), 0)}});
  run.until(30);
  run.clock.suspend(Seconds(3600));
  run.ledger->resumed(Seconds(3600));
  const Snapshot seen = run.finish(60);
  EXPECT_NEAR(channel(seen, "soc").measured.joules.value(), 1200, 30);
  EXPECT_NEAR(channel(seen, "package-0").measured.joules.value(), 300, 10);
  EXPECT_EQ(seen.suspended, Seconds(3600));
  EXPECT_NEAR(seen.duration.count(), 60, 0.1);
}

TEST(Ledger, B161_WhatACounterCountedDuringASuspendIsNotTheRuns) {
  Device device = package("package-0", constant(5));
  device.wave.joules = [](double t) { return t < 30 ? 5 * t : 5 * t + 900; };  // 900 J while it slept
  ScriptedRun run({{device}});
  run.until(30);
  run.clock.suspend(Seconds(3600));
  run.ledger->resumed(Seconds(3600));
  const Snapshot seen = run.finish(60);
  EXPECT_NEAR(seen.total.joules.value(), 300, 10);
  EXPECT_LT(seen.coverage, 1);
}

TEST(Ledger, B080_AGlitchBeyondTheDeviceIsRejectedAndBridged) {
  int reading = 0;
  Wave glitchy{[&](double) { return ++reading == 20 ? 300000.0 : 315.0; }, [](double t) { return 315 * t; }};
  ScriptedRun run({{gauge_device("platform", Domain::platform, glitchy)}});
  const Snapshot seen = run.finish(60);
  EXPECT_NEAR(seen.channels[0].measured.joules.value(), 315 * 60, 315 * 0.6);
  ASSERT_EQ(seen.gaps.size(), 1u);
  EXPECT_NE(seen.gaps[0].reason.find("rejected"), std::string::npos);
}

TEST(Ledger, AResetInTheMiddleCostsOneReadingOnly) {
  Device device = counter_device("gpu0", Domain::gpu, constant(100), 0);
  device.wave.joules = [](double t) { return t < 30 ? 100 * t : 100 * (t - 30) - 99000; };  // falls to about 1 kJ
  ScriptedRun run({{device}});
  const Snapshot seen = run.finish(60);
  EXPECT_NEAR(seen.total.joules.value(), 6000, 120);
  EXPECT_LT(seen.coverage, 1);
  EXPECT_GT(seen.coverage, 0.97);
}

TEST(Ledger, OneDeadGpuIsItsOwnLineOnly) {
  Device dead = counter_device("gpu1", Domain::gpu, constant(100), 0.1);
  dead.failure = [](double) { return Error{Errc::unavailable, "gpu1: lost", "reset it"}; };
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, constant(100), 0.1), dead}});
  const Snapshot seen = run.finish(20);
  EXPECT_NEAR(channel(seen, "gpu0").measured.joules.value(), 2000, 10);
  EXPECT_EQ(channel(seen, "gpu1").measured.covered, Seconds(0));
  EXPECT_EQ(seen.coverage, 0);
  ASSERT_EQ(seen.gaps.size(), 1u);  // each kind once
  EXPECT_EQ(seen.gaps[0].remedy, "reset it");
}

TEST(Ledger, SharesSumToTheWhole) {
  ScriptedRun run({{package("package-0", constant(100))}, {counter_device("gpu0", Domain::gpu, constant(200), 0.1)}});
  for (int second = 1; second <= 10; ++second) {
    run.until(second);
    run.ledger->attribute_cpu({run.clock.now(), Seconds(1), Seconds(0.75), Seconds(3), 4});  // a quarter of what is busy
  }
  const Snapshot seen = run.finish(10);
  EXPECT_NEAR(channel(seen, "package-0").run.value(), 250, 2);
  EXPECT_NEAR(channel(seen, "gpu0").run.value(), 2000, 10);  // whole: nothing says otherwise
  EXPECT_NEAR(seen.run.joules.value(), 2250, 12);
  EXPECT_LE(seen.run.joules, seen.total.joules);
}

// The first look came before the counter had moved: the run's 0.02 s of 2 s, and not all that the last 3 ms held, is its share of the second.
TEST(Ledger, EnergyThatIsSeenLateIsSharedByAllTheTimeThatItTook) {
  Device late = package("package-0", constant(100));
  late.wave.joules = [](double t) { return t < 1 ? 0 : 100 * t; };
  ScriptedRun run({{late}});
  run.until(0.99);
  run.ledger->attribute_cpu({run.clock.now(), Seconds(0.99), Seconds(0.018), Seconds(1.998), 4});
  run.until(1.01);
  run.ledger->attribute_cpu({run.clock.now(), Seconds(0.02), Seconds(0.002), Seconds(0.002), 4});
  const Snapshot seen = run.finish(1.01);
  EXPECT_NEAR(seen.total.joules.value(), 101, 2);
  EXPECT_NEAR(seen.run.joules.value(), 1.01, 0.1);
}

TEST(Ledger, TheBoundsOfARunAreItsShareOfTheMachines) {
  ScriptedRun run({{package("package-0", constant(100))}});  // +-3 %
  for (int second = 1; second <= 10; ++second) {
    run.until(second);
    run.ledger->attribute_cpu({run.clock.now(), Seconds(1), Seconds(0.75), Seconds(3), 4});
  }
  const Snapshot seen = run.finish(10);
  EXPECT_NEAR(seen.run.joules.value(), 250, 1);
  EXPECT_NEAR(seen.run.low.value(), 242.5, 1);
  ASSERT_TRUE(seen.run.high);
  EXPECT_NEAR(seen.run.high->value(), 257.5, 1);
}

// What the last look did not see any more goes by the share that it found.
TEST(Ledger, TheEnergyAfterTheLastLookIsSharedAsBefore) {
  ScriptedRun run({{package("package-0", constant(100))}});
  run.until(1);
  run.ledger->attribute_cpu({run.clock.now(), Seconds(1), Seconds(0.75), Seconds(3), 4});
  EXPECT_NEAR(run.finish(10).run.joules.value(), 250, 2);
}

TEST(Ledger, EnergyAboveIdleOnlyWhereIdleWasSeen) {
  ScriptedRun run({{package("package-0", {[](double t) { return t < 10 ? 30.0 : 100.0; }, [](double t) { return t < 10 ? 30 * t : 300 + 100 * (t - 10); }})}});
  for (int second = 1; second <= 20; ++second) {
    run.until(second);
    const double busy = second <= 10 ? 0.02 : 3.5;
    run.ledger->attribute_cpu({run.clock.now(), Seconds(1), Seconds(second <= 10 ? 0.001 : 3.4), Seconds(busy), 4});
  }
  const Snapshot seen = run.finish(20);
  ASSERT_TRUE(seen.idle);
  EXPECT_NEAR(seen.idle->value(), 600, 15);
  ScriptedRun busy({{package("package-0", constant(50))}});
  EXPECT_FALSE(busy.finish(20).idle);
}

TEST(Ledger, ACardOutOfScopeIsNotSummed) {
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, constant(100), 0.1), counter_device("gpu1", Domain::gpu, constant(100), 0.1)}});
  run.ledger->set_scope(0, std::array<char, 2>{1, 0});
  const Snapshot seen = run.finish(10);
  EXPECT_NEAR(seen.total.joules.value(), 1000, 5);
  EXPECT_GT(seen.coverage, 0.98);
}

TEST(Ledger, ASuperchipsModuleFigureAlreadyHoldsItsProcessors) {
  Device gpu = counter_device("gpu0", Domain::gpu, constant(500), 0.1);
  gpu.channel.whole_module = true;
  ScriptedRun run({{package("package-0", constant(60))}, {gpu}});
  EXPECT_NEAR(run.finish(10).total.joules.value(), 5000, 25);
}

TEST(Ledger, WithNoChannelThereIsNoCoverage) {
  ScriptedRun run({});
  const Snapshot seen = run.finish(5);
  EXPECT_EQ(seen.coverage, 0);
  EXPECT_TRUE(seen.channels.empty());
}

TEST(Ledger, B159_ASlowMeterLosesNoTime) {  // each measurement takes 1.6 s, 10 minutes at 100 W: 16.67 Wh
  class Slow final : public EnergySource {
   public:
    Slow(FakeClock& clock, Instant zero) : clock_(clock), zero_(zero) { channels_.push_back(gauge_device("soc", Domain::soc, constant(100)).channel); }
    std::string_view name() const override { return "slow"; }
    std::span<const Channel> channels() const override { return channels_; }
    void read(std::span<Reading> out) override { clock_.advance(Seconds(1.6)); out[0] = Watts(100); }
   private:
    FakeClock& clock_;
    Instant zero_;
    std::vector<Channel> channels_;
  };
  ScriptedRun run({});
  run.loop->add(std::make_unique<Slow>(run.clock, run.clock.now()));
  EXPECT_NEAR(run.finish(600).total.joules.value() / 3600, 16.67, 16.67 * 0.005);
}

TEST(Ledger, B184_TenThousandShortEpochsStayCheapAndTrue) {
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, constant(100), 0.1)}});
  Joules sum{};
  for (int i = 0; i < 2000; ++i) {
    const RegionId id = run.ledger->begin_region("epoch", "", run.clock.now());
    run.until(0.005 * (i + 1));
    run.ledger->end_region(id, run.clock.now());
  }
  const Snapshot seen = run.finish(10);
  for (const RegionTotal& region : seen.regions) sum += region.measured.joules;
  EXPECT_NEAR(sum.value(), 1000, 15);
}

TEST(Ledger, InBriefAreTheCountedChannelsOfTheSnapshot) {
  Device core = counter_device("core", Domain::core, constant(12), 0);
  core.channel.contained_in = "package-0";
  Device gpu = counter_device("gpu0", Domain::gpu, constant(300), 0.1);
  gpu.channel.label = "NVIDIA H100";
  ScriptedRun run({{package("package-0", constant(20)), core}, {gpu}});
  EXPECT_FALSE(run.ledger->brief(run.clock.now())[0].joules);  // no data yet is not 0
  run.until(10);
  const auto brief = run.ledger->brief(run.clock.now());
  ASSERT_EQ(brief.size(), 2u);
  EXPECT_EQ(brief[0].name, "package-0");
  EXPECT_EQ(brief[1].label, "NVIDIA H100");
  EXPECT_EQ(brief[1].domain, Domain::gpu);
  EXPECT_NEAR(brief[0].joules->value(), 200, 0.5);   // 20 W, 10 s
  EXPECT_NEAR(brief[1].joules->value(), 3000, 31);   // 300 W, 10 s, a tick of 0.1 s
  EXPECT_NEAR(brief[1].run.value(), 3000, 31);       // nobody says whose it is: all of it
}

TEST(Ledger, ATouchSettlesTheFiguresOfItsMomentAndLeavesNoTrace) {
  ScriptedRun run({{counter_device("gpu0", Domain::gpu, square(100, 400, 2), 0.1)}});
  run.until(1.55);
  const Instant at = run.clock.now();
  const auto edge = run.ledger->touch(at);
  EXPECT_FALSE(run.ledger->met(*edge));
  run.until(1.75);
  EXPECT_TRUE(run.ledger->met(*edge));
  // 1 s at 100 W and 0.55 s at 400 W
  EXPECT_NEAR(run.ledger->brief(at)[0].joules->value(), 320, 2);
  EXPECT_TRUE(run.finish(2).regions.empty());
}

}  // namespace
}  // namespace carbontracker
