#include "hardware/visible_devices.h"

#include <gmock/gmock.h>

namespace carbontracker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<GpuIdentity> three_alike() {
  return {{"GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "0000:10:00.0", "A100", 1e7, 80, {}},
          {"GPU-89aaaaaa-0000-0000-0000-000000000001", "0000:20:00.0", "A100", 1e7, 80, {}},
          {"GPU-0bbbbbbb-0000-0000-0000-000000000002", "0000:30:00.0", "A100", 1e7, 80, {}}};
}

// 1408 cores at 1785 MHz and 10496 at 1695 MHz, as the makers give them.
std::vector<GpuIdentity> a_1660_and_a_3090() {
  return {{"GPU-16600000-0000-0000-0000-000000000000", "0000:01:00.0", "GTX 1660 SUPER", 1408.0 * 1785, 75, {}},
          {"GPU-30900000-0000-0000-0000-000000000000", "0000:02:00.0", "RTX 3090", 10496.0 * 1695, 86, {}}};
}

std::vector<std::size_t> seen(std::string_view list, const std::vector<GpuIdentity>& gpus = three_alike()) {
  return visible_devices(list, std::nullopt, gpus).gpus;
}

TEST(VisibleDevices, B037_EachSpellingShowsWhatCudaShows) {
  EXPECT_THAT(visible_devices(std::nullopt, std::nullopt, three_alike()).gpus, ElementsAre(0, 1, 2));
  EXPECT_THAT(seen(""), IsEmpty());
  EXPECT_THAT(seen("0,2,-1,1"), ElementsAre(0, 2));
  EXPECT_THAT(seen("2,1"), ElementsAre(2, 1));
  EXPECT_THAT(seen("GPU-8932f937"), ElementsAre(0));
}

TEST(VisibleDevices, SpacesAndTrailingTextAreReadAsStrtoulReadsThem) {
  EXPECT_THAT(seen(" 1 , 2"), ElementsAre(1, 2));
  EXPECT_THAT(seen("1gpu2,2ampere"), ElementsAre(1, 2));
  EXPECT_THAT(seen("+1"), ElementsAre(1));
  EXPECT_THAT(seen("0,,1"), ElementsAre(0));
}

TEST(VisibleDevices, WordsForNoneHideEveryCardWithoutRemark) {
  for (const char* word : {"NoDevFiles", "none", "void", "-1", " "}) {
    const Visibility result = visible_devices(word, std::nullopt, three_alike());
    EXPECT_THAT(result.gpus, IsEmpty()) << word;
    EXPECT_EQ(result.note, "") << word;
  }
}

TEST(VisibleDevices, WhatFollowsAnUnknownCardIsIgnoredAndSaidSo) {
  for (const char* list : {"1,3,0", "1,99999999999999999999,0", "1,x,0"}) {
    const Visibility result = visible_devices(list, std::nullopt, three_alike());
    EXPECT_THAT(result.gpus, ElementsAre(1)) << list;
    EXPECT_THAT(result.note, HasSubstr("names no single GPU")) << list;
    EXPECT_FALSE(result.ambiguous);
  }
}

TEST(VisibleDevices, AShortUuidMustBeUnique) {
  EXPECT_THAT(seen("GPU-89"), IsEmpty());  // two cards start so
  EXPECT_THAT(seen("GPU-89a,GPU-0b"), ElementsAre(1, 2));
  EXPECT_THAT(seen("GPU-0b,GPU-ffff,GPU-89a"), ElementsAre(2));
  EXPECT_THAT(seen("GPU-0b,1"), ElementsAre(2));  // a list is of one kind
  EXPECT_THAT(seen("1,GPU-0b"), ElementsAre(1));
}

TEST(VisibleDevices, ACardNamedTwiceHidesAll) {
  EXPECT_THAT(seen("0,1,0"), IsEmpty());
  EXPECT_THAT(seen("GPU-0b,GPU-0bb"), IsEmpty());
  EXPECT_THAT(visible_devices("0,0", std::nullopt, three_alike()).note, HasSubstr("twice"));
}

TEST(VisibleDevices, MigInstancesStandForTheirCardOnce) {
  auto gpus = three_alike();
  gpus[1].instances = {"MIG-11111111-0000-0000-0000-000000000000", "MIG-22222222-0000-0000-0000-000000000000"};
  EXPECT_THAT(seen("MIG-11111111-0000-0000-0000-000000000000,MIG-22222222-0000-0000-0000-000000000000", gpus), ElementsAre(1));
  EXPECT_THAT(seen("MIG-2222", gpus), ElementsAre(1));
  EXPECT_THAT(seen("MIG-GPU-0bbbbbbb-0000-0000-0000-000000000002/1/0", gpus), ElementsAre(2));
  EXPECT_THAT(seen("MIG-GPU-0bbbbbbb-0000-0000-0000-000000000002/1/0,MIG-GPU-0bbbbbbb-0000-0000-0000-000000000002/2/0", gpus), ElementsAre(2));
  EXPECT_THAT(seen("MIG-33333333-0000-0000-0000-000000000000", gpus), IsEmpty());
}

TEST(VisibleDevices, B039_NumbersCountFastestFirstUnlessTheBusOrderIsAsked) {
  const auto gpus = a_1660_and_a_3090();
  const Visibility by_speed = visible_devices("0", std::nullopt, gpus);
  EXPECT_THAT(by_speed.gpus, ElementsAre(1));
  EXPECT_TRUE(by_speed.ambiguous);
  EXPECT_THAT(by_speed.note, HasSubstr("guess"));
  EXPECT_THAT(by_speed.remedy, HasSubstr("CUDA_DEVICE_ORDER=PCI_BUS_ID"));

  const Visibility by_bus = visible_devices("0", "PCI_BUS_ID", gpus);
  EXPECT_THAT(by_bus.gpus, ElementsAre(0));
  EXPECT_FALSE(by_bus.ambiguous);
  EXPECT_EQ(by_bus.note, "");
}

TEST(VisibleDevices, B039_NothingIsAmbiguousWhereTheOrderDoesNotMatter) {
  EXPECT_FALSE(visible_devices("1,0", std::nullopt, a_1660_and_a_3090()).ambiguous);
  EXPECT_FALSE(visible_devices(std::nullopt, std::nullopt, a_1660_and_a_3090()).ambiguous);
  EXPECT_FALSE(visible_devices("GPU-1660", std::nullopt, a_1660_and_a_3090()).ambiguous);
  EXPECT_FALSE(visible_devices("1", std::nullopt, three_alike()).ambiguous);
}

TEST(VisibleDevices, WithoutSpeedsTheNewerCardIsTakenAsFaster) {
  auto gpus = a_1660_and_a_3090();
  gpus[0].speed = 0;
  EXPECT_THAT(seen("0", gpus), ElementsAre(1));
}

TEST(VisibleDevices, TheBusOrderIsTheAddressesNotTheListings) {
  auto gpus = three_alike();
  std::swap(gpus[0].pci, gpus[2].pci);
  EXPECT_THAT(visible_devices("0", "PCI_BUS_ID", gpus).gpus, ElementsAre(2));
}

TEST(VisibleDevices, NoCardsNoAnswer) { EXPECT_THAT(visible_devices("0", std::nullopt, {}).gpus, IsEmpty()); }

TEST(PciAddress, IsWrittenAsSysfsWritesIt) {
  EXPECT_EQ(normal_pci_address("00000000:65:00.0"), "0000:65:00.0");
  EXPECT_EQ(normal_pci_address("00000000:C1:00.0"), "0000:c1:00.0");
  EXPECT_EQ(normal_pci_address("65:00.0"), "0000:65:00.0");
  EXPECT_EQ(normal_pci_address("00010000:01:00.0"), "00010000:01:00.0");  // a domain beyond 16 bits keeps its digits
  EXPECT_EQ(normal_pci_address("0009:01:00.0"), "0009:01:00.0");
  EXPECT_EQ(normal_pci_address("N/A"), "N/A");
}

}  // namespace
}  // namespace carbontracker
