#include "report/render_advice.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "report/advice_json.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string percent(Joules part, Joules whole) { return whole > Joules{} ? fmt::format("{:.3g} %", 100 * (part / whole)) : "unknown"; }

// "0 to 1.2 kWh, 0 to 14 % of this run, 0 to 140 g CO2e"
std::string saving_words(const Saving& s, const std::string& kind, const Report& report) {
  const CarbonIntensity grid = report.carbon ? report.carbon->mean : report.grid.g_per_kwh;
  const std::string of = kind == "failed-runs" ? "the project" : "this run";
  const auto grams = [&](Joules joules) { return show(joules * report.site.pue * grid); };
  if (s.low == s.high) return show(s.high) + ", " + percent(s.high, s.of) + " of " + of + ", " + grams(s.high) + " CO2e";
  const auto end = [](Joules j) { return j == Joules{} ? std::string("0") : show(j); };
  return end(s.low) + " to " + end(s.high) + ", up to " + percent(s.high, s.of) + " of " + of + ", up to " + grams(s.high) + " CO2e";
}

}  // namespace

std::string advice_text(const Advice& advice, const Report& report) {
  std::string out = printable(report.run.name.empty() ? report.run.id : report.run.name, 60) + "   " + printable(report.run.id, 60) + "\n";
  if (advice.items.empty())
    return out + "nothing to advise: " + (advice.gauges.empty() ? std::string("nothing was measured to go by") : "nothing stood out in " + listed(advice.gauges)) + "\n";
  for (const AdviceItem& item : advice.items) {
    out += fmt::format("\n{}\n  seen      {}\n", item.kind, item.seen);
    if (item.saving) out += "  may save  " + saving_words(*item.saving, item.kind, report) + "\n  source    " + item.saving->source + "\n";
    else out += "  may save  no figure: " + item.unknown + "\n";
    out += "  try       " + item.attempt + "\n";
  }
  return out + "\nrests on   " + listed(advice.gauges) + "\n";
}

std::string advice_json(const Advice& advice, const Report& report) {
  nlohmann::ordered_json out{{"schema", 1}, {"run", {{"id", valid_utf8(report.run.id)}, {"name", valid_utf8(report.run.name)}}}};
  out["items"] = nlohmann::ordered_json::parse(advice_items_json(advice.items, report));
  out["gauges"] = advice.gauges;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace carbontracker
