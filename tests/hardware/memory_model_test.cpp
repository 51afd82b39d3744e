#include "hardware/memory_model.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"
#include "hardware/backend.h"

namespace carbontracker {
namespace {

struct Opened {
  TempDir dir;
  FakeClock clock;
  std::vector<Error> notes;
  Result<std::vector<std::unique_ptr<EnergySource>>> open(std::map<std::string, std::string> environment = {}) {
    return kMemoryModelBackend.open(fake_host(dir.path(), std::move(environment)), clock, notes);
  }
};

TEST(MemoryModel, WattsAGigabyteForOrdinaryMachines) {
  EXPECT_NEAR(modelled_memory_power(16e9).value(), 5.96, 1e-9);   // 16 x 0.3725
  EXPECT_NEAR(modelled_memory_power(32e9).value(), 11.92, 1e-9);
}

TEST(MemoryModel, B129_LargeMemoryIsBoundedByItsModules) {
  // 503.356 GB are 16 modules of 32 GB at 5 W; at 0.375 W/GB they would be 189 W, more than the CPUs.
  EXPECT_NEAR(modelled_memory_power(503.356e9).value(), 80, 1e-9);
  EXPECT_NEAR(modelled_memory_power(12e12).value(), 160, 1e-9);  // 32 modules, however large
}

TEST(MemoryModel, PowerGrowsWithSize) {
  double last = 0;
  for (double gigabytes = 1; gigabytes < 4096; gigabytes *= 1.1) {
    const double watts = modelled_memory_power(gigabytes * 1e9).value();
    EXPECT_GE(watts, last) << gigabytes;
    last = watts;
  }
}

TEST(MemoryModel, CountsJoulesByTheClock) {
  Opened machine;
  machine.dir.write("proc/meminfo", "MemTotal:       15625000 kB\nMemFree: 1 kB\n");  // 16e9 bytes: 5.96 W
  auto opened = machine.open();
  ASSERT_TRUE(opened);
  EnergySource& source = *opened->front();
  const Channel& channel = source.channels()[0];
  EXPECT_EQ(channel.name, "dram-0");
  EXPECT_EQ(channel.domain, Domain::dram);
  EXPECT_EQ(channel.origin, Origin::model);
  EXPECT_DOUBLE_EQ(channel.gain_error, 0.5);
  Reading reading;
  source.read({&reading, 1});
  EXPECT_EQ(std::get<std::uint64_t>(reading), 0u);
  machine.clock.advance(Seconds(100));
  source.read({&reading, 1});
  EXPECT_NEAR(static_cast<double>(std::get<std::uint64_t>(reading)), 596e6, 2);
}

TEST(MemoryModel, B082_AJobIsChargedItsShareOfTheNode) {
  Opened machine;
  machine.dir.write("proc/meminfo", "MemTotal:       500000000 kB\n");  // 512 GB: 16 modules, 80 W
  machine.dir.write("proc/self/cgroup", "0::/job\n");
  machine.dir.write("sys/fs/cgroup/job/memory.max", "64000000000\n");   // an eighth
  auto opened = machine.open();
  ASSERT_TRUE(opened);
  machine.clock.advance(Seconds(1));
  Reading reading;
  opened->front()->read({&reading, 1});
  EXPECT_NEAR(static_cast<double>(std::get<std::uint64_t>(reading)), 10e6, 2);
  EXPECT_NE(opened->front()->channels()[0].note.find("64 of 512 GB by cgroup memory.max"), std::string::npos) << opened->front()->channels()[0].note;
}

TEST(MemoryModel, RefusesWithoutMeminfo) {
  Opened machine;
  auto opened = machine.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
  EXPECT_FALSE(opened.error().hint.empty());
  machine.dir.write("proc/meminfo", "MemTotal: lots\n");
  EXPECT_EQ(machine.open().error().code, Errc::corrupt);
}

}  // namespace
}  // namespace carbontracker
