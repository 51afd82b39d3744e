// No energy counter for the CPU: what its allowed CPUs were busy, by the kernel's account, through a power curve of its TDP.
// docs/method/hardware-model.md has the formula, its sources and how far off it may be.

#include <fmt/format.h>

#include <algorithm>

#include "hardware/backend.h"
#include "hardware/cpu_identity.h"
#include "hardware/cpu_table.h"
#include "hardware/job_limits.h"
#include "hardware/load_energy.h"
#include "hardware/proc_stat.h"

namespace carbontracker {
namespace {

constexpr Joules kMicrojoule{1e-6};
constexpr Seconds kStandsStill{2};

struct Package {
  std::vector<int> cpus;                // allowed ones
  std::vector<CpuTicks> last;           // as last seen, one for each of `cpus`
  CpuTicks sum;                         // what went forward since opening
  LoadEnergy energy;
};

bool is_allowed(int cpu, const JobLimits& limits) {
  return !limits.cpus || std::binary_search(limits.cpus->begin(), limits.cpus->end(), cpu);
}

// Adds what went forward. A CPU that is offline is absent, and counters of idle time may step back a little: neither subtracts.
void advance(Package& package, std::span<const CpuTicks> now) {
  auto at = now.begin();
  for (auto& last : package.last) {
    while (at != now.end() && at->cpu < last.cpu) ++at;
    if (at == now.end() || at->cpu != last.cpu) continue;
    const auto total = at->total > last.total ? at->total - last.total : 0;
    const auto busy = at->busy > last.busy ? at->busy - last.busy : 0;
    package.sum.total += total;
    package.sum.busy += std::min(busy, total);
    last = *at;
  }
}

class CpuModelSource final : public EnergySource {
 public:
  CpuModelSource(std::string stat_path, const Clock& clock) : clock_(clock), stat_(std::move(stat_path)) {}

  [[nodiscard]] std::string_view name() const override { return kCpuModelBackend.name; }
  [[nodiscard]] std::span<const Channel> channels() const override { return channels_; }

  Result<> open(const CpuIdentity& cpu, const CpuPower& power, const JobLimits& limits);

  void read(std::span<Reading> out) override {
    const Instant now = clock_.now();
    const auto ticks = stat_.read();
    for (std::size_t i = 0; i < packages_.size() && i < out.size(); ++i)
      out[i] = ticks ? reading(packages_[i], *ticks, now) : Reading(ticks.error());
  }

 private:
  [[nodiscard]] Reading reading(Package& package, std::span<const CpuTicks> ticks, Instant now) {
    advance(package, ticks);
    const Joules joules = package.energy.at(now, package.sum);
    if (package.energy.standing_still(now) < kStandsStill) return static_cast<std::uint64_t>(joules / kMicrojoule);
    return Error{Errc::unavailable, "the CPU times in /proc/stat stand still", "check that /proc is the kernel's and not a copy"};
  }
  void add_package(const CpuSocket& socket, const CpuPower& power, double quota, std::string note, std::span<const CpuTicks> ticks);

  const Clock& clock_;
  ProcStat stat_;
  std::vector<Channel> channels_;
  std::vector<Package> packages_;
};

void CpuModelSource::add_package(const CpuSocket& socket, const CpuPower& power, double quota, std::string note, std::span<const CpuTicks> ticks) {
  Package package{socket.cpus, {}, {}, LoadEnergy(static_cast<double>(socket.cpus.size()), quota, power.tdp_w_per_thread, clock_.now())};
  for (const auto& cpu : ticks)
    if (std::binary_search(socket.cpus.begin(), socket.cpus.end(), cpu.cpu)) package.last.push_back(cpu);
  Channel channel;
  channel.name = fmt::format("package-{}", socket.id);
  channel.domain = Domain::package;
  channel.device = fmt::format("socket {}", socket.id);
  channel.label = power.label;
  channel.kind = Counter{kMicrojoule, 0};
  channel.origin = Origin::model;
  channel.gain_error = power.band;
  channel.max_power = package.energy.power(1) * (1 + power.band);
  channel.note = std::move(note);
  channels_.push_back(std::move(channel));
  packages_.push_back(std::move(package));
}

std::string note_of(const CpuPower& power, const CpuIdentity& cpu, std::size_t allowed, std::size_t online, const std::optional<Limit>& quota) {
  std::string note = fmt::format("modelled from load: {}; {} of {} {}", power.basis, allowed, online, cpu.virtual_machine ? "CPUs of the guest" : "CPUs");
  if (quota) note += fmt::format(", limited to {:g} by {}", quota->value, quota->from);
  return note + fmt::format("; +-{:.0f} %", power.band * 100);
}

// A hypervisor may show each CPU as a socket of its own: a guest is one package.
void merge_into_one(std::vector<CpuSocket>& sockets) {
  CpuSocket all;
  for (const auto& socket : sockets) all.cpus.insert(all.cpus.end(), socket.cpus.begin(), socket.cpus.end());
  std::sort(all.cpus.begin(), all.cpus.end());
  sockets = {std::move(all)};
}

// The sockets with the allowed CPUs only; a machine that lists no topology is one socket of what /proc/stat counts.
std::vector<CpuSocket> allowed_sockets(const CpuIdentity& cpu, const JobLimits& limits, std::span<const CpuTicks> ticks) {
  std::vector<CpuSocket> sockets = cpu.sockets;
  if (sockets.empty()) {
    sockets.emplace_back();
    for (const auto& one : ticks) sockets[0].cpus.push_back(one.cpu);
  }
  if (cpu.virtual_machine && !sockets.empty()) merge_into_one(sockets);
  for (auto& socket : sockets) std::erase_if(socket.cpus, [&](int one) { return !is_allowed(one, limits); });
  std::erase_if(sockets, [](const CpuSocket& socket) { return socket.cpus.empty(); });
  return sockets;
}

Result<> CpuModelSource::open(const CpuIdentity& cpu, const CpuPower& power, const JobLimits& limits) {
  const auto ticks = stat_.read();
  if (!ticks) return unexpected(ticks.error());
  const auto sockets = allowed_sockets(cpu, limits, *ticks);
  std::size_t allowed = 0;
  for (const auto& socket : sockets) allowed += socket.cpus.size();
  if (allowed == 0 || ticks->empty())
    return unexpected(Errc::unsupported, "modelling the CPU: none of the CPUs this process may use is in /proc/stat",
                      "check the affinity (taskset -p $$) and that /proc is the kernel's");
  const auto quota = limits.cpu_count && limits.cpu_count->value < static_cast<double>(allowed) ? limits.cpu_count : std::nullopt;
  const double share = quota ? quota->value / static_cast<double>(allowed) : 1;
  const auto note = note_of(power, cpu, allowed, std::max(cpu.cpu_count(), allowed), quota);
  for (const auto& socket : sockets) add_package(socket, power, share * static_cast<double>(socket.cpus.size()), note, *ticks);
  return {};
}

Result<std::vector<std::unique_ptr<EnergySource>>> open_cpu_model(const Host& host, const Clock& clock, std::vector<Error>& notes) {
  const CpuIdentity cpu = identify_cpu(host);
  const CpuPower power = cpu_power(cpu);
  auto source = std::make_unique<CpuModelSource>(host.path("/proc/stat"), clock);
  if (auto opened = source->open(cpu, power, job_limits(host)); !opened) return unexpected(opened.error());
  if (power.match == CpuMatch::generic)
    notes.push_back({Errc::not_found, fmt::format("CPU '{}' is in no table: generic watts with a wide band", cpu.name),
                     "report the model name in /proc/cpuinfo and its TDP so that it can be added to data/cpu_models.csv"});
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::move(source));
  return sources;
}

}  // namespace

const Backend kCpuModelBackend{"cpu-model", false, open_cpu_model};

}  // namespace carbontracker
