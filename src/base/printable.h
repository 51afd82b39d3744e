#pragma once
// Text from outside (names, command lines, messages of vendor libraries) made safe to show.

#include <string>
#include <string_view>

namespace carbontracker {

// Valid UTF-8 without control characters: those, bytes that are no UTF-8 and characters that turn the direction of writing are
// shown as \n, \t, \x1b or \u202e, and a backslash as two. Longer than `limit` bytes: cut at a character, with "..." after it.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = std::string_view::npos);

// Valid UTF-8: each byte that belongs to no character becomes U+FFFD. Control characters stay.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// Bytes of the well-formed UTF-8 character at the start of `text` (1 to 4), 0 where there is none (Unicode 15, table 3-7).
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace carbontracker
