#include "hardware/cpu_list.h"

#include <algorithm>

#include "base/text.h"

namespace carbontracker {

std::vector<int> parse_cpu_list(std::string_view text) {
  constexpr std::uint64_t kMost = 65536;  // CPUs; a damaged file must not make us count for ever
  std::vector<int> cpus;
  for (const auto part : split(trim(text), ',')) {
    const auto ends = split(part, '-');
    const auto first = parse_uint(ends.front());
    const auto last = parse_uint(ends.back());
    if (!first || !last || ends.size() > 2 || *last >= kMost) continue;
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

}  // namespace carbontracker
