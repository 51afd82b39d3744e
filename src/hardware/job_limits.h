#pragma once
// What of this machine the job may use: the CPU set (affinity and cpuset), the CPU quota and the memory limit of its
// cgroups (v1 and v2), and Slurm's environment. Read once, when a source opens.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/host.h"

namespace carbontracker {

struct Limit {
  double value = 0;
  std::string from;  // "cgroup cpu.max", "SLURM_CPUS_ON_NODE": for the note beside the figure
};

struct JobLimits {
  std::optional<std::vector<int>> cpus;  // ascending; empty optional: every online CPU
  std::optional<Limit> cpu_count;        // CPUs' worth of time, possibly a fraction; below the number of `cpus`
  std::optional<Limit> memory_bytes;
};

// Never fails: what cannot be read does not limit.
[[nodiscard]] JobLimits job_limits(const Host& host);

}  // namespace carbontracker
