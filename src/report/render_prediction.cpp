#include "report/render_prediction.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/printable.h"
#include "report/cost.h"
#include "report/likely_end.h"
#include "report/numbers.h"
#include "report/render_json.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kAlike = 1e-9;       // relative: sums of the same hours
constexpr double kWorthSaying = 0.01;  // a smaller equivalent helps nobody; the JSON has it

bool one_figure(const Prediction& p) { return (p.high - p.low).value() <= kAlike * p.high.value(); }

std::string equivalents_line(const std::vector<Equivalent>& all) {
  std::string line;
  for (const Equivalent& e : all)
    if (e.value >= kWorthSaying) line += fmt::format("{}{} {} ({:g} {}, {})", line.empty() ? "" : " · ", three_digits(e.value), e.what, e.factor, e.factor_unit, e.year);
  return line;
}

std::vector<Equivalent> equivalents_of(const Prediction& p) { return equivalents(p.grams(), p.estimate.facility_joules, p.equivalents); }

Json equivalent_part(const Equivalent& e) {
  return {{"what", e.what}, {"value", e.value}, {"unit", e.unit}, {"factor", e.factor}, {"factor_unit", e.factor_unit}, {"year", e.year}, {"source", e.source}};
}

std::string span(Seconds value, Seconds low, Seconds high) {
  const std::string plain = show_duration(value);
  return low == high ? plain : plain + " (" + show_duration(low) + " to " + show_duration(high) + ")";
}

// The method often begins with the units itself.
std::string rests_on(const ForecastRecord& m) {
  const std::string units = fmt::format("{:.10g} of {:.10g} {}s", m.done, m.of, m.unit);
  return m.method.starts_with(units) ? m.method : units + (m.method.empty() ? "" : "; " + m.method);
}

std::string amount(Joules value, Joules low, Joules high) { return low == high ? show(value) : show_interval(value, low, high); }

}  // namespace

std::string prediction_json(const Prediction& p) {
  const PlanEstimate& e = p.estimate;
  Json assumptions = Json::array();
  for (const Assumption& a : e.assumptions)
    assumptions.push_back({{"what", valid_utf8(a.what)}, {"value", valid_utf8(a.value)}, {"from", valid_utf8(a.from)}});
  Json equal = Json::array();
  for (const Equivalent& each : equivalents_of(p)) equal.push_back(equivalent_part(each));
  Json out{{"joules", e.joules.value()}, {"low", e.low.value()}, {"high", e.high.value()}, {"facility_joules", e.facility_joules.value()},
           {"seconds", e.seconds.count()}, {"seconds_low", e.seconds_low.count()}, {"seconds_high", e.seconds_high.count()},
           {"grams", p.grams().value()}, {"grams_low", p.low.value()}, {"grams_high", p.high.value()}, {"assumptions", assumptions}, {"equivalents", equal}};
  if (p.cost) out["cost"] = Json::parse(cost_json(p.cost));
  return out.dump(2) + "\n";
}

std::string prediction_text(const Prediction& p) {
  const PlanEstimate& e = p.estimate;
  std::string out = "energy     " + amount(e.joules, e.low, e.high);
  if (e.facility_joules > e.joules) out += ", " + show(e.facility_joules) + " with PUE";
  out += "\ntime       " + span(e.seconds, e.seconds_low, e.seconds_high);
  out += "\ncarbon     " + show(p.grams()) + " CO2e" + (one_figure(p) ? "" : " (" + show(p.low) + " to " + show(p.high) + ")") + " at " + three_digits(p.grid.value()) + " g/kWh";
  if (p.cost) out += "\ncost       " + cost_words(*p.cost) + " at " + three_digits(p.cost->price.per_kwh) + " a kWh";
  if (const std::string equal = equivalents_line(equivalents_of(p)); !equal.empty()) out += "\nas much as " + equal;
  out += "\n";
  for (const Assumption& a : e.assumptions) out += fmt::format("assumed    {}: {} ({})\n", a.what, a.value, a.from);
  return out;
}

std::string forecast_text(const ReportForecast& forecast) {
  const ForecastRecord& m = forecast.made;
  std::string out = "energy     " + show_interval(m.joules, m.low, m.high) + "\ntime       " + span(m.seconds, m.seconds_low, m.seconds_high) +
         "\ncarbon     " + show(forecast.grams) + " CO2e\nrests on   " + rests_on(m) + "\n";
  if (const auto& end = forecast.likely_end) out += "stops      " + likely_end_words(end->made, m.unit, end->grams) + "\n";
  return out;
}

std::string sweep_text(const SweepSum& sum, const std::optional<SweepForecast>& forecast, std::size_t running) {
  std::string out = fmt::format("together   {} in {} {}, {}", show(sum.joules), sum.runs, sum.runs == 1 ? "run" : "runs", show_duration(sum.seconds));
  if (sum.failed > 0) out += fmt::format("; {} of it in {} that failed", show(sum.failed_joules), sum.failed);
  if (running > 0) out += fmt::format("; {} still running, not in it", running);
  out += "\n";
  if (!forecast) return out;
  return out + fmt::format("forecast   {} and {} for all {}: {} more as the {} seen\n", amount(forecast->joules, forecast->low, forecast->high),
                           span(forecast->seconds, forecast->seconds_low, forecast->seconds_high), forecast->seen + forecast->remaining,
                           forecast->remaining, forecast->seen);
}

}  // namespace carbontracker
