#include "tracker/identity.h"

#include <sys/random.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>

#include "base/files.h"
#include "base/text.h"

namespace carbontracker {

std::string new_run_id(WallTime started) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(started.time_since_epoch()).count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S-", &utc);
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) {
    random = static_cast<std::uint32_t>(::getpid()) * 2654435761u ^ static_cast<std::uint32_t>(started.time_since_epoch().count());
  }
  std::string id = stamp;
  for (int digit = 0; digit < 6; ++digit) id += "0123456789abcdef"[(random >> (4 * digit)) & 15];
  return id;
}

std::string node_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] ? name : "localhost";
}

std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id", 256);
  return text ? std::string(trim(*text)) : std::string();
}

int attempt_number(const Host& host) {
  const auto count = parse_uint(host.env("SLURM_RESTART_COUNT").value_or(""));
  return count && *count < 1'000'000 ? static_cast<int>(*count) : 0;
}

std::string sweep_name(const Host& host) {
  const auto value = [&](const char* name) { return std::string(trim(host.env(name).value_or(""))); };
  if (auto own = value("CARBONTRACKER_SWEEP"); !own.empty()) return own;
  if (const auto sweep = value("WANDB_SWEEP_ID"); !sweep.empty()) return "wandb-" + sweep.substr(sweep.rfind('/') + 1);
  if (const auto job = value("SLURM_ARRAY_JOB_ID"); !job.empty()) return "slurm-" + job;
  // Outside an array SGE says "undefined" and LSF index 0.
  if (const auto task = value("SGE_TASK_ID"), job = value("JOB_ID"); !task.empty() && task != "undefined" && !job.empty()) return "sge-" + job;
  if (const auto index = value("LSB_JOBINDEX"), job = value("LSB_JOBID"); !index.empty() && index != "0" && !job.empty()) return "lsf-" + job;
  if (const auto job = value("PBS_ARRAY_ID"); !job.empty()) return "pbs-" + job;
  return {};
}

}  // namespace carbontracker
