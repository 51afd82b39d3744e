#include "hardware/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "fakes/machine.h"

namespace carbontracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class NamedSource final : public EnergySource {
 public:
  NamedSource(std::string name, std::string channel, Domain domain) : name_(std::move(name)) {
    channels_.push_back({std::move(channel), domain});
  }
  std::string_view name() const override { return name_; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading>) override {}

 private:
  std::string name_;
  std::vector<Channel> channels_;
};

using Opening = Result<std::vector<std::unique_ptr<EnergySource>>>;

Opening one(std::string name, std::string channel, Domain domain) {
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<NamedSource>(std::move(name), std::move(channel), domain));
  return sources;
}

// Models and vendors that always answer; the counters are the real families, on fake machines.
constexpr Backend kCpu{"cpu-model", false, [](const Host&, const Clock&, std::vector<Error>&) { return one("cpu-model", "package-0", Domain::package); }};
constexpr Backend kMemory{"memory-model", false, [](const Host&, const Clock&, std::vector<Error>&) { return one("memory-model", "dram-0", Domain::dram); }};
constexpr Backend kDeclared{"synthetic", false, [](const Host&, const Clock&, std::vector<Error>&) { return one("synthetic", "gpu0", Domain::gpu); }};
constexpr Backend kBroken{"synthetic", false, [](const Host&, const Clock&, std::vector<Error>&) -> Opening { return unexpected(Errc::invalid_input, "what?"); }};
constexpr Backend kPerf{"rapl-perf", false, [](const Host& host, const Clock&, std::vector<Error>&) -> Opening {
  if (host.env("PERF") == "opens") return one("rapl-perf", "package-0", Domain::package);
  if (host.env("PERF") == "forbidden") return unexpected(Errc::permission, "perf refused");
  return unexpected(Errc::not_found, "no PMU");
}};
constexpr Backend kVendor{"nvml", true, nullptr};

const Backend* const kCounters[] = {&kPowercapBackend, &kPerf};
const Backend* const kVendors[] = {&kVendor};
const Families kFakes{&kDeclared, kCounters, &kHwmonBackend, &kCpu, &kMemory, kVendors};

struct Seen {
  Inventory inventory;
  std::size_t vendors;

  [[nodiscard]] std::vector<std::string> sources() const {
    std::vector<std::string> all;
    for (const auto& source : inventory.sources) all.emplace_back(source->name());
    return all;
  }
  // Refusals by which something is missed.
  [[nodiscard]] std::vector<std::string> missed() const {
    std::vector<std::string> all;
    for (const Refusal& refusal : inventory.refusals)
      if (!refusal.superseded) all.push_back(refusal.backend);
    return all;
  }
};

Seen look(const Host& host, const Families& families = kFakes) {
  static const FakeClock clock;  // sources keep it
  Inventory inventory = open_inventory(host, clock, families);
  const std::size_t vendors = vendor_backends(host, inventory, families).size();
  return {std::move(inventory), vendors};
}

TEST(Inventory, B127_MeasuredPackagesAndDramLeaveNoRoomForModels) {
  const Seen seen = look(Machine("server-2s-xeon-5118").host());
  EXPECT_THAT(seen.sources(), ElementsAre("rapl-powercap"));
  EXPECT_THAT(seen.missed(), IsEmpty());
  EXPECT_EQ(seen.vendors, 1u);
}

TEST(Inventory, EveryFamilyIsNamedWhetherItOpenedOrNot) {
  const Seen seen = look(Machine("server-2s-xeon-5118").host());
  std::vector<std::string> named;
  for (const Refusal& refusal : seen.inventory.refusals) named.push_back(refusal.backend);
  EXPECT_THAT(named, UnorderedElementsAre("rapl-perf", "hwmon", "cpu-model", "memory-model"));
}

TEST(Inventory, AMachineWithoutADramCounterHasItsMemoryModelled) {
  EXPECT_THAT(look(Machine("desktop-i7-8700").host()).sources(), ElementsAre("rapl-powercap", "memory-model"));
}

TEST(Inventory, R16_AZeroDramIsModelledAndSaidToBe) {
  const Seen seen = look(Machine("desktop-i7-7700-zero-dram").host());
  EXPECT_THAT(seen.sources(), ElementsAre("rapl-powercap", "memory-model"));
  ASSERT_EQ(seen.inventory.notes.size(), 1u);
  EXPECT_EQ(seen.inventory.notes[0].backend, "rapl-powercap");
}

TEST(Inventory, B078_AVirtualMachineStartsInEstimateModeAndKeepsTheReason) {
  const Seen seen = look(Machine("vm-kvm").host());
  EXPECT_THAT(seen.sources(), ElementsAre("cpu-model", "memory-model"));
  EXPECT_THAT(seen.missed(), ElementsAre("rapl-powercap"));
  EXPECT_THAT(look(Machine("vm-kvm").host({{"PERF", "forbidden"}})).missed(), ElementsAre("rapl-powercap", "rapl-perf"));
  EXPECT_THAT(seen.inventory.refusals[0].error.what, HasSubstr("virtual machine"));
}

TEST(Inventory, PerfEventsServeWherePowercapDoesNot) {
  const Machine machine("vm-kvm");
  const Seen seen = look(machine.host({{"PERF", "opens"}}));
  EXPECT_THAT(seen.sources(), ElementsAre("rapl-perf", "memory-model"));
  EXPECT_THAT(seen.missed(), IsEmpty());
}

TEST(Inventory, B024_UnreadableCountersFallToTheModelAndSaySo) {
  const Machine machine("server-epyc-7302-root-only");
  const std::string text = as_ordinary_user([&] {
    const Seen seen = look(machine.host());
    std::string all;
    for (const std::string& name : seen.sources()) all += name + " ";
    for (const Refusal& refusal : seen.inventory.refusals)
      if (!refusal.superseded) all += "| " + refusal.backend + ": " + refusal.error.what;
    return all;
  });
  EXPECT_THAT(text, HasSubstr("cpu-model memory-model | rapl-powercap: "));
  EXPECT_THAT(text, HasSubstr("energy_uj"));
}

TEST(Inventory, AProcessorThatHwmonMeasuresIsNotModelled) {
  const Seen ampere = look(Machine("server-ampere-altra").host());
  EXPECT_THAT(ampere.sources(), ElementsAre("hwmon-apm_xgene", "memory-model"));
  EXPECT_THAT(ampere.missed(), IsEmpty());
}

TEST(Inventory, GraceIncludesItsMemory) {
  EXPECT_THAT(look(Machine("server-grace-hopper").host()).sources(),
              ElementsAre("hwmon-power_meter", "hwmon-power_meter", "hwmon-power_meter", "hwmon-power_meter"));
}

TEST(Inventory, HwmonsPackagesAreNotAddedToRapls) {
  Machine machine("server-epyc-amd-energy");
  machine.write("/sys/class/powercap/intel-rapl:0/name", "package-0\n");
  machine.write("/sys/class/powercap/intel-rapl:0/energy_uj", "5\n");
  const Seen seen = look(machine.host());
  EXPECT_THAT(seen.sources(), ElementsAre("rapl-powercap", "memory-model"));
  ASSERT_EQ(seen.inventory.notes.size(), 1u);
  EXPECT_EQ(seen.inventory.notes[0].backend, "hwmon-amd_energy");
  EXPECT_TRUE(seen.inventory.notes[0].superseded);
}

TEST(Inventory, HwmonsGraphicsCardsAreTakenBesideTheProcessor) {
  const Seen seen = look(Machine("laptop-amd-apu").host());
  EXPECT_THAT(seen.sources(), ElementsAre("rapl-powercap", "hwmon-amdgpu", "memory-model"));
}

TEST(Inventory, B072_AJetsonsTotalLeavesNoRoomForModelsOrVendorLibraries) {
  const Seen seen = look(Machine("jetson-orin-nx").host());
  EXPECT_THAT(seen.sources(), ElementsAre("hwmon-ina3221"));
  EXPECT_EQ(seen.vendors, 0u);
}

TEST(Inventory, ADeclaredMachineReplacesTheRealOneEntirely) {
  const Machine machine("server-2s-xeon-5118");
  const Seen seen = look(machine.host({{"CARBONTRACKER_SYNTHETIC", "gpu0=const:300"}}));
  EXPECT_THAT(seen.sources(), ElementsAre("synthetic"));
  EXPECT_THAT(seen.inventory.refusals, IsEmpty());
  EXPECT_EQ(seen.vendors, 0u);
  EXPECT_THAT(look(machine.host({{"CARBONTRACKER_SYNTHETIC", ""}})).sources(), ElementsAre("rapl-powercap"));
}

// With the families that ship. /proc has what the models need; the archives are of sensors alone.
Host with_proc(const Machine& machine, std::map<std::string, std::string> variables = {}) {
  machine.write("/proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 50 0 50 400 0 0 0 0 0 0\ncpu1 50 0 50 400 0 0 0 0 0 0\n");
  machine.write("/proc/meminfo", "MemTotal:       16384000 kB\nMemAvailable:   8192000 kB\n");
  return machine.host(std::move(variables));
}

TEST(InventoryOfAllFamilies, AVirtualMachineIsModelledInBothParts) {
  const Machine machine("vm-kvm");
  const Seen seen = look(with_proc(machine), all_families());
  EXPECT_THAT(seen.sources(), ElementsAre(kCpuModelBackend.name, kMemoryModelBackend.name));
  EXPECT_THAT(seen.missed(), ElementsAre("rapl-powercap"));
}

TEST(InventoryOfAllFamilies, AServerIsMeasuredAndNotModelled) {
  const Machine machine("server-2s-xeon-5118");
  EXPECT_THAT(look(with_proc(machine), all_families()).sources(), ElementsAre("rapl-powercap"));
}

TEST(InventoryOfAllFamilies, ADeclarationIsTheWholeMachine) {
  const Machine machine("server-2s-xeon-5118");
  const Seen seen = look(with_proc(machine, {{"CARBONTRACKER_SYNTHETIC", "gpu0=square:100:400:2s gpu1=const:300 package-0=const:90"}}), all_families());
  std::vector<std::string> channels;
  for (const auto& source : seen.inventory.sources)
    for (const Channel& channel : source->channels()) channels.push_back(channel.name);
  EXPECT_THAT(channels, UnorderedElementsAre("gpu0", "gpu1", "package-0"));
}

TEST(InventoryOfAllFamilies, AnEmptyRootHasNoSourceAndAReasonForEach) {
  const Machine machine;
  const Seen seen = look(machine.host(), all_families());
  EXPECT_THAT(seen.sources(), IsEmpty());
  for (const Refusal& refusal : seen.inventory.refusals) EXPECT_FALSE(refusal.error.what.empty()) << refusal.backend;
  EXPECT_EQ(seen.inventory.refusals.size(), 5u);
}

TEST(Inventory, ADeclarationThatDoesNotParseIsRefusedAndNothingElseIsMeasured) {
  Families families = kFakes;
  families.synthetic = &kBroken;
  const Machine machine("server-2s-xeon-5118");
  const Seen seen = look(machine.host({{"CARBONTRACKER_SYNTHETIC", "?"}}), families);
  EXPECT_THAT(seen.sources(), IsEmpty());
  EXPECT_THAT(seen.missed(), ElementsAre("synthetic"));
}

}  // namespace
}  // namespace carbontracker
