#include "hardware/rapl_perf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <cmath>

#include "fakes/machine.h"
#include "fakes/open_backend.h"

namespace carbontracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Plays the kernel: a file a counter, named by CPU and event code, with 8 bytes in it.
class FakeKernel {
 public:
  explicit FakeKernel(const Machine& machine) : machine_(machine) {}
  void count(int cpu, std::uint64_t config, std::uint64_t value) const {
    machine_.write(file(cpu, config), std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }
  [[nodiscard]] PerfDoor door() const {
    return [this](const PerfEvent& event) {
      if (event.type != 12) return -EINVAL;
      const int fd = ::open(machine_.path(file(event.cpu, event.config)).c_str(), O_RDONLY | O_CLOEXEC);
      return fd >= 0 ? fd : -errno;
    };
  }

 private:
  static std::string file(int cpu, std::uint64_t config) { return "/counts/" + std::to_string(cpu) + "-" + std::to_string(config); }
  const Machine& machine_;
};

Opened open_with(const Machine& machine, const PerfDoor& door) {
  std::vector<Error> notes;
  auto result = open_rapl_perf(machine.host(), door, notes);
  return opened_from(std::move(result), std::move(notes));
}

TEST(RaplPerf, E1_TheSocketIsThePhysicalIdOfTheCpuAndNotItsPlaceInTheMask) {
  const Machine machine("server-2s-perf");
  const FakeKernel kernel(machine);
  for (const int cpu : {0, 28})
    for (const std::uint64_t config : {1u, 2u, 3u, 5u}) kernel.count(cpu, config, static_cast<std::uint64_t>(cpu) * 1000 + config);
  const Opened opened = open_with(machine, kernel.door());
  EXPECT_THAT(opened.summed(), ElementsAre("dram-1", "dram-3", "package-1", "package-3"));
  EXPECT_THAT(opened.names(), ElementsAre("core-1", "core-3", "dram-1", "dram-3", "package-1", "package-3", "psys-1", "psys-3"));
  EXPECT_EQ(std::get<std::uint64_t>(opened.read("package-1")), 28002u);  // CPU 28 is socket 1
  EXPECT_EQ(std::get<std::uint64_t>(opened.read("dram-3")), 3u);
  EXPECT_EQ(opened.channel("core-3").contained_in, "package-3");
  EXPECT_EQ(opened.channel("package-1").device, "socket 1");
  EXPECT_EQ(opened.channel("package-1").label, "Intel(R) Xeon(R) CPU E5-2690 v4 @ 2.60GHz");
}

TEST(RaplPerf, ATickIs2ToTheMinus32JoulesAndDoesNotWrap) {
  const Machine machine("server-2s-perf");
  const FakeKernel kernel(machine);
  kernel.count(0, 2, 7);
  const Opened opened = open_with(machine, kernel.door());
  const Counter counter = std::get<Counter>(opened.channel("package-3").kind);
  EXPECT_EQ(counter.per_tick.value(), std::ldexp(1.0, -32));
  EXPECT_EQ(counter.wrap, 0u);
  kernel.count(0, 2, 0xffffffffffffffff);
  EXPECT_EQ(std::get<std::uint64_t>(opened.read("package-3")), 0xffffffffffffffffu);
}

TEST(RaplPerf, EventsThatThePartLacksAreNotedAndTheOthersCount) {
  const Machine machine("server-2s-perf");
  const FakeKernel kernel(machine);
  kernel.count(0, 2, 7);
  kernel.count(28, 2, 8);
  const Opened opened = open_with(machine, kernel.door());
  EXPECT_THAT(opened.names(), ElementsAre("package-1", "package-3"));
  EXPECT_THAT(opened.notes_text(), HasSubstr("dram-3"));
}

TEST(RaplPerf, ARefusedOpenNamesTheParanoidLevelAndTheCommands) {
  const Machine machine("server-2s-perf");
  const Opened opened = open_with(machine, [](const PerfEvent&) { return -EACCES; });
  EXPECT_EQ(opened.refusal.code, Errc::permission);
  EXPECT_THAT(opened.refusal.what, HasSubstr("perf_event_paranoid is 4"));
  EXPECT_THAT(opened.refusal.hint, HasSubstr("sysctl kernel.perf_event_paranoid=0"));
  EXPECT_THAT(opened.refusal.hint, HasSubstr("cap_perfmon"));
}

TEST(RaplPerf, AnEmptyReadIsAGap) {
  const Machine machine("server-2s-perf");
  const FakeKernel kernel(machine);
  kernel.count(0, 2, 7);
  const Opened opened = open_with(machine, kernel.door());
  machine.write("/counts/0-2", "");
  EXPECT_EQ(std::get<Error>(opened.read("package-3")).code, Errc::unavailable);
}

TEST(RaplPerf, ADescriptorWithoutAPositionIsReadToo) {
  const Machine machine("server-2s-perf");
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::uint64_t count = 42;
  ASSERT_EQ(::write(ends[1], &count, sizeof count), 8);
  const Opened opened = open_with(machine, [&](const PerfEvent& event) { return event.config == 2 && event.cpu == 0 ? ends[0] : -ENOENT; });
  EXPECT_EQ(std::get<std::uint64_t>(opened.read("package-3")), 42u);
  ::close(ends[1]);
}

TEST(RaplPerf, DiesOfOneSocketAreToldApart) {
  const Machine machine("server-2s-perf");
  machine.write("/sys/devices/system/cpu/cpu28/topology/physical_package_id", "3\n");
  machine.write("/sys/devices/system/cpu/cpu28/topology/die_id", "1\n");
  const FakeKernel kernel(machine);
  kernel.count(0, 2, 7);
  kernel.count(28, 2, 8);
  EXPECT_THAT(open_with(machine, kernel.door()).summed(), ElementsAre("package-3-die-0", "package-3-die-1"));
}

TEST(RaplPerf, AnEventOfAnotherUnitOrScaleIsLeftOut) {
  const Machine machine("server-2s-perf");
  const FakeKernel kernel(machine);
  for (const std::uint64_t config : {1u, 2u, 3u, 5u}) kernel.count(0, config, 1);
  machine.write("/sys/bus/event_source/devices/power/events/energy-ram.unit", "Watts\n");
  machine.write("/sys/bus/event_source/devices/power/events/energy-psys.scale", "-1\n");
  machine.write("/sys/bus/event_source/devices/power/events/energy-cores", "event=0x1ff\n");
  EXPECT_THAT(open_with(machine, kernel.door()).names(), ElementsAre("package-3"));
}

TEST(RaplPerf, WithoutThePmuItSaysSo) {
  EXPECT_EQ(open_backend(kPerfBackend, Machine("vm-kvm").host()).refusal.hint, "");
  EXPECT_EQ(open_backend(kPerfBackend, Machine("server-no-module").host()).refusal.hint, "sudo modprobe rapl");
  EXPECT_THAT(open_backend(kPerfBackend, Machine().host()).sources, IsEmpty());
}

TEST(RaplPerf, CpuLists) {
  EXPECT_THAT(parse_cpu_list("0,28\n"), ElementsAre(0, 28));
  EXPECT_THAT(parse_cpu_list("0-2,8"), ElementsAre(0, 1, 2, 8));
  EXPECT_THAT(parse_cpu_list(""), IsEmpty());
  EXPECT_THAT(parse_cpu_list("x,3-1,0-99999999999,1-2-3"), IsEmpty());
}

}  // namespace
}  // namespace carbontracker
