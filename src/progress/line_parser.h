#pragma once
// From the bytes that a training prints to marks. One object a stream set; one thread.
//
//   LineParser parser(clock.now());
//   events.on_output = [&](int stream, std::string_view bytes) { for (const Mark& mark : parser.feed(stream, bytes, clock.now())) ledger.mark(mark); };

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "progress/line_splitter.h"
#include "progress/mark.h"
#include "progress/metric_reader.h"
#include "progress/progress_model.h"
#include "progress/user_pattern.h"

namespace carbontracker {

class LineParser {
 public:
  // `began`: when the program started. With a pattern of the user's only that is looked for. `metric`: looked for besides.
  explicit LineParser(Instant began, std::optional<UserPattern> pattern = std::nullopt, std::optional<MetricReader> metric = std::nullopt)
      : model_(began), pattern_(std::move(pattern)), metric_(std::move(metric)) {}

  // Marks that follow from more bytes of stream 0 or 1. Any bytes, any chunks; memory is bounded. At most about 1 us a line.
  [[nodiscard]] std::vector<Mark> feed(int stream, std::string_view bytes, Instant at);

  // Steps of the training told so far, counted on from epoch to epoch; 0: none.
  [[nodiscard]] double steps() const { return model_.steps(); }

 private:
  void take_progress(std::string_view line, Instant at, std::vector<Mark>& marks);
  LineSplitter splitters_[2];
  ProgressModel model_;
  std::optional<UserPattern> pattern_;
  std::optional<MetricReader> metric_;
  std::string before_;   // the last line that was nothing: it may say what a bar after it is about
};

}  // namespace carbontracker
