#include "tracker/render.h"

#include "base/duration.h"
#include "report/numbers.h"
#include "report/render_json.h"
#include "report/render_text.h"

namespace carbontracker {
namespace {

// The place of a record is the text that was kept; where it no longer parses (a code of another version) it is unknown.
Place recorded_place(const RunRecord& record) {
  if (record.segments.empty() || record.segments.front().place.empty()) return {};
  const Segment& segment = record.segments.front();
  return parse_place(segment.place, segment.place_from).value_or(Place{});
}

}  // namespace

Report report_of(const RunRecord& record, const std::optional<Place>& place, const std::optional<Facility>& site,
                 const std::optional<IntensitySeries>& grid, const std::optional<Price>& price) {
  const Place where = place ? *place : recorded_place(record);
  Facility facility;
  if (site) facility = *site;
  else if (!record.segments.empty()) facility = {record.segments.front().pue, record.segments.front().pue_from};
  IntensitySeries yearly;
  if (!grid) yearly.about = table_intensity(where);
  return make_report(record, where, facility, grid ? *grid : yearly, price);
}

std::string render_json(const RunRecord& record) { return report_json(report_of(record)); }

std::string render_summary(const RunRecord& record, bool colour, int width) {
  Report report = report_of(record);
  report.beyond = {};  // in the report itself: here it would be the ninth line
  return report_text(report, {colour, width});
}

std::string forecast_sentence(const Forecast& forecast, const Place& place, const Facility& site) {
  const Grams grams = forecast.joules * site.pue * table_intensity(place).g_per_kwh;
  return "forecast " + show_interval(forecast.joules, forecast.low, forecast.high) + ", " + show_duration(forecast.seconds) + ", " + show(grams) + " CO2e; " +
         three_digits(forecast.done) + " of " + three_digits(forecast.of) + " " + forecast.unit + "s";
}

}  // namespace carbontracker
