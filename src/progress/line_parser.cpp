#include "progress/line_parser.h"

#include "progress/scan.h"

namespace carbontracker {
namespace {

constexpr std::size_t kContext = 160;

}  // namespace

std::vector<Mark> LineParser::feed(int stream, std::string_view bytes, Instant at) {
  std::vector<Mark> marks;
  splitters_[stream == 1 ? 1 : 0].feed(bytes, [&](std::string_view line) {
    auto seen = pattern_ ? pattern_->match(line) : observe(line);
    if (!seen) {
      if (line.find_first_not_of(" \t") != std::string_view::npos) before_ = line.substr(0, kContext);
      return;
    }
    seen->doubtful = seen->kind == Observation::Kind::bar && !seen->sure && !seen->metrics && scan::names_other_work(before_);
    model_.take(*seen, at, marks);
  });
  return marks;
}

}  // namespace carbontracker
