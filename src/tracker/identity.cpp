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

}  // namespace carbontracker
