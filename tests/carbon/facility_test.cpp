#include <gtest/gtest.h>

#include "carbon/footprint.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

Place place(std::string_view text) { return parse_place(text, "test").value_or(Place{}); }
const Host kBare = fake_host("/nonexistent");

TEST(DefaultFacility, ACloudRegionHasItsOwn) {
  const Facility site = default_facility(place("aws:eu-central-1"), kBare);
  EXPECT_DOUBLE_EQ(site.pue, 1.35);
  EXPECT_EQ(site.from, "AWS eu-central-1, 2024");
}

TEST(DefaultFacility, ElseTheProvidersFleet) {
  EXPECT_DOUBLE_EQ(default_facility(place("aws:eu-west-2"), kBare).pue, 1.14);
  EXPECT_DOUBLE_EQ(default_facility(place("gcp:europe-west3"), kBare).pue, 1.09);
  EXPECT_DOUBLE_EQ(default_facility(place("azure:uksouth"), kBare).pue, 1.17);
  EXPECT_NE(default_facility(place("azure:uksouth"), kBare).from.find("FY2025"), std::string::npos);
}

TEST(DefaultFacility, ACloudMachineWithAPlaceOfTheUsersKeepsTheFleetsPue) {
  const TempDir root;
  root.write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  EXPECT_DOUBLE_EQ(default_facility(place("DE"), fake_host(root.path())).pue, 1.14);
}

TEST(DefaultFacility, AClusterNodeTakesTheIndustryMean) {
  for (const char* variable : {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "KUBERNETES_SERVICE_HOST"}) {
    const Facility site = default_facility(place("DK"), fake_host("/nonexistent", {{variable, "1"}}));
    EXPECT_DOUBLE_EQ(site.pue, 1.54) << variable;
    EXPECT_NE(site.from.find("Uptime Institute"), std::string::npos);
    EXPECT_NE(site.from.find("default for"), std::string::npos);
  }
}

TEST(DefaultFacility, ALaptopIsOneEvenInAMachineOfVirtualFlags) {
  const TempDir root;
  root.write("sys/class/power_supply/BAT0/type", "Battery\n");
  root.write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor vme\n");
  const Facility site = default_facility(place("DK"), fake_host(root.path()));
  EXPECT_DOUBLE_EQ(site.pue, 1.0);
  EXPECT_NE(site.from.find("laptop"), std::string::npos);
}

TEST(DefaultFacility, TheBatteryOfAMouseMakesNoLaptop) {
  const TempDir root;
  root.write("sys/class/power_supply/hidpp_battery_0/type", "Battery\n");
  root.write("sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
  root.write("sys/class/dmi/id/chassis_type", "23\n");
  EXPECT_DOUBLE_EQ(default_facility(place("DK"), fake_host(root.path())).pue, 1.54);
}

TEST(DefaultFacility, AVirtualMachineOrAServerIsADefaultThatSaysSo) {
  const TempDir vm;
  vm.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu vme hypervisor\nbugs\t: none\n");
  EXPECT_DOUBLE_EQ(default_facility(place("DK"), fake_host(vm.path())).pue, 1.54);
  EXPECT_NE(default_facility(place("DK"), fake_host(vm.path())).from.find("default for a virtual machine"), std::string::npos);
  const TempDir server;
  server.write("sys/class/dmi/id/chassis_type", "17\n");
  EXPECT_DOUBLE_EQ(default_facility(place("DK"), fake_host(server.path())).pue, 1.54);
}

TEST(DefaultFacility, AWorkstationIsOne) {
  const TempDir desktop;
  desktop.write("sys/class/dmi/id/chassis_type", "3\n");
  desktop.write("proc/cpuinfo", "flags\t\t: fpu vme\n");
  EXPECT_DOUBLE_EQ(default_facility(place("DK"), fake_host(desktop.path())).pue, 1.0);
  EXPECT_EQ(default_facility(place("DK"), kBare).from, "1.0: workstation");
}

}  // namespace
}  // namespace carbontracker
