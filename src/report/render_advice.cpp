#include "report/render_advice.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "report/advice_json.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

// "  seen      text", its further lines below its first.
std::string entry(const char* label, const std::string& text, std::size_t width) {
  constexpr std::size_t kIndent = 12;
  std::string out, line = fmt::format("  {:<10}", label);
  const std::size_t most = std::max<std::size_t>(width, 50);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (line.size() > kIndent && line.size() + 1 + word.size() > most) {
      out += line + "\n";
      line.assign(kIndent, ' ');
    }
    line += (line.size() > kIndent ? " " : "") + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string percent(Joules part, Joules whole) { return whole > Joules{} ? fmt::format("{:.3g} %", 100 * (part / whole)) : "unknown"; }

// "0.0021 EUR"; empty where no price is known.
std::string money_words(Joules joules, const Report& report) {
  if (!report.beyond.cost) return {};
  const Price& price = report.beyond.cost->price;
  return three_digits(in_kilowatt_hours(joules * report.site.pue) * price.per_kwh) + (price.currency.empty() ? "" : " " + printable(price.currency, 8));
}

// "0 to 1.2 kWh, 0 to 14 % of this run, 0 to 140 g CO2e"
std::string saving_words(const Saving& s, const std::string& kind, const Report& report) {
  const CarbonIntensity grid = report.carbon ? report.carbon->mean : report.grid.g_per_kwh;
  const std::string of = kind == "failed-runs" ? "the project" : "this run";
  const auto grams = [&](Joules joules) { return show(joules * report.site.pue * grid); };
  const std::string cost = money_words(s.high, report), money = cost.empty() ? "" : ", " + cost;
  if (s.low == s.high) return show(s.high) + ", " + percent(s.high, s.of) + " of " + of + ", " + grams(s.high) + " CO2e" + money;
  const auto end = [](Joules j) { return j == Joules{} ? std::string("0") : show(j); };
  return end(s.low) + " to " + end(s.high) + ", up to " + percent(s.high, s.of) + " of " + of + ", up to " + grams(s.high) + " CO2e" + (money.empty() ? "" : ", up to" + money.substr(1));
}

}  // namespace

std::string advice_text(const Advice& advice, const Report& report, std::size_t width) {
  std::string out = printable(report.run.name.empty() ? report.run.id : report.run.name, 60) + "   " + printable(report.run.id, 60) + "\n";
  if (advice.items.empty())
    return out + "nothing to advise: " + (advice.gauges.empty() ? std::string("nothing was measured to go by") : "nothing stood out in " + listed(advice.gauges)) + "\n";
  for (const AdviceItem& item : advice.items) {
    out += "\n" + item.kind + "\n" + entry("seen", item.seen, width);
    out += entry("may save", item.saving ? saving_words(*item.saving, item.kind, report) : "no figure: " + item.unknown, width);
    if (item.saving) out += entry("source", item.saving->source, width);
    out += entry("try", item.attempt, width);
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
