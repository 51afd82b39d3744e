#pragma once
// The kernel's lists of CPU numbers: cpumask, online, Cpus_allowed_list.

#include <string_view>
#include <vector>

namespace carbontracker {

// "0-3,8,10-11" -> {0,1,2,3,8,10,11}, ascending and each once; a part that does not parse is left out, and so is one with a
// number above 65535.
[[nodiscard]] std::vector<int> parse_cpu_list(std::string_view text);

}  // namespace carbontracker
