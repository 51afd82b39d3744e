#pragma once
// run --metric: what is looked for in the output, and the rule that it is held against.

#include <optional>

#include "cli/arguments_outlook.h"
#include "progress/metric_reader.h"
#include "tracker/metric_book.h"

namespace carbontracker::cli {

struct MetricChoice {
  MetricReader reader;
  MetricRule rule;
};

// Nothing where none was asked for. Errc::invalid_input where options do not go together, or the way is not known.
[[nodiscard]] Result<std::optional<MetricChoice>> metric_choice(const MetricArguments& given);

}  // namespace carbontracker::cli
