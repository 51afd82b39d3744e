#include "base/duration.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace carbontracker {
namespace {

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr long long kMinutesOfDay = 24 * 60;
constexpr std::array<Unit, 9> kUnits{{{"ms", 1e-3}, {"s", 1}, {"sec", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"hours", 3600}, {"d", 86400}, {"days", 86400}}};

std::optional<double> unit_seconds(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (unit.name == name) return unit.seconds;
  return std::nullopt;
}

bool in_number(char c) { return (c >= '0' && c <= '9') || c == '.'; }

std::string pair(long long big, const char* big_unit, long long small, const char* small_unit) {
  std::string text = std::to_string(big) + " " + big_unit + " ";
  if (small < 10) text += "0";
  return text + std::to_string(small) + " " + small_unit;
}

// Three significant digits, no locale.
std::string three_digits(double value, const char* unit) {
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  const auto scaled = static_cast<long long>(std::llround(value * std::pow(10.0, decimals)));
  std::string digits = std::to_string(scaled);
  if (decimals > 0) {
    while (static_cast<int>(digits.size()) <= decimals) digits.insert(0, "0");
    digits.insert(digits.size() - static_cast<std::size_t>(decimals), 1, '.');
  }
  return digits + " " + unit;
}

// What a clock of nanoseconds in 64 bits can add to now.
std::optional<Seconds> within_reason(double seconds) {
  return seconds >= 0 && seconds <= 3.2e9 ? std::optional(Seconds(seconds)) : std::nullopt;
}

}  // namespace

std::optional<Seconds> parse_duration(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  if (const auto bare = parse_double(text)) return within_reason(*bare);
  double total = 0;
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && in_number(text[digits])) ++digits;
    const auto number = parse_double(text.substr(0, digits));
    text = trim(text.substr(digits));
    std::size_t letters = 0;
    while (letters < text.size() && !in_number(text[letters]) && text[letters] != ' ') ++letters;
    const auto unit = unit_seconds(text.substr(0, letters));
    if (!number || !unit) return std::nullopt;
    total += *number * *unit;
    text = trim(text.substr(letters));
  }
  return within_reason(total);
}

std::string show_duration(Seconds time) {
  const double s = time.count();
  if (!std::isfinite(s) || s < 0) return "unknown";
  if (s < 0.9995) return three_digits(s * 1000, "ms");
  if (s < 59.95) return three_digits(s, "s");
  const auto whole = static_cast<long long>(std::llround(s));
  if (whole < 3600) return pair(whole / 60, "min", whole % 60, "s");
  const long long minutes = (whole + 30) / 60;
  if (minutes < 2 * kMinutesOfDay) return pair(minutes / 60, "h", minutes % 60, "min");
  return std::to_string(minutes / kMinutesOfDay) + " d " + std::to_string(minutes % kMinutesOfDay / 60) + " h";
}

}  // namespace carbontracker
