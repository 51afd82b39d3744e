// Which cards concern a run, and how much of each is its own.

#include <gmock/gmock.h>

#include <numeric>

#include "fakes/nvml_fake.h"

namespace carbontracker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Sources = std::vector<std::unique_ptr<EnergySource>>;

std::vector<int> scope_of(const EnergySource& source) {
  std::vector<int> in;
  for (std::size_t i = 0; i < source.channels().size(); ++i)
    if (source.in_scope(i)) in.push_back(static_cast<int>(i));
  return in;
}

TEST(NvmlScope, B149_NothingSetMeansEveryCardAndNoRemark) {
  NvmlFake fake("gpu repeat=4\n");
  const Sources sources = fake.open().value();
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(fake.notes, IsEmpty());
  for (const Channel& channel : sources[0]->channels()) EXPECT_EQ(channel.note, "");
}

TEST(NvmlScope, HiddenCardsAreChannelsThatAreNeverAsked) {
  NvmlFake fake("gpu repeat=3\n", {{"CUDA_VISIBLE_DEVICES", "1"}});
  const Sources sources = fake.open().value();
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(1));
  EXPECT_THAT(scope_of(*sources[1]), testing::ElementsAre(1));
  const auto energy = fake.calls(0, "energy"), power = fake.calls(0, "instant");
  const auto readings = readings_of(*sources[0]);
  EXPECT_EQ(std::get<Error>(readings[0]).code, Errc::unavailable);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(readings[1]));
  EXPECT_EQ(std::get<Error>(readings_of(*sources[1])[2]).code, Errc::unavailable);
  EXPECT_EQ(fake.calls(0, "energy"), energy);
  EXPECT_EQ(fake.calls(0, "instant"), power);
}

TEST(NvmlScope, B095_RanksThatSeeOneCardEachCoverTheNodeOnce) {
  std::vector<int> covered;
  for (const char* rank : {"0", "1", "2", "3"}) {
    NvmlFake fake("gpu repeat=4\n", {{"CUDA_VISIBLE_DEVICES", rank}});
    const Sources sources = fake.open().value();
    for (const int gpu : scope_of(*sources[0])) covered.push_back(gpu);
  }
  EXPECT_THAT(covered, testing::ElementsAre(0, 1, 2, 3));
}

TEST(NvmlScope, B039_AGuessIsMarkedOnEveryChannel) {
  const char* script = "gpu name=\"GTX 1660 SUPER\" cc=7.5 cores=1408 clock=1785\ngpu name=\"RTX 3090\" cc=8.6 cores=10496 clock=1695\n";
  NvmlFake fake(script, {{"CUDA_VISIBLE_DEVICES", "0"}});
  const Sources sources = fake.open().value();
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(1));
  EXPECT_THAT(sources[0]->channels()[1].note, HasSubstr("guess"));
  ASSERT_THAT(fake.notes, SizeIs(1));
  EXPECT_THAT(fake.notes[0].hint, HasSubstr("PCI_BUS_ID"));
}

TEST(NvmlScope, B039_ByBusOrderTheFirstCardIsMeant) {
  const char* script = "gpu name=\"GTX 1660 SUPER\" cc=7.5 cores=1408 clock=1785\ngpu name=\"RTX 3090\" cc=8.6 cores=10496 clock=1695\n";
  NvmlFake fake(script, {{"CUDA_VISIBLE_DEVICES", "0"}, {"CUDA_DEVICE_ORDER", "PCI_BUS_ID"}});
  const Sources sources = fake.open().value();
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0));
  EXPECT_THAT(fake.notes, IsEmpty());
}

TEST(NvmlScope, MigInstancesOfOneCardAreThatCardOnce) {  // N3
  NvmlFake fake("gpu\ngpu mig=MIG-aaaa1111-0,MIG-bbbb2222-0\n", {{"CUDA_VISIBLE_DEVICES", "MIG-aaaa1111-0,MIG-bbbb2222-0"}});
  const Sources sources = fake.open().value();
  ASSERT_THAT(sources[0]->channels(), SizeIs(2));
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(1));
  EXPECT_THAT(fake.notes, IsEmpty());
}

TEST(NvmlScope, TheProcessListWidensTheScopeForGood) {
  NvmlFake fake("gpu\ngpu\n", {{"CUDA_VISIBLE_DEVICES", "0"}});
  const std::string list = fake.directory.path("procs");
  fake.directory.write("script", "gpu\ngpu procs_file=" + list + "\n");
  fake.directory.write("procs", "555 90\n");
  const Sources sources = fake.open().value();
  const int ours[] = {41, 42};
  sources[0]->refresh_scope(ours);
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0));  // 555 is someone else

  fake.directory.write("procs", "555 90\n42 10\n");
  fake.clock.advance(Seconds(1));
  sources[0]->refresh_scope(ours);
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0, 1));
  EXPECT_THAT(scope_of(*sources[1]), testing::ElementsAre(0, 1));  // both sources of the card
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(readings_of(*sources[0])[1]));

  fake.directory.write("procs", "");
  fake.clock.advance(Seconds(1));
  sources[0]->refresh_scope(ours);
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0, 1));
}

TEST(NvmlScope, ProcessListsAreAskedForAtMostTwiceASecond) {
  NvmlFake fake("gpu procs=42:10\n");
  const Sources sources = fake.open().value();
  const int ours[] = {42};
  for (int i = 0; i < 10; ++i) (void)sources[0]->process_share(0, ours), (void)sources[1]->process_share(0, ours);
  EXPECT_EQ(fake.calls(0, "processes"), 1u);
}

TEST(NvmlScope, ClientsOfAMultiProcessServerAreFound) {
  NvmlFake fake("gpu\ngpu procs=900:80 mps=42:80\n", {{"CUDA_VISIBLE_DEVICES", "0"}});
  const Sources sources = fake.open().value();
  const int ours[] = {42};
  sources[0]->refresh_scope(ours);
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0, 1));
}

TEST(NvmlScope, MoreProcessesThanExpectedAreAllSeen) {
  NvmlFake fake("gpu\n");
  std::string list;
  for (int pid = 1001; pid <= 1200; ++pid) list += std::to_string(pid) + " 1\n";
  fake.directory.write("procs", list);
  fake.directory.write("script", "gpu procs_file=" + fake.directory.path("procs") + "\n");
  const Sources sources = fake.open().value();
  std::vector<int> ours(50);
  std::iota(ours.begin(), ours.end(), 1151);  // the last 50 of 200
  ASSERT_TRUE(sources[0]->process_share(0, ours));
  EXPECT_NEAR(*sources[0]->process_share(0, ours), 0.25, 1e-12);
}

TEST(NvmlScope, ASharedCardIsSplitBySmTime) {
  NvmlFake fake("gpu procs=42:30,43:15,99:15\n");
  const Sources sources = fake.open().value();
  const int ours[] = {42, 43};
  ASSERT_TRUE(sources[0]->process_share(0, ours));
  EXPECT_NEAR(*sources[0]->process_share(0, ours), 0.75, 1e-12);  // (30 + 15) of 60
}

TEST(NvmlScope, ACardOfOursAloneIsWhollyOursAndAnothersIsNot) {
  NvmlFake fake("gpu procs=42:5\ngpu procs=99:80\ngpu\n");
  const Sources sources = fake.open().value();
  const int ours[] = {42};
  EXPECT_EQ(sources[0]->process_share(0, ours), 1.0);
  EXPECT_EQ(sources[0]->process_share(1, ours), 0.0);
  EXPECT_EQ(sources[0]->process_share(2, ours), 0.0);
}

TEST(NvmlScope, WhatTheDriverDoesNotTellIsNotMadeUp) {
  NvmlFake fake("gpu fail=processes:3\ngpu procs=42:0,99:0\ngpu procs=42:10,99:10 fail=utilization:3\n");
  const Sources sources = fake.open().value();
  const int ours[] = {42};
  EXPECT_EQ(sources[0]->process_share(0, ours), std::nullopt);
  EXPECT_EQ(sources[0]->process_share(1, ours), std::nullopt);  // shared, and idle: nothing to go by
  EXPECT_EQ(sources[0]->process_share(2, ours), std::nullopt);
}

TEST(NvmlScope, InAContainerTheDriversNumbersAreNotOurs) {
  NvmlFake fake("gpu procs=51234:80\ngpu\n");
  fake.pid_namespace("pid:[4026532177]");
  const Sources sources = fake.open().value();
  const int ours[] = {17};
  EXPECT_EQ(sources[0]->process_share(0, ours), std::nullopt);  // 51234 may well be our 17
  EXPECT_EQ(sources[0]->process_share(1, ours), std::nullopt);  // drivers list nobody inside a container
}

TEST(NvmlScope, AListedCardThatIsUnknownIsRemarkedOnOnce) {
  NvmlFake fake("gpu repeat=2\n", {{"CUDA_VISIBLE_DEVICES", "0,7"}});
  const Sources sources = fake.open().value();
  EXPECT_THAT(scope_of(*sources[0]), testing::ElementsAre(0));
  ASSERT_THAT(fake.notes, SizeIs(1));
  EXPECT_THAT(fake.notes[0].what, HasSubstr("\"7\" names no single GPU"));
}

}  // namespace
}  // namespace carbontracker
