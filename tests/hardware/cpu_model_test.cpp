// The model's energy worked out by hand: TDP per thread x threads x share of TDP at the load x seconds.
#include <gtest/gtest.h>

#include <array>

#include "fakes/fake_clock.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"
#include "hardware/backend.h"
#include "hardware/load_energy.h"

namespace carbontracker {
namespace {

std::string cpuinfo(std::string_view name, int cpus, int sockets, bool guest) {
  std::string text;
  for (int cpu = 0; cpu < cpus; ++cpu)
    text += "processor\t: " + std::to_string(cpu) + "\nvendor_id\t: AuthenticAMD\nmodel name\t: " + std::string(name) +
            "\nphysical id\t: " + std::to_string(cpu * sockets / cpus) + "\nflags\t\t: fpu" + (guest ? " hypervisor" : "") + "\n\n";
  return text;
}

// A machine whose CPUs have each been busy and idle for so many ticks.
class Machine {
 public:
  Machine(std::string_view name, int cpus, int sockets, bool guest) : ticks_(static_cast<std::size_t>(cpus)) {
    dir.write("proc/cpuinfo", cpuinfo(name, cpus, sockets, guest));
    write();
  }
  void run(std::size_t cpu, std::uint64_t busy, std::uint64_t idle, std::uint64_t steal = 0) {
    ticks_[cpu][0] += busy;
    ticks_[cpu][1] += idle;
    ticks_[cpu][2] += steal;
  }
  // Lets `seconds` pass with every CPU at that load.
  void pass(Seconds seconds, double load) {
    const auto ticks = static_cast<std::uint64_t>(seconds.count() * 100 + 0.5);
    for (std::size_t cpu = 0; cpu < ticks_.size(); ++cpu) {
      const auto busy = static_cast<std::uint64_t>(static_cast<double>(ticks) * load + 0.5);
      run(cpu, busy, ticks - busy);
    }
    clock.advance(seconds);
    write();
  }
  void write() {
    std::string text = "cpu  0 0 0 1\n";
    for (std::size_t cpu = 0; cpu < ticks_.size(); ++cpu)
      if (!offline[cpu])
        text += "cpu" + std::to_string(cpu) + " " + std::to_string(1000 + ticks_[cpu][0]) + " 0 0 " + std::to_string(5000 + ticks_[cpu][1]) +
                " 0 0 0 " + std::to_string(ticks_[cpu][2]) + " 0 0\n";
    dir.write("proc/stat", text + "intr 0\n");
  }
  std::unique_ptr<EnergySource> open(std::map<std::string, std::string> environment = {}) {
    auto opened = kCpuModelBackend.open(fake_host(dir.path(), std::move(environment)), clock, notes);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().what);
    if (!opened) return nullptr;
    EXPECT_EQ(opened->size(), 1u);
    return std::move(opened->front());
  }
  TempDir dir;
  FakeClock clock;
  std::vector<Error> notes;
  std::array<bool, 512> offline{};

 private:
  std::vector<std::array<std::uint64_t, 3>> ticks_;
};

double joules(EnergySource& source, std::size_t channel = 0) {
  std::vector<Reading> out(source.channels().size());
  source.read(out);
  const auto* ticks = std::get_if<std::uint64_t>(&out[channel]);
  if (!ticks) return -1;
  return static_cast<double>(*ticks) * 1e-6;
}

constexpr std::string_view kMilan = "AMD EPYC 7763 64-Core Processor";  // 280 W, 128 threads: 2.1875 W a thread

TEST(CpuModel, AGuestIsChargedItsThreadsOfTheChip) {
  Machine vm(kMilan, 2, 2, true);
  auto source = vm.open();
  ASSERT_EQ(source->channels().size(), 1u);  // each CPU a socket, as some hypervisors show it: still one package
  const Channel& channel = source->channels()[0];
  EXPECT_EQ(channel.name, "package-0");
  EXPECT_EQ(channel.domain, Domain::package);
  EXPECT_EQ(channel.origin, Origin::model);
  EXPECT_EQ(std::get<Counter>(channel.kind).wrap, 0u);
  EXPECT_DOUBLE_EQ(channel.gain_error, 0.40);
  EXPECT_NE(channel.note.find("TDP 280 W over 128 threads"), std::string::npos) << channel.note;
  EXPECT_NE(channel.note.find("2 of 2 CPUs of the guest"), std::string::npos) << channel.note;
  EXPECT_NEAR(joules(*source), 0, 1e-9);
  vm.pass(Seconds(10), 1);
  EXPECT_NEAR(joules(*source), 2 * 2.1875 * 1.02 * 10, 1e-5);  // 44.625 J
  vm.pass(Seconds(10), 0.5);
  EXPECT_NEAR(joules(*source), 44.625 + 2 * 2.1875 * 0.75 * 10, 1e-5);
}

TEST(CpuModel, SocketsAreChannels) {
  Machine node(kMilan, 256, 2, false);
  auto source = node.open();
  ASSERT_EQ(source->channels().size(), 2u);
  EXPECT_EQ(source->channels()[1].name, "package-1");
  node.pass(Seconds(1), 0);
  EXPECT_NEAR(joules(*source, 0), 280 * 0.12, 1e-4);
  EXPECT_NEAR(joules(*source, 1), 280 * 0.12, 1e-4);
}

TEST(CpuModel, B094_AJobWithFewCoresIsChargedThoseAndSaysSo) {
  Machine node(kMilan, 256, 2, false);
  node.dir.write("proc/self/status", "Name:\tx\nCpus_allowed:\tffff\nCpus_allowed_list:\t0-15\nMems_allowed:\t1\n");
  auto source = node.open();
  ASSERT_EQ(source->channels().size(), 1u);
  EXPECT_NE(source->channels()[0].note.find("16 of 256 CPUs"), std::string::npos) << source->channels()[0].note;
  node.pass(Seconds(1), 1);
  EXPECT_NEAR(joules(*source), 16 * 2.1875 * 1.02, 1e-4);
}

TEST(CpuModel, AQuotaOfTwoCpusIsChargedTwo) {
  Machine node(kMilan, 128, 1, false);
  node.dir.write("proc/self/cgroup", "0::/\n");
  node.dir.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  auto source = node.open();
  EXPECT_NE(source->channels()[0].note.find("limited to 2 by cgroup cpu.max"), std::string::npos) << source->channels()[0].note;
  for (std::size_t cpu = 0; cpu < 128; ++cpu) node.run(cpu, cpu < 2 ? 100 : 0, cpu < 2 ? 0 : 100);
  node.clock.advance(Seconds(1));
  node.write();
  EXPECT_NEAR(joules(*source), 2 * 2.1875 * 1.02, 1e-4);  // two CPUs busy: the quota is full
}

TEST(CpuModel, B084_WithoutACgroupSlurmsEnvironmentLimits) {
  Machine node(kMilan, 128, 1, false);
  auto source = node.open({{"SLURM_JOB_ID", "42"}, {"SLURM_CPUS_ON_NODE", "4"}});
  node.pass(Seconds(1), 1);
  EXPECT_NEAR(joules(*source), 4 * 2.1875 * 1.02, 1e-4);
}

TEST(CpuModel, ManySmallReadsSumToOneLargeOne) {
  Machine a(kMilan, 4, 1, true), b(kMilan, 4, 1, true);
  auto often = a.open(), once = b.open();
  double last = 0;
  for (int i = 0; i < 1000; ++i) {
    a.pass(Seconds(0.01), 1);  // one tick a reading
    const double now = joules(*often);
    EXPECT_GE(now, last);
    last = now;
  }
  b.pass(Seconds(10), 1);
  EXPECT_NEAR(last, joules(*once), 1e-4);
  EXPECT_NEAR(last, 4 * 2.1875 * 1.02 * 10, 1e-4);
}

TEST(CpuModel, ReadingsWithinATickLoseNothing) {
  Machine vm(kMilan, 2, 1, true);
  auto source = vm.open();
  for (int i = 0; i < 1000; ++i) {
    vm.clock.advance(Seconds(0.001));
    joules(*source);
  }
  vm.run(0, 100, 0);
  vm.run(1, 100, 0);
  vm.write();
  EXPECT_NEAR(joules(*source), 2 * 2.1875 * 1.02 * 1, 1e-4);
}

TEST(CpuModel, ProvisionalFiguresNeverStepBackAndAreMadeGood) {
  Machine vm(kMilan, 2, 1, true);
  auto source = vm.open();
  vm.pass(Seconds(1), 1);
  const double full = joules(*source);
  vm.pass(Seconds(0.1), 0);
  const double provisional = joules(*source);  // at the last window's full power
  EXPECT_NEAR(provisional, full * 1.1, 1e-4);
  vm.pass(Seconds(0.15), 0);
  EXPECT_GE(joules(*source), provisional);
  vm.pass(Seconds(9.75), 0);
  EXPECT_NEAR(joules(*source), full + 2 * 2.1875 * 0.12 * 10, 1e-4);
}

TEST(CpuModel, StolenTimeIsNotOurs) {
  Machine vm(kMilan, 1, 1, true);
  auto source = vm.open();
  vm.run(0, 50, 0, 50);  // wanted to run for the whole second, ran for half of it
  vm.clock.advance(Seconds(1));
  vm.write();
  EXPECT_NEAR(joules(*source), 2.1875 * 0.75, 1e-4);
}

TEST(CpuModel, ACpuThatGoesOfflineAndComesBackIsNoStep) {
  Machine vm(kMilan, 2, 1, true);
  auto source = vm.open();
  vm.pass(Seconds(1), 1);
  const double first = joules(*source);
  vm.offline[1] = true;
  vm.pass(Seconds(1), 1);
  const double second = joules(*source);
  vm.offline[1] = false;
  vm.pass(Seconds(1), 1);
  EXPECT_NEAR(second - first, first, 1e-4);
  EXPECT_NEAR(joules(*source), 3 * first, 1e-4);
}

TEST(CpuModel, CountersThatStepBackSubtractNothing) {
  Machine vm(kMilan, 1, 1, true);
  auto source = vm.open();
  vm.pass(Seconds(1), 0.5);
  const double before = joules(*source);
  vm.dir.write("proc/stat", "cpu  0 0 0 1\ncpu0 0 0 0 0\n");
  vm.clock.advance(Seconds(0.5));
  EXPECT_GE(joules(*source), before);
}

TEST(CpuModel, AFileThatStandsStillIsAGapNotAFigure) {
  Machine vm(kMilan, 1, 1, true);
  auto source = vm.open();
  vm.clock.advance(Seconds(5));
  Reading reading;
  source->read({&reading, 1});
  ASSERT_TRUE(std::holds_alternative<Error>(reading));
  EXPECT_EQ(std::get<Error>(reading).code, Errc::unavailable);
}

TEST(CpuModel, AFileThatGoesAwayIsAnErrorPerReadingAndTheMeanIsMadeGood) {
  Machine vm(kMilan, 1, 1, true);
  auto source = vm.open();
  vm.pass(Seconds(1), 1);
  const double before = joules(*source);
  vm.dir.write("proc/stat", "");
  EXPECT_EQ(joules(*source), -1);
  vm.pass(Seconds(1), 1);
  EXPECT_NEAR(joules(*source), 2 * before, 1e-4);
}

TEST(CpuModel, NoProcStatIsARefusalWithARemedy) {
  TempDir dir;
  FakeClock clock;
  std::vector<Error> notes;
  const auto opened = kCpuModelBackend.open(fake_host(dir.path()), clock, notes);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().what.find("/proc/stat"), std::string::npos);
  EXPECT_FALSE(opened.error().hint.empty());
}

TEST(CpuModel, B066_AnUnknownCpuIsModelledAndNoted) {
  Machine vm("none", 2, 1, true);
  auto source = vm.open();
  ASSERT_EQ(vm.notes.size(), 1u);
  EXPECT_NE(vm.notes[0].what.find("'none'"), std::string::npos);
  EXPECT_DOUBLE_EQ(source->channels()[0].gain_error, 0.75);
  vm.pass(Seconds(1), 1);
  EXPECT_NEAR(joules(*source), 2 * 3.0 * 1.02, 1e-4);
}

TEST(CpuModel, NoCpuinfoAtAllStillCountsTheCpusOfProcStat) {
  Machine vm(kMilan, 3, 1, true);
  std::filesystem::remove(vm.dir.path("proc/cpuinfo"));
  auto source = vm.open();
  vm.pass(Seconds(1), 1);
  EXPECT_NEAR(joules(*source), 3 * 3.0 * 1.02, 1e-4);
}

// B182: a reading is a subtraction, it never waits for an interval to pass.
TEST(CpuModel, B182_AReadingDoesNotBlock) {
  Machine vm(kMilan, 128, 1, false);
  auto source = vm.open();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) joules(*source);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(50));  // 0.5 s each would be 100 s
}

}  // namespace
}  // namespace carbontracker
