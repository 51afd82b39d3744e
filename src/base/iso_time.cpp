#include "base/iso_time.h"

#include <fmt/format.h>

#include "base/text.h"

namespace carbontracker {
namespace {

// Takes `digits` digits off the front; nothing when there are not that many.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<WallTime> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)), std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional<WallTime>(std::chrono::sys_days(date)) : std::nullopt;
}

// Milliseconds of ".25"; further digits are read and dropped.
int take_fraction(std::string_view& text) {
  int value = 0, scale = 100;
  if (!take(text, '.')) return 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), scale /= 10) value += (text.front() - '0') * scale;
  return value;
}

std::optional<std::chrono::milliseconds> take_clock(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::chrono::milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!take(text, ':')) return time;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return time + std::chrono::seconds(*second) + std::chrono::milliseconds(take_fraction(text));
}

// "Z", "+01:00", "-0530", "+02", or nothing (UTC).
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return std::chrono::minutes(0);
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  const auto hours = take_number(text, 2);
  if (sign == 0 || !hours || *hours > 14) return std::nullopt;
  if (text.empty()) return std::chrono::minutes(sign * *hours * 60);
  take(text, ':');
  const auto minutes = take_number(text, 2);
  return minutes && *minutes < 60 ? std::optional(std::chrono::minutes(sign * (*hours * 60 + *minutes))) : std::nullopt;
}

}  // namespace

std::optional<WallTime> parse_iso_time(std::string_view given) {
  std::string_view text = trim(given);
  auto when = take_date(text);
  if (!when || text.empty()) return when;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *when + *clock - *offset;
}

std::string iso_time(WallTime when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const auto ms = (when - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

}  // namespace carbontracker
