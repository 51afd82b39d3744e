#include "hardware/synthetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "fakes/fake_clock.h"
#include "fakes/fake_host.h"
#include "hardware/backend.h"

namespace carbontracker {
namespace {

double energy(std::string_view wave, double t) { return Waveform::parse(wave).value().energy_until(Seconds(t)).value(); }
double power(std::string_view wave, double t) { return Waveform::parse(wave).value().power_at(Seconds(t)).value(); }

TEST(Waveform, ConstantAndSteps) {
  EXPECT_DOUBLE_EQ(energy("const:90", 10), 900);
  EXPECT_DOUBLE_EQ(energy("steps:100:2s:300:5s:50", 1), 100);
  EXPECT_DOUBLE_EQ(energy("steps:100:2s:300:5s:50", 10), 200 + 1500 + 150);
  EXPECT_DOUBLE_EQ(power("steps:100:2s:300:5s:50", 2), 300);
  EXPECT_DOUBLE_EQ(power("steps:100:2s:300:5s:50", 99), 50);
}

TEST(Waveform, SquareIsLowFirst) {
  EXPECT_DOUBLE_EQ(power("square:100:400:2s", 0.5), 100);
  EXPECT_DOUBLE_EQ(power("square:100:400:2s", 1.5), 400);
  EXPECT_DOUBLE_EQ(energy("square:100:400:2s", 2), 500);
  EXPECT_DOUBLE_EQ(energy("square:100:400:2s", 5.5), 2 * 500 + 100 + 200);
  EXPECT_DOUBLE_EQ(energy("square:100:400:2s:0.25", 2), 150 + 200);  // 1.5 s at 100, 0.5 s at 400
}

TEST(Waveform, SineAndRamp) {
  EXPECT_NEAR(energy("sine:100:300:4s", 4), 800, 1e-9);  // whole period: the mean
  EXPECT_NEAR(energy("sine:100:300:4s", 2), 400 + 100 * 4 / std::numbers::pi, 1e-9);
  EXPECT_NEAR(power("sine:100:300:4s", 1), 300, 1e-9);
  EXPECT_DOUBLE_EQ(energy("ramp:0:100:10s", 10), 500);
  EXPECT_DOUBLE_EQ(energy("ramp:0:100:10s", 12), 700);
}

TEST(Waveform, EnergyIsTheIntegralOfPower) {
  for (const std::string_view wave : {"square:100:400:0.7:0.3", "sine:10:50:3", "ramp:5:500:4s", "steps:1:1s:2:1s:3"}) {
    double sum = 0;
    for (int i = 0; i < 60000; ++i) sum += power(wave, (i + 0.5) * 1e-4) * 1e-4;
    EXPECT_NEAR(sum, energy(wave, 6), 0.1) << wave;
  }
}

struct Synthetic {
  FakeClock clock;
  std::unique_ptr<EnergySource> source;
  explicit Synthetic(std::string specification) {
    std::vector<Error> notes;
    auto opened = kSyntheticBackend.open(fake_host("", {{"CARBONTRACKER_SYNTHETIC", std::move(specification)}}), clock, notes);
    if (!opened) ADD_FAILURE() << opened.error().what;
    else source = std::move(opened->front());
  }
  Reading read(std::size_t channel = 0) {
    std::vector<Reading> out(source->channels().size());
    source->read(out);
    return out[channel];
  }
  std::uint64_t ticks(std::size_t channel = 0) { return std::get<std::uint64_t>(read(channel)); }
  Reading after(double seconds) {
    clock.advance(Seconds(seconds));
    return read();
  }
};

TEST(Synthetic, NamesDecideTheDomain) {
  Synthetic all("gpu0=const:1 package-0=const:2 dram-1=const:3 soc=const:4 platform=const:5;psys=const:6");
  const auto channels = all.source->channels();
  ASSERT_EQ(channels.size(), 6u);
  const Domain domains[] = {Domain::gpu, Domain::package, Domain::dram, Domain::soc, Domain::platform, Domain::psys};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(channels[i].domain, domains[i]);
    EXPECT_EQ(channels[i].origin, Origin::synthetic);
    EXPECT_EQ(channels[i].gain_error, 0);
  }
  EXPECT_EQ(channels[2].name, "dram-1");
}

TEST(Synthetic, CountsMicrojoulesSinceOpening) {
  Synthetic gpu("gpu0=square:100:400:2s gpu1=const:300");
  EXPECT_EQ(gpu.ticks(), 0u);
  gpu.clock.advance(Seconds(3.5));
  EXPECT_EQ(gpu.ticks(0), 800000000u);  // 500 J + 100 J + 200 J
  EXPECT_EQ(gpu.ticks(1), 1050000000u);
}

TEST(Synthetic, ATickHoldsTheValue) {
  Synthetic gpu("gpu0=const:100@tick=100ms,gain=0.05");
  EXPECT_DOUBLE_EQ(gpu.source->channels()[0].refresh.count(), 0.1);
  EXPECT_DOUBLE_EQ(gpu.source->channels()[0].gain_error, 0.05);
  gpu.clock.advance(Seconds(0.3));
  EXPECT_EQ(gpu.ticks(), 30000000u);
  gpu.clock.advance(Seconds(0.09));
  EXPECT_EQ(gpu.ticks(), 30000000u);
  gpu.clock.advance(Seconds(0.01));
  EXPECT_EQ(gpu.ticks(), 40000000u);
}

TEST(Synthetic, AGaugeGivesWatts) {
  Synthetic gpu("gpu0=square:100:400:2s@gauge");
  EXPECT_TRUE(std::holds_alternative<Gauge>(gpu.source->channels()[0].kind));
  EXPECT_EQ(std::get<Watts>(gpu.after(1.5)), Watts(400));
}

TEST(Synthetic, WrapsAtItsModulus) {
  Synthetic cpu("package-0=const:100@wrap=1000");
  EXPECT_EQ(std::get<Counter>(cpu.source->channels()[0].kind).wrap, 1000000000u);
  EXPECT_EQ(std::get<std::uint64_t>(cpu.after(9.5)), 950000000u);
  EXPECT_EQ(std::get<std::uint64_t>(cpu.after(1)), 50000000u);
}

TEST(Synthetic, ResetsFailsAndFreezesWhenDeclared) {
  Synthetic reset("package-0=const:100@reset=5s");
  EXPECT_EQ(std::get<std::uint64_t>(reset.after(4)), 400000000u);
  EXPECT_EQ(std::get<std::uint64_t>(reset.after(2)), 100000000u);
  Synthetic fail("package-0=const:100@fail=1s..2s");
  EXPECT_TRUE(std::holds_alternative<Error>(fail.after(1.5)));
  EXPECT_EQ(std::get<std::uint64_t>(fail.after(0.5)), 200000000u);
  Synthetic freeze("package-0=const:100@freeze=1s..3s");
  EXPECT_EQ(std::get<std::uint64_t>(freeze.after(2.5)), 100000000u);
  EXPECT_EQ(std::get<std::uint64_t>(freeze.after(0.5)), 300000000u);
  Synthetic forever("package-0=const:100@freeze=1s..");
  EXPECT_EQ(std::get<std::uint64_t>(forever.after(1000)), 100000000u);
}

TEST(Synthetic, ABadWordIsNamedWithTheGrammar) {
  for (const std::string text : {"gpu0", "gpu0=", "gpu0=const", "gpu0=const:x", "gpu0=const:-5", "gpu0=square:1:2", "gpu0=square:1:2:0s", "gpu0=square:1:2:1s:2",
                                 "warp0=const:1", "0=const:1", "=const:1", "gpu0=const:1@", "gpu0=const:1@tick=0", "gpu0=const:1@fail=5", "gpu0=const:1@fail=5..2",
                                 "gpu0=const:1@gauge,wrap=5", "gpu0=const:1@colour=red", "gpu0=steps:1:2s", "gpu0=const:nan", "gpu0@tick=1=const:1", "other=const:1"}) {
    const auto parsed = parse_synthetic("package-0=const:1 " + text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_input);
    EXPECT_NE(parsed.error().what.find("'" + text + "'"), std::string::npos) << parsed.error().what;
    EXPECT_NE(parsed.error().hint.find("NAME=WAVEFORM"), std::string::npos);
  }
  EXPECT_FALSE(parse_synthetic("gpu0=const:1 gpu0=const:2"));
  EXPECT_FALSE(parse_synthetic(" ; "));
  EXPECT_FALSE(parse_synthetic("gpu0=const:1e308"));  // no counter holds its microjoules
  EXPECT_TRUE(parse_synthetic("gpu0=const:1e9"));
}

TEST(Synthetic, RefusesWhenNothingIsDeclared) {
  FakeClock clock;
  std::vector<Error> notes;
  const auto opened = kSyntheticBackend.open(fake_host(""), clock, notes);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
}

}  // namespace
}  // namespace carbontracker
