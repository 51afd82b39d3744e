#include "progress/line_parser.h"

#include "progress/scan.h"

namespace carbontracker {
namespace {

constexpr std::size_t kContext = 160;

}  // namespace

void LineParser::take_progress(std::string_view line, Instant at, std::vector<Mark>& marks) {
  auto seen = pattern_ ? pattern_->match(line) : observe(line);
  if (!seen) {
    if (line.find_first_not_of(" \t") != std::string_view::npos) before_ = line.substr(0, kContext);
    return;
  }
  seen->doubtful = seen->kind == Observation::Kind::bar && !seen->sure && !seen->metrics && scan::names_other_work(before_);
  model_.take(*seen, at, marks);
}

// A line's metric comes behind its progress: it is the value after what the line says is done.
std::vector<Mark> LineParser::feed(int stream, std::string_view bytes, Instant at) {
  std::vector<Mark> marks;
  splitters_[stream == 1 ? 1 : 0].feed(bytes, [&](std::string_view line) {
    take_progress(line, at, marks);
    const auto seen = metric_ ? metric_->read(line) : std::nullopt;
    if (!seen) return;
    Mark mark;
    mark.kind = MarkKind::metric;
    mark.at = at;
    mark.name = metric_->name();
    mark.value = seen->value;
    mark.source = seen->source;
    marks.push_back(std::move(mark));
  });
  return marks;
}

}  // namespace carbontracker
