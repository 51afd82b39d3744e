// A run of 30 days with 40 channels on a clock that is wound forward: memory and what it leaves on disk. And a store of many runs.
// usage: bench_storage long HOME DAYS | bench_storage many HOME RUNS     (prints one JSON object)

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/iso_time.h"
#include "fakes/fake_clock.h"
#include "metering/source_loop.h"
#include "storage/journal.h"
#include "storage/store.h"

using namespace carbontracker;

namespace {

constexpr int kChannels = 40;

class Counters final : public EnergySource {
 public:
  Counters(const Clock& clock) : clock_(clock), began_(clock.now()) {
    for (int i = 0; i < kChannels; ++i) {
      Channel channel;
      channel.name = (i < 8 ? "gpu" : "zone-") + std::to_string(i);
      channel.domain = i < 8 ? Domain::gpu : Domain::package;
      channel.kind = Counter{Joules(1e-6), 0};
      channel.origin = Origin::counter;
      channels_.push_back(channel);
    }
  }
  std::string_view name() const override { return "bench"; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    const auto us = static_cast<std::uint64_t>(seconds_between(began_, clock_.now()).count() * 1e6);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = us * (50 + i);
  }

 private:
  const Clock& clock_;
  Instant began_;
  std::vector<Channel> channels_;
};

double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096 / (1 << 20);
}

double disk_mb(const std::string& home) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home))
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  return bytes / 1e6;
}

RunRecord run_named(const std::string& id) {
  RunRecord run;
  run.id = id;
  run.name = "bench";
  run.command = {"python", "train.py"};
  run.tool_version = "3.0.0";
  return run;
}

int long_run(const std::string& home, int days) {
  FakeClock clock;
  auto ledger = std::make_shared<Ledger>(clock.now(), clock.wall());
  SourceLoop loop(ledger, clock);
  loop.add(std::make_unique<Counters>(clock));
  Segment segment;
  segment.node = "n1";
  segment.started = clock.wall();
  auto journal = JournalWriter::create(home, run_named("20251125-100000-000001"), segment);
  if (!journal) return std::fprintf(stderr, "%s\n", journal.error().what.c_str()), 1;
  double first_day = 0;
  for (long second = 0; second < 86400L * days; ++second) {
    (void)loop.step(false);
    clock.advance(Seconds(1));
    if (second % 5 != 0) continue;
    auto minutes = ledger->take_minutes();
    segment.minutes.insert(segment.minutes.end(), minutes.begin(), minutes.end());
    segment.totals = ledger->snapshot(clock.now());
    segment.last_seen = clock.wall();
    if (const auto flushed = (*journal)->flush(segment); !flushed) return std::fprintf(stderr, "%s\n", flushed.error().what.c_str()), 1;
    if (segment.minutes.size() > 1) segment.minutes.erase(segment.minutes.begin(), segment.minutes.end() - 1);
    if (second == 86400) first_day = resident_mib();
  }
  ledger->finish(clock.now());
  segment.totals = ledger->snapshot(clock.now());
  (void)(*journal)->finish(segment, RunState::finished, 0);
  std::printf("{\"days\": %d, \"channels\": %d, \"mib_after_first_day\": %.2f, \"mib_at_end\": %.2f, \"disk_mb\": %.2f}\n", days, kChannels, first_day, resident_mib(), disk_mb(home));
  return 0;
}

int many_runs(const std::string& home, int runs) {
  FakeClock clock;
  for (int i = 0; i < runs; ++i) {
    Segment segment;
    segment.node = "n1";
    segment.started = clock.wall() + std::chrono::minutes(i);
    segment.ended = segment.started + std::chrono::minutes(10);
    Counters source(clock);
    for (int c = 0; c < 6; ++c) {
      ChannelTotal total;
      total.channel = source.channels()[static_cast<std::size_t>(c)];
      total.measured = {Joules(1000 + i), Joules(50), Joules(1), Joules(0), Seconds(600)};
      total.expected = Seconds(600);
      total.headline = true;
      segment.totals.channels.push_back(total);
    }
    segment.totals.duration = Seconds(600);
    segment.totals.coverage = 1;
    for (int m = 0; m < 10; ++m) segment.minutes.push_back({m, std::vector<float>(6, 100.0f), std::vector<float>(6, 60.0f)});
    char id[64];
    std::snprintf(id, sizeof id, "20251125-%06d-%06x", i % 240000, i);
    auto journal = JournalWriter::create(home, run_named(id), segment);
    if (!journal) return std::fprintf(stderr, "%s\n", journal.error().what.c_str()), 1;
    (void)(*journal)->finish(segment, RunState::finished, 0);
  }
  auto store = Store::open(home);
  if (!store) return std::fprintf(stderr, "%s\n", store.error().what.c_str()), 1;
  std::printf("{\"runs\": %d, \"disk_mb\": %.2f, \"id\": \"20251125-%06d-%06x\"}\n", runs, disk_mb(home), runs / 2, runs / 2);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "long") == 0) return long_run(argv[2], std::atoi(argv[3]));
  if (argc == 4 && std::strcmp(argv[1], "many") == 0) return many_runs(argv[2], std::atoi(argv[3]));
  std::fprintf(stderr, "usage: bench_storage long HOME DAYS | bench_storage many HOME RUNS\n");
  return 2;
}
