#include "advice/advise.h"

#include <gmock/gmock.h>

#include <limits>

#include "advice/machine_run.h"

namespace carbontracker {
namespace {

using testing::HasSubstr;

std::vector<std::string> kinds(const Advice& advice) {
  std::vector<std::string> out;
  for (const AdviceItem& item : advice.items) out.push_back(item.kind);
  return out;
}
AdviceItem only(const Advice& advice, const std::string& kind) {
  EXPECT_EQ(kinds(advice), std::vector{kind});
  return advice.items.empty() ? AdviceItem{} : advice.items[0];
}

// A card that works 95 % of its time at 500 of 700 W with 60 of 80 GiB in use: nothing to say.
TEST(Advise, NothingSeenNothingSaid) {
  MadeRun run(3600);
  run.gpu("gpu0", 500, 0.95);
  run.cpu(4, 16);
  const Advice advice = advise(run.record);
  EXPECT_TRUE(advice.items.empty()) << advice.items[0].seen;
  EXPECT_EQ(advice.gauges, (std::vector<std::string>{"energy by device", "GPU utilisation", "GPU memory", "power limit", "processor time"}));
}

TEST(Advise, WithoutGaugesNothingIsSaid) {
  MadeRun run(3600);
  run.channel("gpu0", Domain::gpu, 100);
  EXPECT_TRUE(advise(run.record).items.empty());
  EXPECT_EQ(advise(run.record).gauges, std::vector<std::string>{"energy by device"});
  EXPECT_TRUE(advise({}).gauges.empty());
}

// Busy 38 % for an hour at 200 W; an H100 takes 70 W at rest by table. If it waited no more, 1 - 0.38 / 0.95 = 60 % of the time would
// go: 70 W x 3600 s x 0.6 = 151,200 J, 21 % of 720,000 J. 7.6 of 8 processors are at work: the loader is at its end.
TEST(Advise, ACardThatTheLoaderStarves) {
  MadeRun run(3600);
  run.gpu("gpu0", 200, 0.38);
  run.cpu(7.6, 8);
  const AdviceItem item = only(advise(run.record), "starved");
  ASSERT_TRUE(item.saving);
  EXPECT_EQ(item.saving->low, Joules(0));
  EXPECT_NEAR(item.saving->high.value(), 151'200, 1e-6);
  EXPECT_EQ(item.saving->of, Joules(720'000));
  EXPECT_THAT(item.seen, HasSubstr("gpu0 was busy 38 % of the time, while the run kept 7.6 of 8 processors busy"));
  EXPECT_THAT(item.attempt, HasSubstr("no processor left"));
}

TEST(Advise, WhatToTryDependsOnTheProcessors) {
  for (const auto& [own, words] : {std::pair(1.0, "num_workers; 8 processors"), std::pair(0.1, "local disk")}) {
    MadeRun run(3600);
    run.gpu("gpu0", 200, 0.38);
    run.cpu(own, 8);
    EXPECT_THAT(only(advise(run.record), "starved").attempt, HasSubstr(words));
  }
  MadeRun silent(3600);  // no processor time is known: nothing tells why it waits
  silent.gpu("gpu0", 200, 0.38);
  EXPECT_TRUE(advise(silent.record).items.empty());
}

TEST(Advise, ACardInNoTableGetsNoFigure) {
  MadeRun run(3600);
  run.gpu("gpu0", 200, 0.38, "Fantasy Chip 9");
  run.cpu(7.6, 8);
  const AdviceItem item = only(advise(run.record), "starved");
  EXPECT_FALSE(item.saving);
  EXPECT_THAT(item.unknown, HasSubstr("in no table"));
}

// 20 minutes: 12 at work (30,000 J GPU, 6,000 J package each), 8 at rest (4,800 and 3,000 J): 8 x 7,800 = 62,400 J.
TEST(Advise, IdleMinutesInsideTheRun) {
  MadeRun run(1200);
  run.gpu("gpu0", 332, 0.6);
  run.channel("package-0", Domain::package, 80);
  run.cpu(1, 8);
  for (int i = 0; i < 20; ++i) {
    const bool work = i % 5 < 3;
    run.minute({work ? 30'000.F : 4'800.F, work ? 6'000.F : 3'000.F}, {static_cast<std::uint8_t>(work ? 98 : 1), 12});
  }
  const AdviceItem item = only(advise(run.record), "idle");  // while working it was busy 98 %: not starved
  EXPECT_NEAR(item.saving->high.value(), 62'400, 1e-6);
  EXPECT_EQ(item.saving->low, Joules(0));
  EXPECT_NEAR(item.saving->of.value(), 1200 * 412, 1e-6);
  EXPECT_THAT(item.seen, HasSubstr("the GPU rested for 8 of 20 minutes (40 %), which took 13 % of the run's energy"));  // 62.4 / 494.4 kJ
}

// Without a driver's word power tells: usual 30,000 J a minute (90th percentile), rest below 9,000.
TEST(Advise, IdleIsToldFromPowerWhereNothingElseIsKnown) {
  MadeRun run(1200);
  run.channel("gpu0", Domain::gpu, 332);
  for (int i = 0; i < 20; ++i) run.minute({i < 12 ? 30'000.F : 8'900.F}, {});
  const AdviceItem item = only(advise(run.record), "idle");
  EXPECT_THAT(item.seen, HasSubstr("8 of 20 minutes (40 %), told by power below 30 % of the usual"));
  MadeRun above(1200);
  above.channel("gpu0", Domain::gpu, 332);
  for (int i = 0; i < 20; ++i) above.minute({i < 12 ? 30'000.F : 9'100.F}, {});
  EXPECT_TRUE(advise(above.record).items.empty());
}

TEST(Advise, FourIdleMinutesAreNotWorthAWord) {
  MadeRun run(1200);
  run.gpu("gpu0", 500, 0.9);
  for (int i = 0; i < 20; ++i) run.minute({30'000.F}, {static_cast<std::uint8_t>(i < 4 ? 0 : 98)});
  EXPECT_TRUE(advise(run.record).items.empty());
}

// Of four cards two did nothing: 2 x 60 W x 3600 s = 432,000 J at most.
TEST(Advise, ReservedCardsThatWereNeverUsed) {
  MadeRun run(3600);
  for (const char* name : {"gpu0", "gpu1"}) run.gpu(name, 500, 0.95);
  for (const char* name : {"gpu2", "gpu3"}) run.gpu(name, 60, 0).memory_peak = 1073741824.0;  // 1 of 80 GiB: the driver's own
  const AdviceItem item = only(advise(run.record), "unused-gpu");
  EXPECT_NEAR(item.saving->high.value(), 432'000, 1e-6);
  EXPECT_THAT(item.seen, HasSubstr("2 of 4 GPUs (gpu2 and gpu3) were reserved and never used"));
  run.segment().totals.activity[2].memory_peak = 30 * 1073741824.0;  // it holds something: it is used
  run.segment().totals.activity[3].memory_peak = 30 * 1073741824.0;
  EXPECT_TRUE(advise(run.record).items.empty());
}

// A card is visible and the training runs on the processors: 60 W x 3600 s = 216,000 J at most. It once was called idle minutes, and with one card nothing.
TEST(Advise, ASingleCardThatIsVisibleAndNeverUsed) {
  MadeRun run(3600);
  run.gpu("gpu0", 60, 0).memory_peak = 0;
  run.channel("package-0", Domain::package, 100);
  run.cpu(7.5, 8);
  for (int i = 0; i < 60; ++i) run.minute({3'600.F, 6'000.F}, {0, 94});
  const AdviceItem item = only(advise(run.record), "unused-gpu");
  EXPECT_NEAR(item.saving->high.value(), 216'000, 1e-6);
  EXPECT_THAT(item.seen, HasSubstr("1 of 1 GPU (gpu0) was reserved and never used, while the run kept 7.5 of 8 processors busy"));
  EXPECT_THAT(item.attempt, HasSubstr("torch.cuda.is_available()"));
}

// No driver tells how busy they are; an H100 takes 70 W at rest by table, up to 84 W counts as rest.
TEST(Advise, CardsWithoutUtilisationAreUnusedByTheirDraw) {
  MadeRun run(3600);
  run.channel("gpu0", Domain::gpu, 500, "NVIDIA H100 80GB HBM3").run = Joules(1'800'000);
  run.channel("gpu1", Domain::gpu, 75, "NVIDIA H100 80GB HBM3");
  EXPECT_NEAR(only(advise(run.record), "unused-gpu").saving->high.value(), 75 * 3600, 1e-6);
  run.segment().totals.channels[1].measured.joules = Joules(90 * 3600);
  EXPECT_TRUE(advise(run.record).items.empty());
}

TEST(Advise, CardsOfSeveralNodesAreNamedWithTheirNode) {
  MadeRun run(3600);
  run.gpu("gpu0", 500, 0.95);
  MadeRun other(3600);
  for (const char* name : {"gpu0", "gpu1"}) other.gpu(name, 60, 0).memory_peak = 0;
  other.segment().node = "n2";
  run.gpu("gpu1", 60, 0).memory_peak = 0;
  run.record.segments.push_back(other.segment());
  EXPECT_THAT(only(advise(run.record), "unused-gpu").seen, HasSubstr("3 of 4 GPUs (gpu1 of n1, gpu0 of n2 and 1 more) were"));
}

// 20 minutes, 8 of them paused by --pause-above: they were taken for idle ones. Busy 57 % over all, 95 % while it ran.
TEST(Advise, PausedMinutesAreNoIdleOnes) {
  MadeRun run(1200);
  run.gpu("gpu0", 320, 0.57);
  run.channel("package-0", Domain::package, 80);
  run.cpu(1, 8);
  for (int i = 0; i < 20; ++i) run.minute({i < 12 ? 30'000.F : 4'800.F, 4'800.F}, {static_cast<std::uint8_t>(i < 12 ? 95 : 0), 12});
  const auto paused = [&](double start, double length) { run.segment().totals.regions.push_back({"paused", "", Seconds(start), Seconds(length), {}, false, false}); };
  EXPECT_EQ(kinds(advise(run.record)), std::vector<std::string>{"idle"});
  paused(720, 470);  // from minute 12 on; the last one was paused for 50 of its 60 seconds
  EXPECT_TRUE(advise(run.record).items.empty()) << advise(run.record).items[0].seen;
  EXPECT_EQ(evidence_of(run.record).minutes, 12u);
  // Without minutes the mean over the running time stands: 0.57 x 1200 / 730 = 94 %, and 1 processor becomes 1.6.
  run.segment().minutes.clear();
  EXPECT_NEAR(*evidence_of(run.record).gpus[0].working, 0.57 * 1200 / 730, 1e-9);
  EXPECT_NEAR(*evidence_of(run.record).own_cpus, 1200.0 / 730, 1e-9);
}

// Slurm gave four H100s, CUDA_VISIBLE_DEVICES shows one: three at 70 W for an hour are 756,000 J.
TEST(Advise, CardsOfTheJobThatTheRunCouldNotSee) {
  MadeRun run(3600);
  run.gpu("gpu0", 500, 0.95);
  run.activity(kJobGpus, 0).cpus = 4;
  const AdviceItem item = only(advise(run.record), "unused-gpu");
  EXPECT_THAT(item.seen, HasSubstr("gave the job 4 GPUs, and the run could see 1 of them"));
  EXPECT_NEAR(item.saving->high.value(), 756'000, 1e-6);
  MadeRun ranks(3600);  // each rank's tracker counts its own
  ranks.gpu("gpu0", 500, 0.95);
  ranks.activity(kJobGpus, 0).cpus = 2;
  MadeRun second(3600);
  second.gpu("gpu1", 500, 0.95);
  second.segment().node = "n1.rank1";
  ranks.record.segments.push_back(second.segment());
  EXPECT_TRUE(advise(ranks.record).items.empty());
  MadeRun blind(3600);  // no driver: nothing tells which it saw
  blind.activity(kJobGpus, 0).cpus = 4;
  EXPECT_TRUE(advise(blind.record).items.empty());
}

// 64 GiB asked for, 4 had: twice as much leaves 1 - 2/16 = 87.5 % of the memory's 20 W x 3600 s = 72,000 J: 63,000.
TEST(Advise, MemoryThatTheJobAskedForAndNeverHad) {
  MadeRun run(3600);
  run.channel("dram-0", Domain::dram, 20);
  run.cpu(4, 8);
  ActivityTotal& cpu = run.segment().totals.activity.back();
  cpu.memory_peak = 4 * 1073741824.0;
  EXPECT_TRUE(advise(run.record).items.empty());  // no limit: nothing was asked for
  cpu.memory_total = 64 * 1073741824.0;
  const AdviceItem item = only(advise(run.record), "job-memory");
  EXPECT_NEAR(item.saving->high.value(), 63'000, 1e-6);
  EXPECT_THAT(item.seen, HasSubstr("may use 64 GiB of memory, and the run had 4.0 GiB at most (6 %)"));
  EXPECT_THAT(item.attempt, HasSubstr("ask for 8 GiB"));
  cpu.memory_peak = 17 * 1073741824.0;
  EXPECT_TRUE(advise(run.record).items.empty());
}

// 8 of 80 GiB and 20 % of the time: by time five such runs fit (by memory ten): 70 W x 3600 s x (1 - 1/5) = 201,600 J.
TEST(Advise, ACardFarTooLarge) {
  MadeRun run(3600);
  run.gpu("gpu0", 150, 0.2).memory_peak = 8 * 1073741824.0;
  const AdviceItem item = only(advise(run.record), "memory");
  EXPECT_NEAR(item.saving->high.value(), 201'600, 1e-6);
  EXPECT_THAT(item.seen, HasSubstr("gpu0 was busy 20 % of the time and used at most 8.0 of 80 GiB (10 %)"));
}

// Busy, half the power, three quarters of the memory free: 1,260,000 J; -17 % to 41 % by batch, 0 to 12 % by precision.
TEST(Advise, RoomForALargerBatchAndForMixedPrecision) {
  MadeRun run(3600);
  run.gpu("gpu0", 350, 0.97).memory_peak = 20 * 1073741824.0;
  const Advice advice = advise(run.record);
  ASSERT_EQ(kinds(advice), (std::vector<std::string>{"batch-size", "mixed-precision"}));
  EXPECT_NEAR(advice.items[0].saving->low.value(), -214'200, 1e-6);
  EXPECT_NEAR(advice.items[0].saving->high.value(), 516'600, 1e-6);
  EXPECT_NEAR(advice.items[1].saving->high.value(), 151'200, 1e-6);
  EXPECT_THAT(advice.items[0].seen, HasSubstr("gpu0 was busy 97 % of the time at 50 % of the power limit, with 75 % of the memory never used"));
}

TEST(Advise, NoMixedPrecisionWhereTheCardHasNoFastUnits) {
  MadeRun run(3600);
  run.gpu("gpu0", 350, 0.97, "Tesla P40");
  EXPECT_TRUE(advise(run.record).items.empty());
}

// 665 of 700 W is 95 %: 0 to 15 % of 2,394,000 J. A limit that was lowered already is left alone.
TEST(Advise, ACardAtItsPowerLimit) {
  MadeRun run(3600);
  run.gpu("gpu0", 665, 0.99);
  const AdviceItem item = only(advise(run.record), "power-limit");
  EXPECT_NEAR(item.saving->high.value(), 359'100, 1e-6);
  EXPECT_THAT(item.seen, HasSubstr("gpu0 drew 665 W of a limit of 700 W (95 %), busy 99 % of the time"));
  run.segment().totals.activity[0].limit = Watts(600);
  EXPECT_TRUE(advise(run.record).items.empty());
}

RunSummary summary(double joules, RunState state, std::optional<int> code) {
  RunSummary run;
  run.joules = Joules(joules);
  run.state = state;
  run.exit_code = code;
  return run;
}

// 400 of 1,000 J went into runs that failed; one still runs and is not judged.
TEST(Advise, FailedRunsOfTheProject) {
  const std::vector<RunSummary> project{summary(600, RunState::finished, 0), summary(300, RunState::finished, 1), summary(100, RunState::interrupted, {}), summary(1e6, RunState::running, {})};
  const AdviceItem item = only(advise({}, project), "failed-runs");
  EXPECT_EQ(item.saving->high, Joules(400));
  EXPECT_EQ(item.saving->of, Joules(1000));
  EXPECT_THAT(item.seen, HasSubstr("2 of 3 runs of this project failed or were interrupted; they took 40 % of its energy"));
  EXPECT_TRUE(advise({}, {project[0], project[1]}).items.empty());  // one failure is no pattern
}

TEST(Advise, TheLargestSavingComesFirst) {
  MadeRun run(3600);
  run.gpu("gpu0", 350, 0.97).memory_peak = 20 * 1073741824.0;
  const std::vector<RunSummary> project{summary(1e8, RunState::finished, 1), summary(1e8, RunState::finished, 1), summary(1e8, RunState::finished, 0)};
  EXPECT_EQ(kinds(advise(run.record, project)), (std::vector<std::string>{"failed-runs", "batch-size", "mixed-precision"}));
}

TEST(Advise, ShortRunsAreStartUpAndLittleElse) {
  MadeRun run(10);
  run.gpu("gpu0", 665, 0.3);
  run.cpu(7, 8);
  EXPECT_TRUE(advise(run.record).items.empty());
}

TEST(Advise, HostileRecordsGiveNoNonsense) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, inf, -inf, -1.0, 1e300, 0.0}) {
    MadeRun run(3600);
    ActivityTotal& seen = run.gpu("gpu0", 500, 0.9);
    seen.busy = bad;
    seen.memory_peak = seen.memory_total = bad;
    seen.limit = seen.limit_default = Watts(bad);
    seen.seen = Seconds(bad);
    run.cpu(bad, bad);
    run.segment().totals.channels[0].measured.joules = Joules(bad);
    run.segment().totals.channels[0].measured.covered = Seconds(bad);
    run.segment().totals.channels[0].run = Joules(bad);
    run.minute({static_cast<float>(nan), 1, 2, 3}, {0, 1, 2, 3, 4, 250});
    run.segment().minutes[0].covered_s = {static_cast<float>(inf)};
    for (const AdviceItem& item : advise(run.record).items) {
      EXPECT_EQ(item.seen.find("nan"), std::string::npos) << item.seen;
      EXPECT_EQ(item.seen.find("inf"), std::string::npos) << item.seen;
    }
  }
  MadeRun torn(3600);  // minutes of more and of fewer figures than there are channels and devices
  torn.gpu("gpu0", 500, 0.95);
  for (int i = 0; i < 10; ++i) torn.minute(std::vector<float>(static_cast<std::size_t>(i), 100), std::vector<std::uint8_t>(static_cast<std::size_t>(9 - i), 0));
  (void)advise(torn.record);
  torn.segment().totals.activity.clear();
  torn.segment().totals.channels.clear();
  EXPECT_TRUE(advise(torn.record).items.empty());
}

}  // namespace
}  // namespace carbontracker
