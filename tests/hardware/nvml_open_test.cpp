// What opening NVML finds: channels, stand-ins, refusals and their remedies.

#include <gmock/gmock.h>

#include "fakes/nvml_fake.h"

namespace carbontracker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(NvmlOpen, ACardWithACounterHasItsGaugeAsStandIn) {
  NvmlFake fake("gpu name=\"NVIDIA H100 80GB HBM3\" uuid=GPU-8932f937-d72c-4106-c12f-20bd9faed9f6 limit=700\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  ASSERT_THAT(*sources, SizeIs(2));
  EXPECT_EQ((*sources)[0]->name(), "nvml");
  ASSERT_THAT((*sources)[0]->channels(), SizeIs(1));
  const Channel& counter = (*sources)[0]->channels()[0];
  EXPECT_EQ(counter.name, "gpu0");
  EXPECT_EQ(counter.domain, Domain::gpu);
  EXPECT_EQ(counter.device, "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6");
  EXPECT_EQ(counter.label, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(counter.origin, Origin::counter);
  ASSERT_TRUE(std::holds_alternative<Counter>(counter.kind));
  EXPECT_EQ(std::get<Counter>(counter.kind).per_tick, Joules(1e-3));
  EXPECT_EQ(std::get<Counter>(counter.kind).wrap, 0u);
  EXPECT_EQ(counter.refresh, Seconds(0.1));
  EXPECT_EQ(counter.gain_error, 0.05);
  EXPECT_NEAR(counter.max_power->value(), 770, 1e-9);  // the highest limit and a tenth

  EXPECT_EQ((*sources)[1]->name(), "nvml-power");
  ASSERT_THAT((*sources)[1]->channels(), SizeIs(1));
  const Channel& gauge = (*sources)[1]->channels()[0];
  EXPECT_EQ(gauge.name, "gpu0-power");
  EXPECT_EQ(gauge.stands_in_for, "gpu0");
  EXPECT_EQ(gauge.origin, Origin::power);
  EXPECT_EQ(gauge.window, Seconds(0));
  EXPECT_TRUE(std::holds_alternative<Gauge>(gauge.kind));
  EXPECT_THAT(fake.notes, IsEmpty());
}

TEST(NvmlOpen, B033_ACardWithoutTheCounterIsHeadedByItsPower) {
  NvmlFake fake("gpu name=\"Tesla P100\" cc=6.0 fail=energy:3 scope=none power=const:26\n");  // N1
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  ASSERT_THAT(*sources, SizeIs(1));
  const Channel& gauge = (*sources)[0]->channels()[0];
  EXPECT_EQ(gauge.name, "gpu0");
  EXPECT_EQ(gauge.origin, Origin::power);
  EXPECT_EQ(gauge.stands_in_for, "");
  EXPECT_EQ(gauge.window, Seconds(0));  // momentary before Ampere
  const auto reading = readings_of(*(*sources)[0]);
  EXPECT_NEAR(std::get<Watts>(reading[0]).value(), 26, 1e-9);
}

TEST(NvmlOpen, TheOlderPowerCallIsAMeanOverASecondFromAmpereOnButForGa100) {
  NvmlFake fake("gpu cc=8.6 scope=none\ngpu cc=8.0 scope=none\ngpu cc=9.0 scope=none\ngpu cc=7.0 scope=none\ngpu cc=9.0\n"
                "gpu scope=none fail=capability:3\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  std::vector<double> windows;
  for (const Channel& channel : (*sources)[1]->channels()) windows.push_back(channel.window.count());
  EXPECT_THAT(windows, testing::ElementsAre(1, 0, 1, 0, 0, 0));
}

TEST(NvmlOpen, ASuperchipIsReportedAsItsWholeModule) {
  NvmlFake fake("gpu name=\"NVIDIA GH200 480GB\" scope=module\ngpu name=\"NVIDIA GB10\"\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  for (const auto& source : *sources) {
    EXPECT_TRUE(source->channels()[0].whole_module);
    EXPECT_THAT(source->channels()[0].note, HasSubstr("whole module"));
    EXPECT_FALSE(source->channels()[0].max_power);  // the GPU's limit does not bound the module
    EXPECT_FALSE(source->channels()[1].whole_module);
  }
  EXPECT_TRUE(std::holds_alternative<Watts>(readings_of(*(*sources)[1])[0]));
}

TEST(NvmlOpen, B041_TheInstantFigureIsPreferredToTheMean) {
  // A square wave of 100 and 300 W, 20 s long, 1000 s on its rising edge: half a second later the mean over 1 s still holds half
  // a second of 100 W (200 W), the instant figure is 300 W.
  NvmlFake fake("gpu cc=8.6 power=square:100:300:20 tick_phase=0 average=1 refresh=0.1 fail=energy:3\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  fake.set_seconds(1000.55);
  EXPECT_NEAR(std::get<Watts>(readings_of(*(*sources)[0])[0]).value(), 300, 1e-6);
}

TEST(NvmlOpen, AFieldThatAlwaysAnswersZeroIsNotTaken) {
  NvmlFake fake("gpu cc=8.6 instant_zero=1 power=const:150 fail=energy:3\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  EXPECT_NEAR(std::get<Watts>(readings_of(*(*sources)[0])[0]).value(), 150, 1e-9);
  EXPECT_EQ((*sources)[0]->channels()[0].window, Seconds(1));  // by nvmlDeviceGetPowerUsage
}

TEST(NvmlOpen, B043_OneOfSeveralCardsWithoutFiguresIsNamedAndTheOthersMeasured) {
  NvmlFake fake("gpu name=\"Quadro K600\" fail=energy:3 fail=power:3 scope=none\ngpu power=const:112.3\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  ASSERT_THAT((*sources)[0]->channels(), SizeIs(1));
  EXPECT_EQ((*sources)[0]->channels()[0].name, "gpu1");
  ASSERT_THAT(fake.notes, SizeIs(1));
  EXPECT_THAT(fake.notes[0].what, HasSubstr("gpu0 (Quadro K600) is not measured"));
  EXPECT_NEAR(std::get<Watts>(readings_of(*(*sources)[1])[0]).value(), 112.3, 1e-9);
}

TEST(NvmlOpen, B045_EverythingButEnergyAndPowerMayBeUnsupported) {
  NvmlFake fake("gpu fail=name:3 fail=uuid:3 fail=pci:3 fail=limit:3 fail=capability:3 fail=mig:3 fail=processes:3\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  ASSERT_THAT(*sources, SizeIs(2));
  const Channel& channel = (*sources)[0]->channels()[0];
  EXPECT_EQ(channel.name, "gpu0");
  EXPECT_EQ(channel.device, "NVML gpu0");
  EXPECT_FALSE(channel.max_power);
  EXPECT_TRUE(std::holds_alternative<std::uint64_t>(readings_of(*(*sources)[0])[0]));
}

TEST(NvmlOpen, WithoutAUuidThePciAddressIdentifiesTheCard) {
  NvmlFake fake("gpu fail=uuid:3 pci=00000000:C1:00.0\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  EXPECT_EQ((*sources)[0]->channels()[0].device, "0000:c1:00.0");
}

TEST(NvmlOpen, B047_AVersionMismatchIsPutInPlainWords) {
  NvmlFake fake("nvml init=18\ngpu\n");
  const auto sources = fake.open();
  ASSERT_FALSE(sources);
  EXPECT_THAT(sources.error().what, HasSubstr("driver and library versions differ"));
  EXPECT_THAT(sources.error().hint, HasSubstr("reboot, or reload the driver"));
}

TEST(NvmlOpen, B051_ACardWithoutCounterNeverEndsInAnAssertion) {
  NvmlFake fake("gpu fail=energy:3\n", {{"CUDA_VISIBLE_DEVICES", "0"}});
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  EXPECT_EQ((*sources)[0]->channels()[0].origin, Origin::power);
  EXPECT_TRUE((*sources)[0]->in_scope(0));
}

TEST(NvmlOpen, B072_ATegraWhereEveryQueryIsUnsupportedIsRefusedWithTheWayOut) {
  NvmlFake fake("gpu name=\"Orin (nvgpu)\" fail=energy:3 fail=power:3 fail=uuid:3 fail=pci:3 fail=limit:3 fail=capability:3 scope=none\n");  // N5
  const auto sources = fake.open();
  ASSERT_FALSE(sources);
  EXPECT_EQ(sources.error().code, Errc::unsupported);
  EXPECT_THAT(sources.error().what, HasSubstr("Orin (nvgpu)"));
  EXPECT_THAT(sources.error().hint, HasSubstr("INA"));
}

TEST(NvmlOpen, NoLibraryIsARefusalThatNamesIt) {
  NvmlFake fake("gpu\n");
  fake.host.nvml_library = fake.directory.path("libnvidia-ml.so.1");
  const auto sources = fake.open();
  ASSERT_FALSE(sources);
  EXPECT_EQ(sources.error().code, Errc::not_found);
  EXPECT_THAT(sources.error().what, HasSubstr("libnvidia-ml.so.1"));
  EXPECT_THAT(sources.error().hint, HasSubstr("--gpus all"));
}

TEST(NvmlOpen, ALibraryOfThatNameThatIsNotNvmlIsRefused) {
  NvmlFake fake("gpu\n");
  fake.host.nvml_library = "libm.so.6";
  const auto sources = fake.open();
  ASSERT_FALSE(sources);
  EXPECT_EQ(sources.error().code, Errc::unsupported);
}

TEST(NvmlOpen, ADriverWithoutCardsIsARefusal) {
  NvmlFake fake("# none\n");
  const auto sources = fake.open();
  ASSERT_FALSE(sources);
  EXPECT_EQ(sources.error().code, Errc::not_found);
}

TEST(NvmlOpen, ACardThatCannotBeOpenedIsNamedAndTheOthersMeasured) {
  NvmlFake fake("gpu fail=handle:15\ngpu\n");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  ASSERT_THAT((*sources)[0]->channels(), SizeIs(1));
  EXPECT_EQ((*sources)[0]->channels()[0].name, "gpu1");
  ASSERT_THAT(fake.notes, SizeIs(1));
  EXPECT_THAT(fake.notes[0].what, HasSubstr("opening gpu0: the GPU has fallen off the bus"));
}

TEST(NvmlOpen, AnOldDriverWithTheFirstNamesAndNoFieldsStillGivesPower) {
  NvmlFake fake("gpu cc=7.0 power=const:250 procs=77:50\n", {}, "nvml-old");
  const auto sources = fake.open();
  ASSERT_TRUE(sources);
  ASSERT_THAT(*sources, SizeIs(1));
  EXPECT_EQ((*sources)[0]->name(), "nvml-power");
  EXPECT_NEAR(std::get<Watts>(readings_of(*(*sources)[0])[0]).value(), 250, 1e-9);
  const int ours[] = {77};
  EXPECT_EQ((*sources)[0]->process_share(0, ours), 1.0);  // by the first layout of the process list
}

}  // namespace
}  // namespace carbontracker
