#include "report/likely_end.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/printable.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number_or_null(const std::optional<double>& value) { return value ? number(*value) : Json(); }

}  // namespace

std::string show_units(double units) { return fmt::format("{:.10g}", std::round(units * 100) / 100); }

std::string likely_end_json(const EndRecord& end, Grams grams) {
  if (!end.reason.empty()) return "null";
  const Json out{{"units", number(end.units)}, {"low", number(end.low)}, {"high", number(end.high)}, {"before_plan", number(end.before_plan)},
                 {"joules", number(end.joules.value())}, {"joules_low", number(end.joules_low.value())}, {"joules_high", number(end.joules_high.value())},
                 {"seconds", number(end.seconds.count())}, {"seconds_low", number(end.seconds_low.count())}, {"seconds_high", number(end.seconds_high.count())},
                 {"grams", number(grams.value())}, {"metric", valid_utf8(end.metric)}, {"target", number_or_null(end.target)},
                 {"patience", number_or_null(end.patience)}, {"min_delta", number(end.min_delta)}, {"better", end.larger_is_better ? "larger" : "smaller"}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string likely_end_words(const EndRecord& end, const std::string& unit, Grams grams) {
  const std::string by = "by " + printable(end.metric, 40);
  if (!end.reason.empty()) return "no likely end " + by + ": " + printable(end.reason, 200);
  const int percent = static_cast<int>(std::lround(100 * end.before_plan));
  if (end.before_plan < 0.5) return fmt::format("no early end in sight {} ({} % before the plan's)", by, percent);
  const std::string between = end.low == end.high ? "" : fmt::format(" ({} to {})", show_units(end.low), show_units(end.high));
  return fmt::format("likely stops after {} {}s{} {}: {}, {}, {} CO2e", show_units(end.units), unit, between, by, show(end.joules), show_duration(end.seconds), show(grams));
}

}  // namespace carbontracker
