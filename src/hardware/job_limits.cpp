#include "hardware/job_limits.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "hardware/cpu_list.h"

namespace carbontracker {
namespace {

constexpr double kNoMemoryLimit = 1e15;  // cgroup v1 writes "none" as 2^63 less a page

std::string content(const Host& host, const std::string& path) {
  const auto text = read_file(host.path(path), 65536);
  return text ? std::string(trim(*text)) : std::string();
}

void tighten(std::optional<Limit>& limit, std::optional<double> value, std::string_view from) {
  if (value && *value > 0 && (!limit || *value < limit->value)) limit = Limit{*value, std::string(from)};
}

// Affinity and cpuset together, as the kernel applies them. /proc/self follows the reader also below another root.
std::optional<std::vector<int>> allowed_cpus(const Host& host) {
  static constexpr std::string_view kKey = "Cpus_allowed_list:";
  const std::string status = content(host, "/proc/self/status");
  const auto at = status.find(kKey);
  if (at == std::string::npos) return std::nullopt;
  const auto line = std::string_view(status).substr(at + kKey.size());
  auto cpus = parse_cpu_list(line.substr(0, line.find('\n')));
  return cpus.empty() ? std::nullopt : std::optional(std::move(cpus));
}

struct Membership {
  std::string controllers;  // "cpu,cpuacct"; empty: the unified hierarchy
  std::string path;         // "/system.slice/node07_slurmstepd.scope/job_42/step_0"
};

std::vector<Membership> memberships(const Host& host) {
  std::vector<Membership> found;
  const std::string text = content(host, "/proc/self/cgroup");
  for (const auto line : split(text, '\n')) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    found.push_back({std::string(line.substr(first + 1, second - first - 1)), std::string(line.substr(second + 1))});
  }
  return found;
}

// Calls `visit` with the group's directory and those of its parents: each may limit, and in a container with a
// cgroup namespace of the host only the mount's root exists.
template <class Visit>
void for_each_group(const std::string& mount, std::string path, Visit visit) {
  for (;;) {
    while (!path.empty() && path.back() == '/') path.pop_back();
    visit(mount + path);
    if (path.empty()) return;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

// "200000 100000" is two CPUs, "max 100000" none.
std::optional<double> quota_v2(const std::string& text) {
  const auto space = text.find(' ');
  const auto quota = parse_double(text.substr(0, space));
  const auto period = space == std::string::npos ? std::nullopt : parse_double(text.substr(space + 1));
  if (!quota || !period || *period <= 0) return std::nullopt;
  return *quota / *period;
}

std::optional<double> quota_v1(const Host& host, const std::string& group) {
  const auto quota = parse_double(content(host, group + "/cpu.cfs_quota_us"));
  const auto period = parse_double(content(host, group + "/cpu.cfs_period_us"));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

std::optional<double> memory_limit(const std::string& text) {
  const auto bytes = parse_double(text);
  return bytes && *bytes < kNoMemoryLimit ? bytes : std::nullopt;
}

void take_unified(const Host& host, const std::string& path, JobLimits& limits) {
  for_each_group("/sys/fs/cgroup", path, [&](const std::string& group) {
    tighten(limits.cpu_count, quota_v2(content(host, group + "/cpu.max")), "cgroup cpu.max");
    tighten(limits.memory_bytes, memory_limit(content(host, group + "/memory.max")), "cgroup memory.max");
  });
}

void take_v1(const Host& host, const Membership& member, JobLimits& limits) {
  for (const auto controller : split(member.controllers, ',')) {
    const std::string own_mount = "/sys/fs/cgroup/" + std::string(controller);
    if (controller == "cpu") {
      const auto take = [&](const std::string& group) { tighten(limits.cpu_count, quota_v1(host, group), "cgroup cpu.cfs_quota_us"); };
      for_each_group(own_mount, member.path, take);
      if (member.controllers != "cpu") for_each_group("/sys/fs/cgroup/" + member.controllers, member.path, take);
    }
    if (controller == "memory")
      for_each_group(own_mount, member.path, [&](const std::string& group) {
        tighten(limits.memory_bytes, memory_limit(content(host, group + "/memory.limit_in_bytes")), "cgroup memory.limit_in_bytes");
      });
  }
}

std::optional<double> variable(const Host& host, std::string_view name) {
  const auto text = host.env(name);
  return text ? parse_double(*text) : std::nullopt;
}

// Slurm's megabytes are 2^20. A value of 0 means all of the node's memory.
void take_slurm(const Host& host, JobLimits& limits) {
  if (!host.env("SLURM_JOB_ID")) return;
  const auto cpus = variable(host, "SLURM_CPUS_ON_NODE");
  tighten(limits.cpu_count, cpus, "SLURM_CPUS_ON_NODE");
  if (const auto node = variable(host, "SLURM_MEM_PER_NODE")) tighten(limits.memory_bytes, *node * 1048576, "SLURM_MEM_PER_NODE");
  if (const auto each = variable(host, "SLURM_MEM_PER_CPU"); each && cpus)
    tighten(limits.memory_bytes, *each * *cpus * 1048576, "SLURM_MEM_PER_CPU");
}

}  // namespace

JobLimits job_limits(const Host& host) {
  JobLimits limits;
  limits.cpus = allowed_cpus(host);
  for (const auto& member : memberships(host)) {
    if (member.controllers.empty()) take_unified(host, member.path, limits);
    else take_v1(host, member, limits);
  }
  take_slurm(host, limits);
  return limits;
}

}  // namespace carbontracker
