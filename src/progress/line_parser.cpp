#include "progress/line_parser.h"

namespace carbontracker {

std::vector<Mark> LineParser::feed(int stream, std::string_view bytes, Instant at) {
  std::vector<Mark> marks;
  splitters_[stream == 1 ? 1 : 0].feed(bytes, [&](std::string_view line) {
    const auto seen = pattern_ ? pattern_->match(line) : observe(line);
    if (seen) model_.take(*seen, at, marks);
  });
  return marks;
}

}  // namespace carbontracker
