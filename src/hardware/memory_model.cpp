// No energy counter for the memory: watts a gigabyte, bounded by what its modules draw. Constant, whatever the load.
// docs/method/hardware-model.md has the figures and their sources.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/text.h"
#include "hardware/backend.h"
#include "hardware/job_limits.h"
#include "hardware/memory_model.h"

namespace carbontracker {
namespace {

constexpr Joules kMicrojoule{1e-6};
constexpr double kWattsPerGigabyte = 0.3725;  // Green Algorithms; CCF 0.392, Boavizta 0.284
constexpr double kWattsPerModule = 5;         // CodeCarbon since 3.0: 5 W a DIMM
constexpr double kModuleGigabytes = 32;
constexpr double kMostModules = 32;           // two sockets of eight channels of two
constexpr double kBand = 0.5;

std::optional<double> memory_total(std::string_view meminfo) {
  for (const auto line : split(meminfo, '\n')) {
    if (!line.starts_with("MemTotal:")) continue;
    const auto value = trim(line.substr(9));
    const auto kibibytes = parse_uint(value.substr(0, value.find(' ')));
    if (kibibytes && *kibibytes > 0) return static_cast<double>(*kibibytes) * 1024;
  }
  return std::nullopt;
}

class MemoryModelSource final : public EnergySource {
 public:
  MemoryModelSource(const Clock& clock, Watts power, std::string label, std::string note) : clock_(clock), start_(clock.now()), power_(power) {
    channel_.name = "dram-0";
    channel_.domain = Domain::dram;
    channel_.device = "memory";
    channel_.label = std::move(label);
    channel_.kind = Counter{kMicrojoule, 0};
    channel_.origin = Origin::model;
    channel_.gain_error = kBand;
    channel_.max_power = power * (1 + kBand);
    channel_.note = std::move(note);
  }
  [[nodiscard]] std::string_view name() const override { return kMemoryModelBackend.name; }
  [[nodiscard]] std::span<const Channel> channels() const override { return {&channel_, 1}; }
  void read(std::span<Reading> out) override {
    if (!out.empty()) out[0] = static_cast<std::uint64_t>(power_ * seconds_between(start_, clock_.now()) / kMicrojoule);
  }

 private:
  const Clock& clock_;
  Instant start_;
  Watts power_;
  Channel channel_;
};

Result<std::vector<std::unique_ptr<EnergySource>>> open_memory_model(const Host& host, const Clock& clock, std::vector<Error>&) {
  const std::string path = host.path("/proc/meminfo");
  const auto text = read_file(path);
  if (!text) return unexpected(Error{text.error().code, text.error().what, "mount /proc, or point CARBONTRACKER_HOST_ROOT at the host's"});
  const auto total = memory_total(*text);
  if (!total) return unexpected(Errc::corrupt, "reading " + path + ": no MemTotal");
  const auto limit = job_limits(host).memory_bytes;
  const double share = limit ? std::min(1.0, limit->value / *total) : 1;
  const double gigabytes = *total / 1e9;
  std::string note = fmt::format("modelled from size: {:.3g} of {:.3g} GB", gigabytes * share, gigabytes);
  if (share < 1) note += " by " + limit->from;
  note += fmt::format("; +-{:.0f} %", kBand * 100);
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<MemoryModelSource>(clock, modelled_memory_power(*total) * share, fmt::format("{:.3g} GB memory", gigabytes), note));
  return sources;
}

}  // namespace

Watts modelled_memory_power(double bytes) {
  const double gigabytes = bytes / 1e9;
  // Four modules at least: below some 54 GB the watts a gigabyte decide, above the number of modules.
  const double modules = std::clamp(std::ceil(gigabytes / kModuleGigabytes), 4.0, kMostModules);
  return Watts(std::min(gigabytes * kWattsPerGigabyte, modules * kWattsPerModule));
}

const Backend kMemoryModelBackend{"memory-model", false, open_memory_model};

}  // namespace carbontracker
