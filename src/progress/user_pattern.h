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
// Without names the first group is what is done and the second, if any, the total. No backtracking: a line costs time in
// proportion to its length, which is bounded (kLongest; longer lines are not tried).
class UserPattern {
 public:
  static constexpr std::size_t kLongest = 1024;
  [[nodiscard]] static Result<UserPattern> compile(const std::string& pattern);
  ~UserPattern();
  UserPattern(UserPattern&&) noexcept;
  UserPattern& operator=(UserPattern&&) noexcept;
  // Steps done of a total (0: not said); epochs where the group is called epoch.
  [[nodiscard]] std::optional<Observation> match(std::string_view line) const;

 private:
  UserPattern();
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace carbontracker
