#include "cli/metric_choice.h"

#include <cmath>

namespace carbontracker::cli {
namespace {

constexpr const char* kExample = "--metric val_loss --patience 3";

const char* without_metric(const MetricArguments& given) {
  if (given.target) return "--target";
  if (given.patience) return "--patience";
  if (given.min_delta) return "--min-delta";
  return given.smaller ? "--smaller" : given.larger ? "--larger" : nullptr;
}

}  // namespace

Result<std::optional<MetricChoice>> metric_choice(const MetricArguments& given) {
  if (given.metric.empty()) {
    const char* alone = without_metric(given);
    if (alone) return unexpected(Errc::invalid_input, std::string("run: ") + alone + " goes with --metric", kExample);
    return std::optional<MetricChoice>();
  }
  auto reader = MetricReader::make(given.metric);
  if (!reader) return unexpected(reader.error());
  if (!given.target && !given.patience) return unexpected(Errc::invalid_input, "--metric " + given.metric + ": what stops the command is not told", "--patience N, or --target VALUE");
  if (given.patience && *given.patience != std::floor(*given.patience)) return unexpected(Errc::invalid_input, "--patience is no whole number of evaluations", kExample);
  if (given.smaller && given.larger) return unexpected(Errc::invalid_input, "--smaller and --larger exclude each other", "give one of them");
  const auto larger = given.larger || given.smaller ? std::optional(given.larger) : larger_is_better(given.metric);
  if (!larger) return unexpected(Errc::invalid_input, "--metric " + given.metric + ": its name does not say whether smaller or larger is better", "give --smaller or --larger");
  MetricRule rule{reader->name(), {given.target, given.patience, given.min_delta.value_or(0), *larger}};
  return std::optional(MetricChoice{std::move(*reader), std::move(rule)});
}

}  // namespace carbontracker::cli
