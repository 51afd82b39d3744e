#pragma once
// ISO 8601 in and out, without locale or time zone database.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace carbontracker {

// "2026-11-25", "2026-11-25T10:00Z", "2026-11-25 10:00:00.250+01:00"; without an offset UTC is meant. Nothing for anything else,
// a date that does not exist (30 February) included.
[[nodiscard]] std::optional<WallTime> parse_iso_time(std::string_view text);

// "2026-11-25T10:00:00.000Z"
[[nodiscard]] std::string iso_time(WallTime when);

}  // namespace carbontracker
