#pragma once
// Dates in HTTP headers (RFC 9110, 5.6.7).

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace carbontracker {

// "Sun, 06 Nov 1994 08:49:37 GMT", and the two obsolete forms that a reader must know: "Sunday, 06-Nov-94 08:49:37 GMT" (a year that would be more than
// 50 ahead of 2026 is of the century before) and "Sun Nov  6 08:49:37 1994". The day of the week is not checked. Nothing for anything else.
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace carbontracker
