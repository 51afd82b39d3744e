#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/files.h"
#include "base/text.h"
#include "carbon/cloud_metadata.h"
#include "carbon/footprint.h"
#include "carbon/zones.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

std::string text_of(const Host& host, std::string_view path) {
  const auto text = read_file(host.path(path), 4096);
  return text ? std::string(trim(*text)) : std::string();
}

// The first kilobytes only: the whole of /proc/cpuinfo costs milliseconds on a machine with hundreds of CPUs.
std::string start_of(const std::string& path) {
  std::array<char, 8192> buffer{};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

Facility typical(std::string_view id, std::string_view why) {
  const auto row = find_row("pue", id);
  if (!row) return {};
  return {row->number("pue").value_or(1), fmt::format("{}{}{}", (*row)["source"], why.empty() ? "" : "; ", why)};
}

// The mean of an industry's data centres stands in for one that is not known, and says so.
Facility industry(std::string_view why) { return typical("industry", fmt::format("default for {}", why)); }

std::optional<Facility> by_region(const Place& place) {
  const auto row = find_row("cloud_regions", place.provider + ":" + place.region);
  if (!row || !row->number("pue")) return std::nullopt;
  return Facility{*row->number("pue"), fmt::format("{} {}, {}", provider_name(place.provider), place.region, (*row)["pue_year"])};
}

const char* cluster(const Host& host) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kSigns{{{"SLURM_JOB_ID", "a Slurm node"}, {"PBS_JOBID", "a PBS node"},
      {"LSB_JOBID", "an LSF node"}, {"JOB_ID", "a Grid Engine node"}, {"FLUX_JOB_ID", "a Flux node"}, {"KUBERNETES_SERVICE_HOST", "a Kubernetes node"}}};
  for (const auto& [variable, what] : kSigns)
    if (host.env(variable) && (std::string_view(variable) != "JOB_ID" || host.env("SGE_ROOT"))) return what;
  return nullptr;
}

// A battery of the machine itself; those of mice and headsets have the scope "Device".
bool has_battery(const Host& host) {
  const auto supplies = list_directory(host.path("/sys/class/power_supply"));
  if (!supplies) return false;
  return std::any_of(supplies->begin(), supplies->end(), [&](const std::string& name) {
    const std::string supply = "/sys/class/power_supply/" + name;
    return text_of(host, supply + "/type") == "Battery" && text_of(host, supply + "/scope") != "Device";
  });
}

// Desktop hypervisors run on somebody's own machine.
bool on_own_machine(const Host& host) {
  if (lower(text_of(host, "/proc/version")).find("microsoft") != std::string::npos) return true;  // WSL
  const std::string vendor = text_of(host, "/sys/class/dmi/id/sys_vendor");
  return vendor == "innotek GmbH" || starts_with_no_case(vendor, "Parallels");
}

bool is_virtual(const Host& host) {
  const std::string cpu = start_of(host.path("/proc/cpuinfo"));
  const auto flags = cpu.find("\nflags");
  if (flags != std::string::npos) {
    const std::string line = cpu.substr(flags + 1, cpu.find('\n', flags + 1) - flags - 1) + " ";
    if (line.find(" hypervisor ") != std::string::npos) return true;
  }
  const std::string vendor = text_of(host, "/sys/class/dmi/id/sys_vendor");
  return vendor == "QEMU" || vendor == "Xen" || starts_with_no_case(vendor, "VMware") || starts_with_no_case(vendor, "OpenStack");
}

// SMBIOS chassis types (DSP0134, table 17): 17 main server chassis, 23 rack mount, 25 multi-system, 28 blade, 29 blade enclosure.
bool is_server_chassis(const Host& host) {
  const auto type = parse_uint(text_of(host, "/sys/class/dmi/id/chassis_type")).value_or(0);
  return type == 17 || type == 23 || type == 25 || type == 28 || type == 29;
}

}  // namespace

Facility default_facility(const Place& place, const Host& host) {
  if (auto own = by_region(place)) return *own;
  std::string provider = place.provider;
  if (provider.empty())
    if (const auto cloud = cloud_on(host)) provider = cloud->provider;
  if (!provider.empty()) return typical(provider, "");
  if (const char* what = cluster(host)) return industry(what);
  if (has_battery(host)) return {1.0, "1.0: laptop (it has a battery)"};
  if (on_own_machine(host)) return {1.0, "1.0: workstation (desktop hypervisor)"};
  if (is_virtual(host)) return industry("a virtual machine");
  if (is_server_chassis(host)) return industry("a server chassis");
  return {1.0, "1.0: workstation"};
}

}  // namespace carbontracker
