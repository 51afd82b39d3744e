#pragma once
// Durations as people write them.

#include <optional>
#include <string>
#include <string_view>

#include "carbontracker/units.h"

namespace carbontracker {

// "500ms", "90s", "5m", "24h", "7d", "1h30m"; a bare number is seconds. Nothing for anything else, for less than 0 and for more than 100 years.
[[nodiscard]] std::optional<Seconds> parse_duration(std::string_view text);
// "850 ms", "12.4 s", "3 min 05 s", "1 h 12 min", "3 d 4 h".
[[nodiscard]] std::string show_duration(Seconds time);

}  // namespace carbontracker
