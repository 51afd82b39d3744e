#include "hardware/cpu_identity.h"

#include <gtest/gtest.h>

#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"
#include "hardware/cpu_list.h"

namespace carbontracker {
namespace {

constexpr std::string_view kTwoSockets =
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
    "model name\t: Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz\nstepping\t: 7\nphysical id\t: 0\nflags\t\t: fpu vme sse2\n\n"
    "processor\t: 1\nvendor_id\t: GenuineIntel\nphysical id\t: 3\nflags\t\t: fpu vme sse2\n\n"
    "processor\t: 2\nvendor_id\t: GenuineIntel\nphysical id\t: 0\nflags\t\t: fpu vme sse2\n";

TEST(CpuIdentity, ReadsNameNumbersAndSockets) {
  const CpuIdentity cpu = parse_cpuinfo(kTwoSockets);
  EXPECT_EQ(cpu.vendor, "intel");
  EXPECT_EQ(cpu.name, "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz");
  EXPECT_EQ(cpu.family, 6);
  EXPECT_EQ(cpu.model, 85);
  EXPECT_EQ(cpu.stepping, 7);
  EXPECT_FALSE(cpu.virtual_machine);
  ASSERT_EQ(cpu.sockets.size(), 2u);
  EXPECT_EQ(cpu.sockets[0].cpus, (std::vector<int>{0, 2}));
  EXPECT_EQ(cpu.sockets[1].id, 3);
  EXPECT_EQ(cpu.cpu_count(), 3u);
}

TEST(CpuIdentity, HypervisorFlagMakesAGuest) {
  EXPECT_TRUE(parse_cpuinfo("processor : 0\nflags : fpu rdrand hypervisor lahf_lm\n").virtual_machine);
  EXPECT_FALSE(parse_cpuinfo("processor : 0\nflags : fpu nohypervisor\n").virtual_machine);
}

constexpr std::string_view kGraviton2 =
    "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n"
    "CPU part\t: 0xd0c\nCPU revision\t: 1\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";

TEST(CpuIdentity, ArmHasNumbersInPlaceOfANameAndSysfsInPlaceOfPhysicalId) {
  TempDir dir;
  dir.write("proc/cpuinfo", kGraviton2);
  dir.write("sys/devices/system/cpu/online", "0-1\n");
  dir.write("sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n");
  dir.write("sys/devices/system/cpu/cpu1/topology/physical_package_id", "36\n");
  dir.write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  dir.write("sys/class/dmi/id/product_name", "m6g.large\n");
  const CpuIdentity cpu = identify_cpu(fake_host(dir.path()));
  EXPECT_EQ(cpu.vendor, "arm");
  EXPECT_EQ(cpu.implementer, 0x41);
  EXPECT_EQ(cpu.part, 0xd0c);
  EXPECT_TRUE(cpu.virtual_machine);
  ASSERT_EQ(cpu.sockets.size(), 2u);
  EXPECT_EQ(cpu.sockets[1].id, 36);
}

TEST(CpuIdentity, AMetalInstanceIsNoGuest) {
  TempDir dir;
  dir.write("proc/cpuinfo", kGraviton2);
  dir.write("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  dir.write("sys/class/dmi/id/product_name", "m6g.metal\n");
  EXPECT_FALSE(identify_cpu(fake_host(dir.path())).virtual_machine);
}

TEST(CpuIdentity, NothingReadableIsAnUnknownCpu) {
  TempDir dir;
  const CpuIdentity cpu = identify_cpu(fake_host(dir.path()));
  EXPECT_TRUE(cpu.name.empty());
  EXPECT_TRUE(cpu.vendor.empty());
  EXPECT_EQ(cpu.family, -1);
  EXPECT_EQ(cpu.cpu_count(), 0u);
}

TEST(CpuIdentity, HostileTextDoesNotCrash) {
  for (const std::string_view text : {"", ":", "processor :", "processor : -1\nphysical id : x\n", "model : 99999999999999\nprocessor : 1e9\n", "\n\n:\n: : :\n"})
    EXPECT_LE(parse_cpuinfo(text).cpu_count(), 1u) << text;
}

TEST(CpuList, RangesAndSingles) {
  EXPECT_EQ(parse_cpu_list("0-3,8,10-11\n"), (std::vector<int>{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_EQ(parse_cpu_list("5"), (std::vector<int>{5}));
  EXPECT_TRUE(parse_cpu_list("").empty());
  EXPECT_EQ(parse_cpu_list("x,3-1,2,2"), (std::vector<int>{2}));
  EXPECT_TRUE(parse_cpu_list("0-4000000000,65534-70000").empty());
  EXPECT_EQ(parse_cpu_list("65534-65535").size(), 2u);
}

}  // namespace
}  // namespace carbontracker
