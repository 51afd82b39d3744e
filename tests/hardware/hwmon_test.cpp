#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/machine.h"
#include "fakes/open_backend.h"
#include "hardware/hwmon.h"

namespace carbontracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Opened open_machine(const char* name) {
  const auto machine = std::make_shared<Machine>(name);
  Opened opened = open_backend(kHwmonBackend, machine->host());
  opened.keeps = machine;
  return opened;
}
double watts(const Reading& reading) { return std::get<Watts>(reading).value(); }
std::uint64_t ticks(const Reading& reading) { return std::get<std::uint64_t>(reading); }

TEST(Hwmon, H1_H2_H3_H4_B052_AmdPowerIsTheAverageElseTheInput) {
  const Opened opened = open_machine("workstation-amdgpu-4");
  EXPECT_DOUBLE_EQ(watts(opened.read("amdgpu-0000:03:00.0")), 118);
  EXPECT_DOUBLE_EQ(watts(opened.read("amdgpu-0000:04:00.0")), 75);
  EXPECT_DOUBLE_EQ(watts(opened.read("amdgpu-0000:05:00.0")), 118);
  EXPECT_DOUBLE_EQ(watts(opened.read("amdgpu-0000:06:00.0")), 118);
  EXPECT_EQ(opened.channel("amdgpu-0000:03:00.0").domain, Domain::gpu);
  EXPECT_EQ(opened.channel("amdgpu-0000:03:00.0").device, "0000:03:00.0");
  EXPECT_DOUBLE_EQ(opened.channel("amdgpu-0000:03:00.0").max_power->value(), 440);  // twice its cap of 220 W
}

TEST(Hwmon, B058_AnEmptyTextIsUnknownAndACardThatSleepsIsNotWoken) {
  const Opened opened = open_machine("workstation-amdgpu-4");
  EXPECT_EQ(std::get<Error>(opened.read("amdgpu-0000:07:00.0")).code, Errc::unavailable);
  const Error asleep = std::get<Error>(opened.read("amdgpu-0000:08:00.0"));
  EXPECT_EQ(asleep.code, Errc::unavailable);
  EXPECT_THAT(asleep.what, HasSubstr("asleep"));
  EXPECT_EQ(opened.channels().size(), 6u);  // neither the disk nor the board's VGA
}

TEST(Hwmon, ACardThatSleepsIsOutOfScopeUntilItWakesAndThenForGood) {
  const Machine machine("workstation-amdgpu-4");
  const Opened opened = open_backend(kHwmonBackend, machine.host());
  EnergySource* card = nullptr;
  for (const auto& source : opened.sources)
    if (source->channels()[0].name == "amdgpu-0000:08:00.0") card = source.get();
  ASSERT_NE(card, nullptr);
  const auto status = [&](const char* text) {
    machine.write("/sys/devices/pci0000:00/0000:00:01.1/0000:08:00.0/power/runtime_status", text);
    card->refresh_scope({});
  };
  EXPECT_FALSE(card->in_scope(0));
  status("suspended\n");
  EXPECT_FALSE(card->in_scope(0));
  status("active\n");
  EXPECT_TRUE(card->in_scope(0));
  EXPECT_DOUBLE_EQ(watts(opened.read("amdgpu-0000:08:00.0")), 5);
  status("suspended\n");
  EXPECT_TRUE(card->in_scope(0));
  EXPECT_EQ(std::get<Error>(opened.read("amdgpu-0000:08:00.0")).code, Errc::unavailable);
}

TEST(Hwmon, AnIntervalThatCannotBeIsNone) {
  const Machine machine("server-grace-hopper");
  machine.write("/sys/class/hwmon/hwmon1/device/power1_average_interval", "18446744073709551615\n");
  EXPECT_DOUBLE_EQ(open_backend(kHwmonBackend, machine.host()).channel("package-0").window.count(), 0);
}

TEST(Hwmon, AnApuIsInsideThePackage) {
  const Opened opened = open_machine("laptop-amd-apu");
  EXPECT_EQ(opened.channel("amdgpu-0000:c1:00.0").contained_in, "package-0");
  EXPECT_THAT(opened.summed(), IsEmpty());
}

TEST(Hwmon, H5_H6_H7_H8_TheCardIsCountedAndNotThePackageOrTheTilesInsideIt) {
  const Opened opened = open_machine("workstation-intel-gpu");
  EXPECT_EQ(ticks(opened.read("xe-0000:03:00.0")), 1000000000u);  // card, not pkg
  EXPECT_EQ(ticks(opened.read("xe-0000:04:00.0")), 700000000u);
  EXPECT_EQ(ticks(opened.read("xe-0000:05:00.0")), 600000000u);
  EXPECT_EQ(ticks(opened.read("i915-0000:06:00.0")), 500000000u);
  EXPECT_EQ(opened.channel("i915_gt1-0000:06:00.0").contained_in, "i915-0000:06:00.0");
  EXPECT_THAT(opened.summed(), ElementsAre("i915-0000:06:00.0", "xe-0000:03:00.0", "xe-0000:04:00.0", "xe-0000:05:00.0"));
}

TEST(Hwmon, B060_XeEnergyIsACounterInMicrojoules) {
  const Counter counter = std::get<Counter>(open_machine("workstation-intel-gpu").channel("xe-0000:03:00.0").kind);
  EXPECT_DOUBLE_EQ(counter.per_tick.value(), 1e-6);
  EXPECT_EQ(counter.wrap, 0u);
}

TEST(Hwmon, B062_TheLimitIsTheCapAndNotTheCriticalThreshold) {
  EXPECT_DOUBLE_EQ(open_machine("workstation-intel-gpu").channel("xe-0000:03:00.0").max_power->value(), 400);  // twice 200 W
}

TEST(Hwmon, B064_H13_TheSameCardHasTheSameNameWhateverItsNumber) {
  const Machine machine("workstation-intel-gpu");
  const auto before = open_backend(kHwmonBackend, machine.host()).names();
  machine.rename("/sys/class/hwmon/hwmon4", "/sys/class/hwmon/hwmon11");
  machine.rename("/sys/class/hwmon/hwmon5", "/sys/class/hwmon/hwmon4");
  const Opened after = open_backend(kHwmonBackend, machine.host());
  EXPECT_EQ(after.names(), before);
  EXPECT_EQ(ticks(after.read("xe-0000:03:00.0")), 1000000000u);
}

TEST(Hwmon, H9_AllOnesIsNoFigure) {
  const Opened opened = open_machine("server-acpi-meter-invalid");
  const Error error = std::get<Error>(opened.read("platform-ACPI000D:00"));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.hint, HasSubstr("force_cap_on"));
}

TEST(Hwmon, H10_GraceIsSummedOnceAndTheModuleNever) {
  const Opened opened = open_machine("server-grace-hopper");
  EXPECT_THAT(opened.summed(), ElementsAre("package-0"));
  EXPECT_DOUBLE_EQ(watts(opened.read("package-0")), 62);
  EXPECT_DOUBLE_EQ(watts(opened.read("core-0")), 47);
  EXPECT_DOUBLE_EQ(watts(opened.read("uncore-0")), 9);
  EXPECT_DOUBLE_EQ(watts(opened.read("module-0")), 280);
  EXPECT_EQ(opened.channel("core-0").contained_in, "package-0");
  EXPECT_EQ(opened.channel("package-0").device, "socket 0");
  EXPECT_DOUBLE_EQ(opened.channel("package-0").window.count(), 0.05);
}

TEST(Hwmon, B070_AnArmServerIsLabelledByItsRealSourceAndHasNoDram) {
  const Opened opened = open_machine("server-ampere-altra");
  ASSERT_EQ(opened.sources.size(), 1u);
  EXPECT_EQ(opened.sources[0]->name(), "hwmon-apm_xgene");
  EXPECT_THAT(opened.summed(), ElementsAre("package-0", "package-io-0"));
  EXPECT_DOUBLE_EQ(watts(opened.read("package-0")), 81);
  EXPECT_DOUBLE_EQ(watts(opened.read("package-io-0")), 14);
}

TEST(Hwmon, J1_H11_B072_TheInputRailOfAJetsonIsTheTotal) {
  const Opened opened = open_machine("jetson-orin-nx");
  EXPECT_THAT(opened.summed(), ElementsAre("soc"));
  EXPECT_NEAR(watts(opened.read("soc")), 5.040 * 0.928, 1e-9);  // V x A
  EXPECT_NEAR(watts(opened.read("soc-vdd_cpu_gpu_cv")), 5.032 * 0.200, 1e-9);
  EXPECT_EQ(opened.channel("soc-vdd_cpu_gpu_cv").contained_in, "soc");
  EXPECT_EQ(opened.channels().size(), 2u);  // the disabled channel and the shunt voltages are none
}

TEST(Hwmon, J1_AJetsonIsFoundByItsBusWhereTheClassDirectoryIsNotThere) {
  Machine machine;
  const std::string directory = "/sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/";
  machine.write(directory + "name", "ina3221\n");
  machine.write(directory + "in1_label", "VDD_IN\n");
  machine.write(directory + "in1_input", "5040\n");
  machine.write(directory + "curr1_input", "928\n");
  const Opened opened = open_backend(kHwmonBackend, machine.host());
  EXPECT_NEAR(watts(opened.read("soc")), 5.040 * 0.928, 1e-9);
  EXPECT_EQ(opened.channel("soc").device, "1-0040");
}

TEST(Hwmon, AJetsonWithoutAnInputRailIsTheSumOfItsRails) {
  const Opened opened = open_machine("jetson-agx-orin");
  EXPECT_THAT(opened.summed(), ElementsAre("soc-vdd_cpu_cv", "soc-vdd_gpu_soc", "soc-vin_sys_5v0"));
  EXPECT_EQ(opened.channel("soc-vddq_vdd2_1v8ao").contained_in, "soc-vin_sys_5v0");
  EXPECT_NEAR(watts(opened.read("soc-vdd_gpu_soc")), 19.0 * 0.4, 1e-9);
}

TEST(Hwmon, J2_TheOlderJetsonDriverIsInMilliwatts) {
  const Opened opened = open_machine("jetson-xavier-nx-iio");
  EXPECT_THAT(opened.summed(), ElementsAre("soc"));
  EXPECT_NEAR(watts(opened.read("soc")), 4.673, 1e-9);
  EXPECT_NEAR(watts(opened.read("soc-vdd_soc")), 1.203, 1e-9);
}

TEST(Hwmon, TheInputOfAJetsonThorIsTheTotal) {
  const Opened opened = open_machine("jetson-thor");
  EXPECT_THAT(opened.summed(), ElementsAre("soc"));
  EXPECT_NEAR(watts(opened.read("soc")), 19.998, 1e-9);
}

TEST(Hwmon, AmdEnergyGivesItsSockets) {
  const Opened opened = open_machine("server-epyc-amd-energy");
  EXPECT_THAT(opened.names(), ElementsAre("package-0", "package-1"));
  EXPECT_EQ(ticks(opened.read("package-1")), 7000000000u);
}

TEST(Hwmon, ASecondSocketThatShowsTheFirstIsCountedOnce) {
  const Machine machine("server-epyc-amd-energy");
  machine.write("/sys/devices/platform/amd_energy.0/hwmon/hwmon1/energy4_input", "9000000100\n");
  EXPECT_THAT(open_backend(kHwmonBackend, machine.host()).summed(), ElementsAre("package-0"));
}

TEST(Hwmon, H12_H14_SuppliesAndUnnamedRailsAreNeverSummedAndBrokenEntriesAreSkipped) {
  const Opened opened = open_machine("desktop-supplies");
  EXPECT_THAT(opened.summed(), IsEmpty());
  ASSERT_EQ(opened.channels().size(), 3u);
  EXPECT_DOUBLE_EQ(watts(opened.read("platform-corsairpsu-0003:1B1C:1C0B.0001")), 180);
  EXPECT_DOUBLE_EQ(watts(opened.read("platform-ina226-0-0041")), 6);
  EXPECT_DOUBLE_EQ(watts(opened.read("platform-ltc2947-0-005c")), 12);  // 48 V x 0.25 A
}

TEST(Hwmon, GarbageIsAnErrorAndACurrentThatFlowsBackIsNoPower) {
  const Machine machine("desktop-supplies");
  const Opened opened = open_backend(kHwmonBackend, machine.host());
  const std::string file = "/sys/devices/platform/i2c-0/0-0041/hwmon/hwmon2/power1_input";
  machine.write(file, "-20\n");
  EXPECT_DOUBLE_EQ(watts(opened.read("platform-ina226-0-0041")), 0);
  for (const char* text : {"abc\n", "1.5\n", "99999999999999999999999\n"}) {
    machine.write(file, text);
    EXPECT_EQ(std::get<Error>(opened.read("platform-ina226-0-0041")).code, Errc::corrupt) << text;
  }
}

TEST(Hwmon, TwoDevicesThatTheKernelDoesNotTellApartAreTwoChannels) {
  Machine machine;
  for (const char* number : {"0", "1"}) {
    machine.write(std::string("/sys/class/hwmon/hwmon") + number + "/name", "amdgpu\n");
    machine.write(std::string("/sys/class/hwmon/hwmon") + number + "/power1_average", "10000000\n");
  }
  EXPECT_THAT(open_backend(kHwmonBackend, machine.host()).names(), ElementsAre("amdgpu", "amdgpu#2"));
}

TEST(Hwmon, AFileThatIsForRootAloneIsNotedAndTheOthersAreRead) {
  const Machine machine("workstation-amdgpu-4");
  machine.mode("/sys/devices/pci0000:00/0000:00:01.1/0000:03:00.0/hwmon/hwmon1/power1_average", 0400);
  const std::string seen = as_ordinary_user([&] {
    const Opened opened = open_backend(kHwmonBackend, machine.host());
    return std::to_string(opened.channels().size()) + " " + opened.notes_text();
  });
  EXPECT_THAT(seen, HasSubstr("5 opening"));
  EXPECT_THAT(seen, HasSubstr("sudo chmod a+r"));
}

TEST(Hwmon, AMachineWithoutPowerSensorsSaysSo) {
  Machine machine;
  machine.write("/sys/class/hwmon/hwmon0/name", "coretemp\n");
  machine.write("/sys/class/hwmon/hwmon0/temp1_input", "40000\n");
  EXPECT_THAT(open_backend(kHwmonBackend, machine.host()).refusal.what, HasSubstr("none of its 1 devices"));
}

}  // namespace
}  // namespace carbontracker
