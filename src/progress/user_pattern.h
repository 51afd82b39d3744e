#pragma once
// --progress-pattern: the user's own regular expression for lines that no built-in pattern knows.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "carbontracker/result.h"
#include "progress/observation.h"

namespace carbontracker {

// POSIX extended syntax with \d \w \s, (?:...) and named groups (?<done>...) (?<of>...) (?<epoch>...) or their Python spelling (?P<done>...).
// Without names the first group is what is done and the second, if any, the total. Whatever the pattern, lines cost little: longer ones than kLongest
// are not tried; back references, and repetitions within repetitions that come to more than kLargest characters, are refused (the C
// library would take seconds a line); after a line that took long none is tried for twenty times as long.
class UserPattern {
 public:
  static constexpr std::size_t kLongest = 1024;
  static constexpr double kLargest = 1000;
  // `what` it is for, in errors.
  [[nodiscard]] static Result<UserPattern> compile(const std::string& pattern, const std::string& what = "progress pattern");
  ~UserPattern();
  UserPattern(UserPattern&&) noexcept;
  UserPattern& operator=(UserPattern&&) noexcept;
  // Steps done of a total (0: not said); epochs where the group is called epoch. One thread.
  [[nodiscard]] std::optional<Observation> match(std::string_view line) const;
  // What the first group (or one of any name but `of`) holds, as it stands in the line.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view line) const;

 private:
  UserPattern();
  struct Compiled;
  struct Groups;
  [[nodiscard]] std::optional<Groups> find(std::string_view line) const;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace carbontracker
