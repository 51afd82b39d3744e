#include "report/lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/printable.h"
#include "report/cost.h"
#include "report/likely_end.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

constexpr std::array<std::pair<Domain, const char*>, 4> kParts{{{Domain::gpu, "GPU"}, {Domain::package, "CPU"}, {Domain::dram, "DRAM"}, {Domain::soc, "SoC"}}};

constexpr double kAsGoodAsAll = 0.999;
constexpr double kWorthSaying = 0.001;  // smaller equivalents help nobody; the JSON has them

// "Uptime Institute survey 2025; default for a virtual machine" -> "default for a virtual machine": the source is in the JSON.
std::string short_reason(const std::string& from) {
  const auto semicolon = from.rfind("; ");
  return semicolon == std::string::npos ? from : from.substr(semicolon + 2);
}

std::string percent(double part) {
  // Never rounded up to all of it.
  const double floored = std::floor(part * 1000) / 10;
  return fmt::format("{:.{}f} %", floored, floored == std::floor(floored) ? 0 : 1);
}

std::string domain_parts(const Report& r) {
  std::string text;
  for (const auto& [domain, name] : kParts) {
    Joules sum{};
    bool any = false;
    for (const ReportChannel& c : r.channels) {
      if (c.channel.domain != domain || !c.headline || !c.energy) continue;
      sum += c.energy->joules;
      any = true;
    }
    if (any) text += (text.empty() ? "" : " \u00b7 ") + (std::string(name) + " " + show(sum));
  }
  return text;
}

std::string plural(double count, const std::string& unit) { return fmt::format("{:.10g} {}{}", count, unit, count == 1 ? "" : "s"); }

std::string state_words(const Report& r) {
  if (r.run.state == RunState::interrupted) return "interrupted";
  if (r.run.state == RunState::running) return "running";
  return r.run.exit_code ? fmt::format("exit {}", *r.run.exit_code) : "finished";
}

ReportLine energy_line(const Report& r) {
  if (!r.total) return {"energy", {"no data: no sensor gave a figure", "carbontracker sources"}};
  ReportLine line{"energy", {show_interval(r.total->joules, r.total->low, r.total->high), domain_parts(r), origin_words(r)}};
  if (r.idle) line.parts.push_back(show(std::max(Joules{}, r.total->joules - *r.idle)) + " above idle");
  return line;
}

ReportLine share_line(const Report& r) {
  if (!r.share) return {"this run", {"no data: " + r.share_method}};
  return {"this run", {show_interval(r.share->joules, r.share->low, r.share->high), "by " + r.share_method}};
}

ReportLine carbon_line(const Report& r) {
  if (!r.carbon) return {"carbon", {"no data: no energy figure"}};
  std::string grams = show(r.carbon->grams) + " CO2e (" + show(r.carbon->low) + " to " + (r.carbon->high ? show(*r.carbon->high) : "unknown") + ")";
  const bool part = r.carbon->told && *r.carbon->told < kAsGoodAsAll && r.grid.note.find("no figure for") == std::string::npos;  // else the note says it
  const std::string told = part ? "the series has figures for " + percent(*r.carbon->told) + " of it, their mean stands for the rest" : "";
  return {"carbon", {grams, three_digits(r.carbon->mean.value()) + " g/kWh, " + grid_words(r), fmt::format("PUE {:.10g} included ({})", r.site.pue, short_reason(r.site.from)), told}};
}

// The first time that an early end was thought likely, while there was still doubt; else what is to be said of it now.
std::string past_end_words(const Report& r, std::span<const ForecastRecord> made) {
  const auto& end = r.forecast->likely_end;
  if (!end) return {};
  const auto& ends = r.run.segments.back().ends;
  const auto likely = std::find_if(ends.begin(), ends.end(), [](const EndRecord& e) { return e.reason.empty() && e.before_plan >= 0.5 && e.low < e.high; });
  if (likely == ends.end()) return end->made.before_plan >= 0.5 ? "" : likely_end_words(end->made, r.forecast->made.unit, end->grams);
  const auto with = std::find_if(made.begin(), made.end(), [&](const ForecastRecord& f) { return f.made_at == likely->made_at; });
  return fmt::format("early end by {} at {} ({} to {}), {}", printable(likely->metric, 40), show_units(likely->units), show_units(likely->low), show_units(likely->high), show(likely->joules)) +
         (with == made.end() ? "" : fmt::format(", after {:.10g}", with->done));
}

// While it runs: the newest. Afterwards: what was said first and what was said soon after, beside what it took.
ReportLine past_forecast_line(const Report& r) {
  const auto made = standing_forecasts(r.run.segments.back());
  const ForecastRecord& first = made.front();
  const auto soon = std::find_if(made.begin(), made.end(), [&](const ForecastRecord& f) { return f.done > first.done && f.done >= 0.1 * f.of && f.done < f.of; });
  ReportLine line{"forecast", {fmt::format("{} after {:.10g} of {}", show_interval(first.joules, first.low, first.high), first.done, plural(first.of, first.unit))}};
  if (soon != made.end()) line.parts.push_back(fmt::format("{} after {:.10g}", show_interval(soon->joules, soon->low, soon->high), soon->done));
  line.parts.push_back(past_end_words(r, made));
  return line;
}

ReportLine forecast_line(const Report& r) {
  if (!r.forecast) return {"forecast", {"no forecast: " + r.forecast_reason}};
  if (r.run.state != RunState::running) return past_forecast_line(r);
  const ForecastRecord& f = r.forecast->made;
  const auto& end = r.forecast->likely_end;
  return {"forecast", {fmt::format("{} for {}, {:.10g} done", show_interval(f.joules, f.low, f.high), plural(f.of, f.unit), f.done),
                       show_duration(f.seconds) + ", " + show(r.forecast->grams) + " CO2e",
                       end ? likely_end_words(end->made, f.unit, end->grams) : ""}};
}

// "AWS fleet figure; range: its regions" -> "AWS fleet figure"
std::string short_source(const std::string& source) { return source.substr(0, source.find(';')); }

std::string making_words(const Embodied& e) {
  std::string text;
  for (const EmbodiedDevice& d : e.devices)
    if (const std::string source = short_source(d.source); text.find(source) == std::string::npos) text += (text.empty() ? "" : "; ") + source;
  return fmt::format("making by {}, over {:g} years ({:g} to {:g})", text, kLifetimeYears.value, kLifetimeYears.low, kLifetimeYears.high);
}

ReportLine embodied_line(const Embodied& e) {
  const std::string high = e.unknown.empty() ? show(Grams(e.grams.high)) : "more";
  return {"", {"embodied " + show(Grams(e.grams.value)) + " CO2e (" + show(Grams(e.grams.low)) + " to " + high + ")", making_words(e)}};
}

ReportLine water_line(const Water& water, const char* where) {
  return {"", {fmt::format("water {} {} ({} to {})", show(Litres(water.litres.value)), where, show(Litres(water.litres.low)), show(Litres(water.litres.high))), "by " + short_source(water.source)}};
}

ReportLine cost_line(const Cost& cost) {
  const std::string currency = cost.price.currency.empty() ? "" : " " + printable(cost.price.currency, 8);
  return {"", {"cost " + cost_words(cost), fmt::format("at {:g}{} a kWh ({})", cost.price.per_kwh, currency, printable(cost.price.from, 60))}};
}

// What has no figure, and why.
ReportLine beyond_unknown(const Report& r) {
  ReportLine line{"", {}};
  if (const std::string reason = embodied_reason(r.beyond.embodied); !reason.empty()) line.parts.push_back("unknown: making of " + reason);
  if (r.total && !r.beyond.on_site) line.parts.push_back((line.parts.empty() ? "unknown: water on site: " : "water on site: ") + printable(r.beyond.on_site_reason, 120));
  return line;
}

// What stands beside the carbon above and is no part of it, each with its range and its source.
void add_beyond_lines(const Report& r, std::vector<ReportLine>& lines) {
  const Beyond& b = r.beyond;
  std::vector<ReportLine> rows;
  if (b.told && !b.embodied.devices.empty()) rows.push_back(embodied_line(b.embodied));
  if (b.told && b.on_site && b.on_site->litres.high > 0) rows.push_back(water_line(*b.on_site, "on site"));
  if (b.told && b.off_site) rows.push_back(water_line(*b.off_site, "off site"));
  if (b.market) rows.push_back({"", {"market-based " + show(Grams(b.market->grams.value)) + " CO2e", "at " + three_digits(b.market->factor.value()) + " g/kWh (--market)"}});
  if (b.cost) rows.push_back(cost_line(*b.cost));
  if (ReportLine unknown = b.told ? beyond_unknown(r) : ReportLine{}; !unknown.parts.empty()) rows.push_back(std::move(unknown));
  if (!rows.empty()) rows.front().label = "beyond";
  for (ReportLine& row : rows) lines.push_back(std::move(row));
}

ReportLine gaps_line(const Report& r) {
  const Gap& first = r.gaps.front();
  ReportLine line{"no data", {printable(first.what, 60) + ": " + printable(first.reason, 200)}};
  if (!first.remedy.empty()) line.parts.push_back("-> " + printable(first.remedy, 300));
  if (r.gaps.size() > 1) line.parts.push_back(fmt::format("and {} more: carbontracker sources", r.gaps.size() - 1));
  return line;
}

ReportLine advice_line(const Report& r) {
  const std::size_t more = r.advice.size() - 1;
  return {"advice", {r.advice.front().brief + (more > 0 ? fmt::format(", and {} more", more) : ""), "-> carbontracker advise " + printable(r.run.id, 60)}};
}

// A series is told by who gave it: it has no year, and a file's name says more than its column's.
std::string series_words(const Report& r) {
  const GridFigure& g = r.grid;
  std::string text = (*r.carbon->told > 0 ? "hours of the run by " : "the mean of ") + printable(g.provider, 80);
  if (!g.provider.starts_with("file ")) text += ", " + printable(g.zone, 40) + (r.place.from.empty() ? "" : " (" + printable(r.place.from, 60) + ")");
  return text;
}

std::string table_words(const Report& r) {
  const GridFigure& g = r.grid;
  std::string text = printable(g.zone_name.empty() ? g.zone : g.zone_name, 60);
  if (g.year > 0) text += " " + std::to_string(g.year) + (text.ends_with("average") ? "" : " mean");
  if (!g.place_known && r.place.country.empty()) text += ": place unknown, give --place";
  else if (!r.place.from.empty()) text += " (" + printable(r.place.from, 60) + ")";
  return text;
}

}  // namespace

std::string grid_words(const Report& r) {
  const GridFigure& g = r.grid;
  std::string text = r.carbon && r.carbon->told ? series_words(r) : table_words(r);
  if (g.basis.find("direct") != std::string::npos) text += ", direct emissions";
  if (g.basis.find("marginal") != std::string::npos) text += ", marginal";
  return text;
}

std::string origin_words(const Report& r) {
  bool measured = false, modelled = false, synthetic = false;
  std::string models;
  for (const ReportChannel& c : r.channels) {
    if (!c.headline) continue;
    measured |= c.channel.origin == Origin::counter || c.channel.origin == Origin::power;
    synthetic |= c.channel.origin == Origin::synthetic;
    if (c.channel.origin != Origin::model) continue;
    modelled = true;
    const std::string name = c.channel.domain == Domain::dram ? "DRAM" : "CPU";
    if (models.find(name) == std::string::npos) models += (models.empty() ? "" : " and ") + name;
  }
  if (synthetic) return "synthetic";
  if (modelled && !measured) return "modelled, not measured";
  return "measured " + percent(r.coverage) + (modelled ? ", " + models + " modelled" : "");
}

// A run that was resumed says over what time, for its end is not its start plus its duration.
std::string duration_words(const Report& r) {
  if (!r.ended || r.run.segments.size() < 2 || *r.ended - r.started < r.duration + Seconds(1)) return show_duration(r.duration);
  return fmt::format("{} in {} parts within {}", show_duration(r.duration), r.run.segments.size(), show_duration(Seconds(*r.ended - r.started)));
}

std::vector<ReportLine> report_lines(const Report& r) {
  std::vector<ReportLine> lines;
  lines.push_back({printable(r.run.name.empty() ? r.run.id : r.run.name, 60), {duration_words(r), state_words(r), r.run.id}});
  lines.push_back(energy_line(r));
  if (r.total) lines.push_back(share_line(r));
  lines.push_back(carbon_line(r));
  if (r.carbon && !r.grid.note.empty() && !r.grid.note.starts_with("place unknown")) lines.push_back({"", {printable(r.grid.note, 300)}});
  if (!r.equivalents.empty()) {
    ReportLine equal{"equals", {}};
    for (const Equivalent& e : r.equivalents)
      if (e.value >= kWorthSaying) equal.parts.push_back(three_digits(e.value) + " " + e.what);
    if (!equal.parts.empty()) lines.push_back(std::move(equal));
  }
  add_beyond_lines(r, lines);  // of a summary: the cost alone
  lines.push_back(forecast_line(r));
  if (!r.gaps.empty()) lines.push_back(gaps_line(r));
  if (!r.advice.empty()) lines.push_back(advice_line(r));
  return lines;
}

}  // namespace carbontracker
