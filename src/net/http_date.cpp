#include "net/http_date.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace carbontracker {
namespace {

std::optional<unsigned> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), name);
  return found == kMonths.end() ? std::nullopt : std::optional(static_cast<unsigned>(found - kMonths.begin()) + 1);
}

std::optional<unsigned> digits(std::string_view text, std::size_t least, std::size_t most) {
  const auto number = text.size() >= least && text.size() <= most ? parse_uint(text) : std::nullopt;
  return number ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

std::optional<WallTime> at(std::optional<unsigned> year, std::optional<unsigned> month, std::optional<unsigned> day, std::string_view clock) {
  const auto parts = split(clock, ':');
  if (!year || !month || !day || parts.size() != 3) return std::nullopt;
  const auto hour = digits(parts[0], 2, 2), minute = digits(parts[1], 2, 2), second = digits(parts[2], 2, 2);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60 || !date.ok() || *year < 1970) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::optional<unsigned> century(std::optional<unsigned> two_digits) {
  if (!two_digits) return std::nullopt;
  return *two_digits + (*two_digits > 76 ? 1900 : 2000);
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(trim(text), ' '))
    if (!word.empty()) words.push_back(word);
  if (words.size() == 6 && words[5] == "GMT") return at(digits(words[3], 4, 4), month_of(words[2]), digits(words[1], 2, 2), words[4]);
  if (words.size() == 5) return at(digits(words[4], 4, 4), month_of(words[1]), digits(words[2], 1, 2), words[3]);
  if (words.size() != 4 || words[3] != "GMT") return std::nullopt;
  const auto date = split(words[1], '-');
  return date.size() == 3 ? at(century(digits(date[2], 2, 2)), month_of(date[1]), digits(date[0], 2, 2), words[2]) : std::nullopt;
}

}  // namespace carbontracker
