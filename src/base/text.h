#pragma once
// Locale-free parsing and small text helpers (a decimal comma in the user's locale must never change a number).

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carbontracker {

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool starts_with_no_case(std::string_view text, std::string_view prefix);

// The whole trimmed text as a number, or nothing: "12abc", "-5" (unsigned), "" and out of range are nothing.
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text);
// Decimal point only; "nan" and "inf" are nothing.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

// One line of CSV (RFC 4180 quoting, a trailing CR dropped) into fields.
[[nodiscard]] std::vector<std::string> csv_fields(std::string_view line);

}  // namespace carbontracker
