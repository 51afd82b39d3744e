// What a sample costs: our sampler against a bare loop of the same reads, on the same schedule, in one process.
// usage: bench_metering [--format json]
// Four RAPL zones (files) and eight GPUs (the scripted NVML, through the real loader).

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "base/files.h"
#include "hardware/backend.h"
#include "metering/source_loop.h"
#include "tracker/process_watch.h"

using namespace carbontracker;

namespace {

double thread_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

std::vector<std::string> make_zones(const std::string& root) {
  std::vector<std::string> paths;
  const char* const names[] = {"package-0", "package-1", "dram", "dram"};
  const char* const zones[] = {"intel-rapl:0", "intel-rapl:1", "intel-rapl:0/intel-rapl:0:0", "intel-rapl:1/intel-rapl:1:0"};
  for (int i = 0; i < 4; ++i) {
    const std::string zone = root + "/sys/class/powercap/" + zones[i];
    std::filesystem::create_directories(zone);
    std::ofstream(zone + "/name") << names[i] << "\n";
    std::ofstream(zone + "/energy_uj") << 1000000 + i << "\n";
    std::ofstream(zone + "/max_energy_range_uj") << 262143328850 << "\n";
    paths.push_back(zone + "/energy_uj");
  }
  return paths;
}

struct Bare {  // the same reads and nothing else
  std::vector<std::unique_ptr<SensorFile>> files;
  std::vector<std::unique_ptr<EnergySource>> gpus;
  std::vector<Reading> readings{8};
  void sample() {
    for (auto& file : files) (void)file->read_uint();
    gpus.front()->read(readings);
  }
};

std::vector<std::unique_ptr<EnergySource>> open(const Backend& backend, const Host& host) {
  std::vector<Error> notes;
  auto sources = backend.open(host, system_clock(), notes);
  if (!sources) {
    std::fprintf(stderr, "%s: %s\n", std::string(backend.name).c_str(), sources.error().what.c_str());
    std::exit(1);
  }
  return std::move(*sources);
}

struct Figure {
  std::string what;
  double ours, bare;
  std::string unit;
  double limit;
};

// CPU per sample while both sleep as a sampler does: what a machine really pays.
template <class Sample>
double paced(int samples, Sample sample) {
  const double before = thread_cpu_seconds();
  for (int i = 0; i < samples; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    sample();
  }
  return (thread_cpu_seconds() - before) / samples;
}

Figure sample_cost(const Host& host, const std::vector<std::string>& zones, std::vector<std::ofstream>& writers) {
  auto ledger = std::make_shared<Ledger>(system_clock().now(), system_clock().wall());
  SourceLoop loop(ledger, system_clock());
  for (auto& source : open(kPowercapBackend, host)) loop.add(std::move(source));
  auto gpus = open(kNvmlBackend, host);
  loop.add(std::move(gpus.front()));
  Bare bare;
  for (const std::string& path : zones) bare.files.push_back(std::make_unique<SensorFile>(path));
  bare.gpus = open(kNvmlBackend, host);
  std::uint64_t value = 1000000;
  const auto move_on = [&] {  // as hardware does between two samples; outside what is timed
    for (auto& writer : writers) {
      writer.seekp(0);
      writer << ++value << "\n" << std::flush;
    }
  };
  std::vector<double> ours, theirs;
  for (int round = 0; round < 9; ++round) {
    move_on();
    ours.push_back(paced(40, [&] { (void)loop.step(false, true); }));
    theirs.push_back(paced(40, [&] { bare.sample(); }));
  }
  return {"CPU per sample, 4 RAPL zones + 8 GPUs, asleep between samples", median(ours) * 1e6, median(theirs) * 1e6, "us", 1.25};
}

// The whole sampler on its own schedule: gauges of eight GPUs at 10 Hz, as a share of one core.
Figure gauge_load(const Host& host) {
  auto ledger = std::make_shared<Ledger>(system_clock().now(), system_clock().wall());
  SourceLoop loop(ledger, system_clock());
  for (auto& source : open(kNvmlBackend, host)) loop.add(std::move(source));
  Bare bare;
  bare.gpus = open(kNvmlBackend, host);
  const auto share = [](auto step) {
    const double before = thread_cpu_seconds();
    const auto began = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - began < std::chrono::seconds(5)) step();
    return 100 * (thread_cpu_seconds() - before) / 5;
  };
  const double ours = share([&] {
    const Instant due = loop.step(false);
    std::this_thread::sleep_until(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(due));
  });
  const double theirs = share([&] {
    bare.gpus.front()->read(bare.readings);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  });
  return {"sampler with 8 power gauges at 10 Hz, share of a core", ours, theirs, "%", 0.1};
}

// A look at the machine's and the run's processes, made once a second.
Figure look_load() {
  ProcessWatch watch(system_clock());
  watch.watch(::getpid(), 0);
  std::vector<double> costs;
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const double before = thread_cpu_seconds();
    (void)watch.look();
    costs.push_back(100 * (thread_cpu_seconds() - before));
  }
  return {"look at /proc once a second, share of a core", median(costs), 0, "%", 0.1};
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 2 && std::strcmp(argv[2], "json") == 0;
  const std::string root = std::filesystem::temp_directory_path() / ("ct-bench-" + std::to_string(::getpid()));
  const auto zones = make_zones(root);
  std::vector<std::ofstream> writers;
  for (const std::string& zone : zones) writers.emplace_back(zone, std::ios::in | std::ios::out);
  const auto script = [&](const char* energy) {
    std::ofstream out(root + "/nvml.txt");
    for (int i = 0; i < 8; ++i) out << "gpu " << energy << " power=const:" << 200 + 20 * i << "\n";
  };
  Host host = this_host();
  host.root = root;
  host.nvml_library = CT_FAKE_NVML_LIBRARY;
  ::setenv("CT_FAKE_NVML", (root + "/nvml.txt").c_str(), 1);
  script(argc > 3 ? "fail=energy:3" : "");
  std::vector<Figure> figures;
  if (argc > 3) figures.push_back(gauge_load(host)), figures.push_back(look_load());
  else figures.push_back(sample_cost(host, zones, writers));
  std::filesystem::remove_all(root);
  for (const Figure& f : figures) {
    if (json) std::printf("{\"what\": \"%s\", \"ours\": %.4g, \"bare\": %.4g, \"unit\": \"%s\", \"ratio\": %.4g, \"target\": %g}\n", f.what.c_str(), f.ours, f.bare, f.unit.c_str(), f.bare > 0 ? f.ours / f.bare : 0, f.limit);
    else std::printf("%-64s %8.4g %s, bare loop %.4g %s, ratio %.2f\n", f.what.c_str(), f.ours, f.unit.c_str(), f.bare, f.unit.c_str(), f.ours / f.bare);
  }
}
