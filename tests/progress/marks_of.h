#pragma once
// Lines with their seconds in, marks as words out.

#include <cmath>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "progress/line_parser.h"

namespace carbontracker {

inline Instant at(double seconds) { return Instant(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9))); }

inline std::string number(double value) {
  std::ostringstream text;
  text << std::round(value * 1000) / 1000;
  return text.str();
}

// "epoch_end 3/10", "step 0.2/10 epoch", with ! where it revises.
inline std::string words(const Mark& mark) {
  static const char* kNames[] = {"epoch_begin", "epoch_end", "step", "region_begin", "region_end", "plan"};
  return std::string(kNames[static_cast<int>(mark.kind)]) + " " + number(mark.done) + "/" + number(mark.of) + " " + mark.unit + (mark.revises ? " !" : "");
}

// Each line at the second that stands before it: "12.5|text".
inline std::vector<std::string> marks_of(const std::vector<std::pair<double, std::string>>& lines) {
  LineParser parser(at(0));
  std::vector<std::string> out;
  for (const auto& [second, line] : lines) {
    for (const Mark& mark : parser.feed(0, line + "\n", at(second))) out.push_back(words(mark));
  }
  return out;
}
inline std::vector<std::string> marks_of_line(const std::string& line) { return marks_of({{1, line}}); }
using Words = std::vector<std::string>;

}  // namespace carbontracker
