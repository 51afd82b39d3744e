#include "hardware/job_gpus.h"

#include <algorithm>

#include "base/text.h"
#include "hardware/cpu_list.h"

namespace carbontracker {
namespace {

constexpr std::uint64_t kMost = 256;  // far more than any node holds: a damaged variable

}  // namespace

int job_gpus(const Host& host) {
  if (!host.env("SLURM_JOB_ID")) return 0;
  if (const auto count = parse_uint(host.env("SLURM_GPUS_ON_NODE").value_or(""))) return *count <= kMost ? static_cast<int>(*count) : 0;
  for (const char* name : {"SLURM_JOB_GPUS", "SLURM_STEP_GPUS"})
    if (const auto list = host.env(name)) return static_cast<int>(std::min<std::uint64_t>(parse_cpu_list(*list).size(), kMost));  // written alike
  return 0;
}

}  // namespace carbontracker
