#include "hardware/amd_visible.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/machine.h"
#include "fakes/open_backend.h"

namespace carbontracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Node 0 is the processor; the cards are numbered otherwise than their buses: 06, 03, 05, 04. location_id 0x0600 is bus 6, device 0.
class AmdVisible : public testing::Test {
 protected:
  AmdVisible() {
    node(0, "cpu_cores_count 64\nsimd_count 0\nlocation_id 0\ndomain 0\nunique_id 0\n");
    card(1, 6, "11111111111111111111");
    card(2, 3, "1311768467463790320");  // 0x123456789abcdef0
    card(3, 5, "1311768467463790321");
    card(10, 4, "255");  // nodes are in the order of numbers: 10 is behind 3
  }
  void node(int number, const std::string& text) const { machine_.write("/sys/class/kfd/kfd/topology/nodes/" + std::to_string(number) + "/properties", text); }
  void card(int number, int bus, const std::string& id) const {
    node(number, "cpu_cores_count 0\nsimd_count 304\nlocation_id " + std::to_string(bus * 256) + "\ndomain 0\nunique_id " + id + "\n");
  }
  [[nodiscard]] AmdVisibility with(std::map<std::string, std::string> variables) const { return visible_amd_devices(machine_.host(std::move(variables))); }

  Machine machine_{"workstation-amdgpu-4"};
};

TEST_F(AmdVisible, WithoutAVariableEveryCardIs) {
  const auto seen = with({});
  EXPECT_FALSE(seen.restricted);
  EXPECT_TRUE(seen.shows("0000:03:00.0") && seen.shows("0000:99:00.0"));
}

TEST_F(AmdVisible, NumbersFollowTheTopologyAndNotTheBus) {
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", "0,3"}}).devices, ElementsAre("0000:06:00", "0000:04:00"));
  const auto seen = with({{"ROCR_VISIBLE_DEVICES", "1"}});
  EXPECT_TRUE(seen.shows("0000:03:00.0") && seen.shows("0000:03:00.1"));
  EXPECT_FALSE(seen.shows("0000:06:00.0"));
}

TEST_F(AmdVisible, HipCountsAmongWhatRocrLeaves) {
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", "3,2"}, {"HIP_VISIBLE_DEVICES", "1"}}).devices, ElementsAre("0000:05:00"));
  EXPECT_THAT(with({{"HIP_VISIBLE_DEVICES", "2"}, {"CUDA_VISIBLE_DEVICES", "0"}}).devices, ElementsAre("0000:05:00"));
  EXPECT_THAT(with({{"CUDA_VISIBLE_DEVICES", "0"}}).devices, ElementsAre("0000:06:00"));
  EXPECT_THAT(with({{"GPU_DEVICE_ORDINAL", "1,0"}}).devices, ElementsAre("0000:03:00", "0000:06:00"));
}

TEST_F(AmdVisible, WithNvidiasDriverCudasVariableMeansItsCards) {
  machine_.write("/proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54\n");
  EXPECT_FALSE(with({{"CUDA_VISIBLE_DEVICES", "0"}}).restricted);
}

TEST_F(AmdVisible, AUuidNamesOneCard) {
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", "GPU-123456789abcdef1"}}).devices, ElementsAre("0000:05:00"));
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", "GPU-00000000000000ff, gpu-123456789ABCDEF0"}}).devices, ElementsAre("0000:04:00", "0000:03:00"));
  const auto two = with({{"ROCR_VISIBLE_DEVICES", "GPU-123456789abcdef"}});  // both start so
  EXPECT_THAT(two.devices, IsEmpty());
  EXPECT_THAT(two.note, HasSubstr("\"GPU-123456789abcdef\" names no single GPU"));
}

TEST_F(AmdVisible, AListEndsAtWhatNamesNoCard) {
  const auto seen = with({{"ROCR_VISIBLE_DEVICES", "2,7,0"}});
  EXPECT_THAT(seen.devices, ElementsAre("0000:05:00"));
  EXPECT_THAT(seen.note, HasSubstr("\"7\""));
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", ""}}).devices, IsEmpty());
  EXPECT_TRUE(with({{"ROCR_VISIBLE_DEVICES", "-1"}}).restricted);
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", "-1"}}).note, IsEmpty());
}

TEST_F(AmdVisible, WithoutTheComputeDriverNothingIsLeftOut) {
  machine_.remove("/sys/class/kfd");
  EXPECT_FALSE(with({{"ROCR_VISIBLE_DEVICES", "0"}}).restricted);
}

TEST_F(AmdVisible, NonsenseInTheTopologyIsNoCard) {
  node(4, "");
  node(5, "simd_count\nlocation_id x\n\n");
  machine_.write("/sys/class/kfd/kfd/topology/nodes/six/properties", "simd_count 1\n");
  machine_.make_directory("/sys/class/kfd/kfd/topology/nodes/7");
  EXPECT_THAT(with({{"ROCR_VISIBLE_DEVICES", "3"}}).devices, ElementsAre("0000:04:00"));
}

// Slurm's ConstrainDevices: the node of a card that the control group forbids cannot be read. Numbers count what is left.
TEST_F(AmdVisible, ACardThatTheControlGroupForbidsIsAnothers) {
  for (const char* hidden : {"1", "3"}) machine_.mode(std::string("/sys/class/kfd/kfd/topology/nodes/") + hidden + "/properties", 0);
  const std::string seen = as_ordinary_user([&] {
    std::string told = with({}).restricted ? "restricted" : "every card";
    for (const std::string& device : with({}).devices) told += " " + device;
    for (const std::string& device : with({{"ROCR_VISIBLE_DEVICES", "0"}}).devices) told += "; first " + device;
    return told;
  });
  EXPECT_EQ(seen, "restricted 0000:03:00 0000:04:00; first 0000:03:00");
}

TEST_F(AmdVisible, HwmonLeavesOtherCardsOutOfTheTotal) {
  const auto opened = open_backend(kHwmonBackend, machine_.host({{"ROCR_VISIBLE_DEVICES", "1,2"}}));
  std::vector<std::string> counted;
  for (const auto& source : opened.sources)
    for (std::size_t i = 0; i < source->channels().size(); ++i)
      if (source->in_scope(i)) counted.push_back(source->channels()[i].name);
  EXPECT_THAT(counted, ElementsAre("amdgpu-0000:03:00.0", "amdgpu-0000:05:00.0"));
  EXPECT_EQ(std::get<Error>(opened.read("amdgpu-0000:06:00.0")).code, Errc::unavailable);
}

}  // namespace
}  // namespace carbontracker
