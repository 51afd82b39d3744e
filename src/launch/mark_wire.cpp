#include "launch/mark_wire.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace carbontracker {
namespace {

constexpr std::string_view kVersion = "ct1";
constexpr std::array<std::string_view, 6> kKinds = {"epoch_begin", "epoch_end", "step", "region_begin", "region_end", "plan"};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string cleaned(std::string_view text, bool one_word) {
  std::string out(text.substr(0, kLongestName));
  std::replace_if(out.begin(), out.end(), [&](char c) { return is_control(c) || (one_word && c == ' '); }, '_');
  return out.empty() ? "-" : out;
}

std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::isfinite(value) && value > 0 ? value : 0.0).ptr;
  return std::string(buffer, end);
}

std::string_view next_field(std::string_view& text) {
  const auto space = text.find(' ');
  const std::string_view field = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return field;
}

std::string unless_empty(std::string_view field) { return field == "-" ? std::string() : std::string(field); }

}  // namespace

std::string encode(const WireMark& mark) {
  std::string out(kVersion);
  out += ' ';
  out += kKinds[static_cast<std::size_t>(mark.kind)];
  out += ' ' + std::to_string(mark.monotonic_ns) + ' ' + shortest(mark.done) + ' ' + shortest(mark.of);
  out += ' ' + cleaned(std::string_view(mark.unit).substr(0, 32), true) + ' ' + cleaned(mark.name, false);
  return out;
}

std::optional<WireMark> decode(std::string_view datagram) {
  if (datagram.size() > kLongestMark || next_field(datagram) != kVersion) return std::nullopt;
  const auto kind = std::find(kKinds.begin(), kKinds.end(), next_field(datagram));
  const auto time = parse_uint(next_field(datagram));
  const auto done = parse_double(next_field(datagram)), of = parse_double(next_field(datagram));
  const std::string_view unit = next_field(datagram), name = datagram;
  if (kind == kKinds.end() || !time || !done || !of || *done < 0 || *of < 0 || unit.empty() || name.empty()) return std::nullopt;
  if (name.size() > kLongestName || std::any_of(name.begin(), name.end(), is_control)) return std::nullopt;
  if (std::any_of(unit.begin(), unit.end(), is_control) || *time > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return WireMark{static_cast<WireMark::Kind>(kind - kKinds.begin()), static_cast<std::int64_t>(*time), *done, *of, unless_empty(unit), unless_empty(name)};
}

}  // namespace carbontracker
