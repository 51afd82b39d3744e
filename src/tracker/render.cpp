#include "tracker/render.h"

#include "base/duration.h"
#include "base/text.h"
#include "progress/progress_model.h"
#include "report/numbers.h"
#include "report/render_json.h"
#include "report/render_text.h"
#include "storage/emissions_csv.h"
#include "tracker/grid_book.h"

namespace carbontracker {
namespace {

// The place of a record is the text that was kept; where it no longer parses (a code of another version) it is unknown.
Place recorded_place(const RunRecord& record) {
  if (record.segments.empty() || record.segments.front().place.empty()) return {};
  const Segment& segment = record.segments.front();
  return parse_place(segment.place, segment.place_from).value_or(Place{});
}

// An imported run keeps the CO2 that its row states, unless it is judged again elsewhere.
std::optional<GridFigure> stated_intensity(const RunRecord& record, const Place& where) {
  const auto tag = record.tags.find(kImportedEmissions);
  const auto kg = tag == record.tags.end() ? std::nullopt : parse_double(tag->second);
  if (!kg || record.segments.empty()) return std::nullopt;
  const Segment& segment = record.segments.front();
  const double kwh = in_kilowatt_hours(segment.totals.total.joules) * segment.pue;
  if (kwh <= 0) return std::nullopt;
  GridFigure figure;
  figure.g_per_kwh = figure.low = figure.high = CarbonIntensity(*kg * 1000 / kwh);
  figure.zone = where.code;
  figure.zone_name = where.name.empty() ? "place not stated" : where.name;
  const auto source = record.tags.find(kImportedFrom);
  figure.provider = source == record.tags.end() ? "CodeCarbon" : source->second;
  figure.basis = "as stated there";
  figure.place_known = !where.code.empty();
  return figure;
}

// The grid that a run is judged by where nothing else is asked for: what was told while it lasted, else the year's figure of its place.
IntensitySeries grid_of(const RunRecord& record, const Place& where, bool elsewhere) {
  if (!elsewhere)
    if (auto told = recorded_grid(record)) return *std::move(told);
  IntensitySeries yearly;
  yearly.about = (elsewhere ? std::nullopt : stated_intensity(record, where)).value_or(table_intensity(where));
  if (const std::string reason = elsewhere ? "" : untold_reason(record); !reason.empty())
    yearly.about.note += (yearly.about.note.empty() ? "" : "; ") + reason + "; the table stands";
  return yearly;
}

}  // namespace

Report report_of(const RunRecord& record, const std::optional<Place>& place, const std::optional<Facility>& site,
                 const std::optional<IntensitySeries>& grid, const std::optional<Price>& price) {
  const Place where = place ? *place : recorded_place(record);
  Facility facility;
  if (site) facility = *site;
  else if (!record.segments.empty()) facility = {record.segments.front().pue, record.segments.front().pue_from};
  return make_report(record, where, facility, grid ? *grid : grid_of(record, where, place.has_value()), price);
}

std::string render_json(const RunRecord& record, const std::optional<Price>& price) {
  return report_json(report_of(record, std::nullopt, std::nullopt, std::nullopt, price));
}

std::string render_summary(const RunRecord& record, bool colour, int width, const std::optional<Price>& price) {
  Report report = report_of(record, std::nullopt, std::nullopt, std::nullopt, price);
  Beyond cost;
  cost.cost = report.beyond.cost;
  report.beyond = std::move(cost);  // the rest is in the report itself: here it would be the ninth line
  if (report.beyond.cost) report.equivalents.clear();
  return report_text(report, {colour, width});
}

std::string forecast_sentence(const Forecast& forecast, Grams grams) {
  return "forecast " + show_interval(forecast.joules, forecast.low, forecast.high) + ", " + show_duration(forecast.seconds) + ", " + show(grams) + " CO2e; " +
         three_digits(forecast.done) + " of " + three_digits(forecast.of) + " " + forecast.unit + "s" + (forecast.method.ends_with(kLoneBar) ? std::string(" of ") + kLoneBar : "");
}

}  // namespace carbontracker
