// The real threads on the real clock: short, and bounded by events, not by sleeps.

#include "metering/sampler.h"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>

#include "fakes/fake_host.h"
#include "metering/simulation.h"

namespace carbontracker {
namespace {

using namespace simulation;

std::binary_semaphore hung{0}, release{0};

// A vendor library whose call does not come back.
Result<std::vector<std::unique_ptr<EnergySource>>> open_hanging(const Host&, const Clock&, std::vector<Error>&) {
  hung.release();
  release.acquire();
  return unexpected(Errc::unavailable, "too late");
}
constexpr Backend kHanging{"hanging", true, open_hanging};

Result<std::vector<std::unique_ptr<EnergySource>>> open_refusing(const Host&, const Clock&, std::vector<Error>&) {
  return unexpected(Errc::permission, "no access", "ask");
}
constexpr Backend kRefusing{"refusing", true, open_refusing};

Result<std::vector<std::unique_ptr<EnergySource>>> open_good(const Host&, const Clock& clock, std::vector<Error>&) {
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<Source>(std::vector{counter_device("gpu0", Domain::gpu, constant(100), 0)}, clock, clock.now()));
  return sources;
}
constexpr Backend kGood{"good", true, open_good};

struct Meters {
  const Clock& clock = system_clock();
  std::shared_ptr<Ledger> ledger = std::make_shared<Ledger>(clock.now(), clock.wall());
  Sampler sampler{ledger, clock, fake_host(""), {}};
};

std::vector<std::unique_ptr<EnergySource>> one_package(const Clock& clock) {
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<Source>(std::vector{counter_device("package-0", Domain::package, constant(50), 0)}, clock, clock.now()));
  return sources;
}

TEST(Sampler, AHungVendorLibraryIsAGapAndNeverAHang) {
  Meters m;
  const Backend* vendors[] = {&kHanging, &kRefusing};
  m.sampler.start(one_package(m.clock));
  m.sampler.start_vendors(vendors);
  hung.acquire();
  const Instant end = m.clock.now();
  m.sampler.finish(end, Seconds(1));
  const Snapshot seen = m.ledger->snapshot(end);
  EXPECT_NEAR(seen.total.joules.value(), 50 * seen.duration.count(), 50 * 0.002);
  bool said = false;
  for (const Gap& gap : seen.gaps) said |= gap.what == "hanging" && gap.reason.find("did not answer") != std::string::npos;
  EXPECT_TRUE(said);
  release.release();
}

TEST(Sampler, AnEdgeWakesItAtOnce) {
  Meters m;
  m.sampler.start(one_package(m.clock));
  const RegionId region = m.ledger->begin_region("r", "", m.clock.now());
  m.ledger->end_region(region, m.clock.now());
  // Settled by a reading that the edge itself caused: the next regular one is a second away.
  const Instant limit = m.clock.now() + std::chrono::milliseconds(700);
  while (m.ledger->snapshot(m.clock.now()).regions[0].provisional && m.clock.now() < limit) std::this_thread::yield();
  EXPECT_FALSE(m.ledger->snapshot(m.clock.now()).regions[0].provisional);
}

TEST(Sampler, AVendorsChannelsJoinTheRun) {
  Meters m;
  const Backend* vendors[] = {&kGood};
  m.sampler.start({});
  m.sampler.start_vendors(vendors);
  const Instant limit = m.clock.now() + std::chrono::seconds(5);
  while (m.ledger->snapshot(m.clock.now()).channels.empty() && m.clock.now() < limit) std::this_thread::yield();
  m.sampler.finish(m.clock.now(), Seconds(1));
  const Snapshot seen = m.ledger->snapshot(m.clock.now());
  ASSERT_EQ(seen.channels.size(), 1u);
  EXPECT_TRUE(m.ledger->settled());
}

}  // namespace
}  // namespace carbontracker
