#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/machine.h"
#include "fakes/open_backend.h"
#include "hardware/rapl_zone.h"

namespace carbontracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kTree = "/sys/devices/virtual/powercap/intel-rapl/";

Opened open_machine(const Machine& machine) { return open_backend(kPowercapBackend, machine.host()); }
Opened open_machine(const char* name) {
  const auto machine = std::make_shared<Machine>(name);
  Opened opened = open_machine(*machine);
  opened.keeps = machine;
  return opened;
}
std::uint64_t ticks(const Reading& reading) { return std::get<std::uint64_t>(reading); }
Counter counter(const Channel& channel) { return std::get<Counter>(channel.kind); }

// One zone of the flat kind that a test needs.
void zone(const Machine& machine, const std::string& id, const std::string& name, const std::string& energy) {
  machine.write("/sys/class/powercap/" + id + "/name", name + "\n");
  machine.write("/sys/class/powercap/" + id + "/energy_uj", energy);
}

TEST(Powercap, R1_B003_ThePackageOfADesktopIsCountedOnceThoughTheMmioViewShowsItToo) {
  const Opened opened = open_machine("desktop-i7-8700");
  EXPECT_THAT(opened.names(), ElementsAre("core-0", "package-0", "psys", "uncore-0"));
  EXPECT_THAT(opened.summed(), ElementsAre("package-0"));
  EXPECT_THAT(opened.channel("package-0").note, HasSubstr("intel-rapl-mmio:0"));
  EXPECT_THAT(opened.notes, IsEmpty());
}

TEST(Powercap, TheCounterIsInMicrojoulesAndWrapsOneTickAfterItsMaximum) {
  const Machine machine("desktop-i7-8700");
  const Opened opened = open_machine(machine);
  const Channel package = opened.channel("package-0");
  EXPECT_EQ(ticks(opened.read("package-0")), 240422366267u);
  EXPECT_DOUBLE_EQ(counter(package).per_tick.value(), 1e-6);
  EXPECT_EQ(counter(package).wrap, 262143328851u);
  EXPECT_DOUBLE_EQ(package.max_power->value(), 130);  // twice the 65 W that the firmware states
  EXPECT_EQ(package.origin, Origin::counter);
  EXPECT_EQ(package.device, "socket 0");
  EXPECT_EQ(package.label, "Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz");  // what was made, for the embodied share
  EXPECT_EQ(opened.channel("core-0").label, "");
}

TEST(Powercap, R2_B007_B125_PackageAndDramOfTwoSocketsAreSummedEachOnItsOwnSocket) {
  const Opened opened = open_machine("server-2s-xeon-5118");
  EXPECT_THAT(opened.summed(), ElementsAre("dram-0", "dram-1", "package-0", "package-1"));
  EXPECT_EQ(ticks(opened.read("dram-1")), 31000000000u);
  EXPECT_EQ(opened.channel("dram-1").device, "socket 1");
  EXPECT_EQ(counter(opened.channel("dram-0")).wrap, 65712999614u);
}

TEST(Powercap, R3_R21_PsysBetweenThePackagesIsNeitherASocketNorAdded) {
  const Opened opened = open_machine("server-psys-between");
  EXPECT_THAT(opened.summed(), ElementsAre("dram-0", "package-0", "package-1"));
  EXPECT_EQ(opened.channel("psys").domain, Domain::psys);
  EXPECT_EQ(ticks(opened.read("psys")), 60293987000000u);
  EXPECT_EQ(ticks(opened.read("package-1")), 6000000000u);
}

TEST(Powercap, R4_DiesAreChannelsOfTheirSocketAndAddUp) {
  const Opened opened = open_machine("server-4-dies");
  EXPECT_THAT(opened.summed(), ElementsAre("package-0-die-0", "package-0-die-1", "package-1-die-0", "package-1-die-1"));
  EXPECT_EQ(opened.channel("package-1-die-0").device, "socket 1");
}

TEST(Powercap, B001_DieSuffixesOfOnePackage) {
  const Opened opened = open_machine("server-epyc-7401p");
  EXPECT_THAT(opened.summed(), ElementsAre("package-0-die-0", "package-0-die-1", "package-0-die-2", "package-0-die-3"));
  EXPECT_DOUBLE_EQ(opened.channel("package-0-die-0").gain_error, 0.10);  // AMD: a model, not a meter
}

TEST(Powercap, B123_DiesThatMirrorOneCounterAreCountedOnce) {
  const Opened opened = open_machine("desktop-1950x-mirrored");
  EXPECT_THAT(opened.summed(), ElementsAre("package-0-die-0"));
  EXPECT_EQ(opened.channel("package-0-die-1").contained_in, "package-0-die-0");
}

TEST(Powercap, B123_DiesThatStandApartAddUp) {
  const Machine machine("desktop-1950x-mirrored");
  machine.write(std::string(kTree) + "intel-rapl:1/energy_uj", "31002000000\n");  // 2 J more
  EXPECT_THAT(open_machine(machine).summed(), ElementsAre("package-0-die-0", "package-0-die-1"));
}

TEST(Powercap, R5_B005_PhysicalIdsAreKeptAndDramFollowsTheHierarchy) {
  const Opened opened = open_machine("server-sparse-ids");
  EXPECT_THAT(opened.summed(), ElementsAre("dram-10", "dram-15", "package-10", "package-15"));
  EXPECT_EQ(ticks(opened.read("dram-15")), 300000000u);
}

TEST(Powercap, R6_FourZonesCalledDramAreFourChannels) {
  const Opened opened = open_machine("server-4s");
  EXPECT_EQ(opened.summed().size(), 8u);
  EXPECT_EQ(ticks(opened.read("dram-3")), 400000000u);
}

TEST(Powercap, R7_TheMmioViewServesWhereItIsTheOnlyOne) {
  EXPECT_THAT(open_machine("laptop-mmio-only").summed(), ElementsAre("package-0"));
}

TEST(Powercap, R8_R16_AZeroDramIsUnsupportedAndOtherControlTypesAreNoNews) {
  const Opened opened = open_machine("desktop-i7-7700-zero-dram");
  EXPECT_THAT(opened.names(), ElementsAre("core-0", "package-0"));
  ASSERT_EQ(opened.notes.size(), 1u);
  EXPECT_EQ(opened.notes[0].code, Errc::unsupported);
  EXPECT_THAT(opened.notes[0].what, HasSubstr("dram-0"));
}

TEST(Powercap, ADramThatHasOnlyBegunWithThePackageIsAChannel) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "0\n");
  zone(machine, "intel-rapl:0:0", "dram", "0\n");
  EXPECT_THAT(open_machine(machine).summed(), ElementsAre("dram-0", "package-0"));
}

TEST(Powercap, AGuestWhoseRegistersReadZeroHasNoCounter) {
  Machine machine("vm-kvm");
  zone(machine, "intel-rapl:0", "package-0", "0\n");
  const Opened opened = open_machine(machine);
  EXPECT_THAT(opened.sources, IsEmpty());
  EXPECT_THAT(opened.refusal.what, HasSubstr("reads 0"));
}

TEST(Powercap, R9_WithoutAMaximumAStepBackIsAReset) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  EXPECT_EQ(counter(open_machine(machine).channel("package-0")).wrap, 0u);
  EXPECT_DOUBLE_EQ(open_machine(machine).channel("package-0").max_power->value(), 2000);
  machine.write("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "0\n");
  EXPECT_EQ(counter(open_machine(machine).channel("package-0")).wrap, 0u);
}

TEST(Powercap, R10_ADirectoryInPlaceOfTheFileIsANoteAndTheOthersGoOn) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  machine.write("/sys/class/powercap/intel-rapl:1/name", "package-1\n");
  machine.make_directory("/sys/class/powercap/intel-rapl:1/energy_uj");
  const Opened opened = open_machine(machine);
  EXPECT_THAT(opened.summed(), ElementsAre("package-0"));
  EXPECT_THAT(opened.notes_text(), HasSubstr("intel-rapl:1/energy_uj"));
}

TEST(Powercap, R11_AReadingThatIsNoNumberIsAnErrorOfThatSampleAlone) {
  const Machine machine("desktop-i7-8700");
  const Opened opened = open_machine(machine);
  const std::string file = std::string(kTree) + "intel-rapl:0/energy_uj";
  for (const char* text : {"", "abc\n", "-5\n", "1234567890123456789012345\n"}) {
    machine.write(file, text);
    EXPECT_EQ(std::get<Error>(opened.read("package-0")).code, Errc::corrupt) << text;
    EXPECT_EQ(ticks(opened.read("psys")), 16574328968u);
  }
  for (const char* text : {"77  \n", "77\r\n", "77"}) {
    machine.write(file, text);
    EXPECT_EQ(ticks(opened.read("package-0")), 77u) << text;
  }
}

TEST(Powercap, R12_AZoneThatVanishesIsAGapAndComesBack) {
  const Machine machine("desktop-i7-8700");
  const Opened opened = open_machine(machine);
  const std::string file = std::string(kTree) + "intel-rapl:0/energy_uj";
  ASSERT_EQ(ticks(opened.read("package-0")), 240422366267u);
  machine.remove(file);
  EXPECT_EQ(std::get<Error>(opened.read("package-0")).code, Errc::not_found);
  machine.write(file, "12\n");
  EXPECT_EQ(ticks(opened.read("package-0")), 12u);
}

TEST(Powercap, R17_B013_AnAmdServerHasThePackageInItsTotalAndNoWordOnMissingLimits) {
  const Opened opened = open_machine("server-epyc-7302-root-only");  // the tests' own user may be root
  if (::geteuid() == 0) {
    EXPECT_THAT(opened.summed(), ElementsAre("package-0"));
    EXPECT_THAT(opened.notes, IsEmpty());
    EXPECT_EQ(counter(opened.channel("package-0")).wrap, 65532610988u);
  } else {
    EXPECT_EQ(opened.refusal.code, Errc::permission);
  }
}

TEST(Powercap, R18_PsysOfSapphireRapidsKeepsItsLargeRange) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  zone(machine, "intel-rapl:1", "psys", "7000000\n");
  machine.write("/sys/class/powercap/intel-rapl:1/max_energy_range_uj", "4294967295000000\n");
  const Channel psys = open_machine(machine).channel("psys");
  EXPECT_EQ(counter(psys).wrap, 4294967295000001u);
  EXPECT_THAT(psys.note, HasSubstr("steps of 1 J"));
  EXPECT_EQ(open_machine(machine).channel("package-0").note, "");
}

TEST(Powercap, R19_AGuestMayReadItsShareFromTheHost) {
  Machine machine("vm-kvm");
  machine.write("/var/scaphandre/intel-rapl:0/energy_uj", "123456\n");
  const Opened opened = open_machine(machine);
  EXPECT_THAT(opened.summed(), ElementsAre("package-0"));
  EXPECT_EQ(ticks(opened.read("package-0")), 123456u);
  EXPECT_THAT(opened.channel("package-0").note, HasSubstr("Scaphandre"));
}

TEST(Powercap, R20_AZoneOfAnOddDirectoryNameIsReadByItsNameFile) {
  Machine machine;
  zone(machine, "intel-rapl:a", "package-10", "5\n");
  EXPECT_THAT(open_machine(machine).summed(), ElementsAre("package-10"));
}

TEST(Powercap, R23_NoConstantIsAssumed) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  machine.write("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "137438953440\n");
  EXPECT_EQ(counter(open_machine(machine).channel("package-0")).wrap, 137438953441u);
}

TEST(Powercap, AZoneOfAnUnknownNameIsNamedAndLeftOut) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  for (const char* name : {"package-", "package-x", "package-0-die", "package-0-die-", "accelerator", ""}) {
    zone(machine, "intel-rapl:1", name, "6\n");
    const Opened opened = open_machine(machine);
    EXPECT_THAT(opened.summed(), ElementsAre("package-0")) << name;
    EXPECT_EQ(opened.notes.size(), 1u) << name;
  }
}

TEST(Powercap, B009_R22_B074_AMaskedContainerIsToldWhichMountIsMissing) {
  const Opened opened = open_machine("container-masked");
  EXPECT_EQ(opened.refusal.code, Errc::not_found);
  EXPECT_THAT(opened.refusal.what, HasSubstr("intel-rapl"));
  EXPECT_THAT(opened.refusal.what, HasSubstr("/sys/devices/virtual/powercap"));
  EXPECT_THAT(opened.refusal.hint, HasSubstr("-v /sys:/host/sys:ro"));
}

TEST(Powercap, B011_ControlTypesWithoutANameDoNotStopTheLoop) {
  Machine machine;
  machine.make_directory("/sys/class/powercap/intel-rapl");
  machine.make_directory("/sys/class/powercap/intel-rapl-mmio");
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  zone(machine, "intel-rapl:0:0", "core", "5\n");
  zone(machine, "intel-rapl:0:1", "uncore", "5\n");
  zone(machine, "intel-rapl:1", "package-1", "5\n");
  zone(machine, "intel-rapl-mmio:0", "package-0", "5\n");
  zone(machine, "intel-rapl-mmio:0:0", "dram", "5\n");
  EXPECT_EQ(find_zones(machine.host()).zones.size(), 6u);
  EXPECT_THAT(open_machine(machine).summed(), ElementsAre("dram-0", "package-0", "package-1"));
}

std::string seen_by_an_ordinary_user(const Machine& machine) {
  return as_ordinary_user([&] {
    const Opened opened = open_machine(machine);
    std::string text = "refusal: " + opened.refusal.what + " | " + opened.refusal.hint + "\n";
    for (const std::string& name : opened.names()) text += "channel " + name + "\n";
    return text + "notes:\n" + opened.notes_text();
  });
}

TEST(Powercap, B024_B030_B032_RootOnlyFilesAreRefusedWithTheFileTheReasonAndTheCommands) {
  const std::string seen = seen_by_an_ordinary_user(Machine("server-epyc-7302-root-only"));
  EXPECT_THAT(seen, HasSubstr("intel-rapl:0/energy_uj"));
  EXPECT_THAT(seen, HasSubstr("CVE-2020-8694"));
  EXPECT_THAT(seen, HasSubstr("cap_dac_read_search"));
  EXPECT_THAT(seen, HasSubstr("chgrp powercap"));
  EXPECT_THAT(seen, Not(HasSubstr("channel ")));
}

TEST(Powercap, B026_TheReadableViewOfAPackageIsUsedWhicheverItIs) {
  Machine machine;
  zone(machine, "intel-rapl:0", "package-0", "5\n");
  zone(machine, "intel-rapl-mmio:0", "package-0", "6\n");
  machine.mode("/sys/class/powercap/intel-rapl-mmio:0/energy_uj", 0400);
  EXPECT_EQ(seen_by_an_ordinary_user(machine), "refusal:  | \nchannel package-0\nnotes:\n");
  machine.mode("/sys/class/powercap/intel-rapl-mmio:0/energy_uj", 0444);
  machine.mode("/sys/class/powercap/intel-rapl:0/energy_uj", 0400);
  EXPECT_EQ(seen_by_an_ordinary_user(machine), "refusal:  | \nchannel package-0\nnotes:\n");
}

TEST(Powercap, B028_MixedModesGiveOneMessageAndTheOthersAreRead) {
  Machine machine;
  for (const char* id : {"0", "1", "2"}) zone(machine, std::string("intel-rapl:") + id, std::string("package-") + id, "5\n");
  machine.mode("/sys/class/powercap/intel-rapl:0/energy_uj", 0400);
  machine.mode("/sys/class/powercap/intel-rapl:2/energy_uj", 0400);
  const std::string seen = seen_by_an_ordinary_user(machine);
  EXPECT_THAT(seen, HasSubstr("channel package-1\n"));
  EXPECT_THAT(seen, HasSubstr("intel-rapl:0/energy_uj and 1 more"));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), '|'), 2);  // the (empty) refusal and one note
}

TEST(Powercap, B076_B078_AVirtualMachineIsOneSentenceAndNoAdviceThatCannotHelp) {
  for (const char* name : {"vm-kvm", "vm-vmware-empty"}) {
    const Opened opened = open_machine(name);
    EXPECT_THAT(opened.refusal.what, HasSubstr("virtual machine")) << name;
    EXPECT_EQ(opened.refusal.hint, "") << name;
  }
}

TEST(Powercap, BareMetalWithoutTheDriverIsToldToLoadIt) {
  EXPECT_EQ(open_machine("server-no-module").refusal.hint, "sudo modprobe intel_rapl_msr");
}

TEST(Powercap, B121_OnlyThePackageOfPsysPackageCoreAndUncoreIsSummed) {
  const Opened opened = open_machine("desktop-i7-8700");
  EXPECT_THAT(opened.summed(), ElementsAre("package-0"));
  EXPECT_EQ(opened.channel("core-0").contained_in, "package-0");
  EXPECT_EQ(opened.channel("uncore-0").contained_in, "package-0");
  EXPECT_FALSE(is_headline(opened.channel("psys").domain));
}

}  // namespace
}  // namespace carbontracker
