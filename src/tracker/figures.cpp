#include "tracker/figures.h"

#include <nlohmann/json.hpp>

#include "base/iso_time.h"
#include "base/printable.h"
#include "report/likely_end.h"
#include "tracker/render.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

// Text of other people (names, labels) that may be no UTF-8.
Json text(const std::string& words) { return valid_utf8(words); }
Json text_or_null(const std::string& words) { return words.empty() ? Json() : text(words); }

template <class Quantity>
Json number_or_null(const std::optional<Quantity>& value) {
  return value ? Json(value->value()) : Json();
}

void put(Json& out, const std::optional<Energy>& energy) {
  out["joules"] = energy ? Json(energy->joules.value()) : Json();
  out["low"] = energy ? Json(energy->low.value()) : Json();
  out["high"] = energy ? number_or_null(energy->high) : Json();
}

double part(Seconds covered, Seconds expected) {
  return expected > Seconds{} ? std::min(1.0, covered / expected) : covered > Seconds{} ? 1.0 : 0.0;
}

Json object_of(const Channel& channel) {
  return {{"name", text(channel.name)}, {"domain", to_string(channel.domain)}, {"device", text_or_null(channel.device)},
          {"label", text_or_null(channel.label)}, {"origin", to_string(channel.origin)}, {"contained_in", text_or_null(channel.contained_in)}};
}

Json object_of(const ChannelTotal& total) {
  Json out = object_of(total.channel);
  const bool data = total.measured.covered > Seconds{};
  put(out, data ? std::optional(interval(total.measured)) : std::nullopt);
  out["coverage"] = part(total.measured.covered, total.expected);
  out["counted"] = total.headline;
  out["run_joules"] = total.run.value();
  return out;
}

Json object_of(const RegionTotal& region) {
  Json out{{"name", text(region.name)}, {"parent", text_or_null(region.parent)}, {"start_s", region.start.count()}, {"seconds", region.duration.count()}};
  const bool data = region.measured.covered > Seconds{} || region.duration == Seconds{};
  put(out, data ? std::optional(interval(region.measured)) : std::nullopt);
  out["open"] = region.open;
  out["provisional"] = region.provisional;
  return out;
}

Json object_of(const Gap& gap) {
  return {{"what", text(gap.what)}, {"reason", text(gap.reason)}, {"remedy", text_or_null(gap.remedy)},
          {"seconds", gap.length > Seconds{} ? Json(gap.length.count()) : Json()}};
}

Json object_of(const GridFigure& figure) {
  return {{"g_per_kwh", figure.g_per_kwh.value()}, {"low", figure.low.value()}, {"high", figure.high.value()},
          {"zone", text_or_null(figure.zone)}, {"zone_name", text_or_null(figure.zone_name)}, {"provider", text_or_null(figure.provider)},
          {"year", figure.year > 0 ? Json(figure.year) : Json()}, {"basis", text_or_null(figure.basis)},
          {"place_known", figure.place_known}, {"note", text_or_null(figure.note)}};
}

Json object_of(const Footprint& made) {
  return {{"joules", made.it.value()}, {"facility_joules", made.facility.value()}, {"grams", made.grams.value()}, {"low", made.low.value()},
          {"high", number_or_null(made.high)}, {"intensity_g_per_kwh", made.mean.value()}, {"grid", object_of(made.grid)},
          {"pue", made.site.pue}, {"pue_from", text_or_null(made.site.from)}, {"place", text_or_null(made.place.code)},
          {"country", text_or_null(made.place.country)}, {"place_name", text_or_null(made.place.name)}, {"place_from", text_or_null(made.place.from)}};
}

Json object_of(const Equivalent& e) {
  return {{"what", text(e.what)}, {"value", e.value}, {"unit", text(e.unit)}, {"factor", e.factor}, {"factor_unit", text(e.factor_unit)},
          {"year", e.year}, {"source", text(e.source)}};
}

Json object_of(const Forecast& made, const GridFigure& grid, const Facility& site) {
  return {{"joules", made.joules.value()}, {"low", made.low.value()}, {"high", made.high.value()},
          {"seconds", made.seconds.count()}, {"seconds_low", made.seconds_low.count()}, {"seconds_high", made.seconds_high.count()},
          {"grams", (made.joules * site.pue * grid.g_per_kwh).value()},
          {"elapsed_joules", made.elapsed_joules.value()}, {"elapsed_seconds", made.elapsed.count()},
          {"done", made.done}, {"of", made.of}, {"unit", text_or_null(made.unit)}, {"method", text_or_null(made.method)}};
}

// Nothing is put where no rule is followed.
void put(Json& out, const std::optional<EndRecord>& end, const GridFigure& grid, const Facility& site) {
  if (!end) return;
  out["likely_end"] = Json::parse(likely_end_json(*end, end->joules * site.pue * grid.g_per_kwh));
  if (!end->reason.empty()) out["likely_end_reason"] = text(end->reason);
}

template <class T>
Json list_of(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(object_of(value));
  return out;
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string snapshot_json(const Snapshot& seen, const GridFigure& figure, const Place& place, const Facility& site) {
  Json out, run;
  const std::optional<Energy> total = seen.coverage > 0 ? std::optional(seen.total) : std::nullopt;
  out["duration_s"] = seen.duration.count();
  out["started"] = iso_time(seen.began);
  put(out, total);
  out["coverage"] = seen.coverage;
  IntensitySeries grid;
  grid.about = figure;
  out["carbon"] = object_of(footprint(seen.total, {}, grid, site, place));
  if (!total) out["carbon"]["grams"] = nullptr;
  out["grams"] = out["carbon"]["grams"];
  put(run, total ? std::optional(seen.run) : std::nullopt);
  run["method"] = text_or_null(seen.run_method);
  out["run"] = run;
  out["idle_joules"] = number_or_null(seen.idle);
  out["channels"] = list_of(seen.channels);
  out["regions"] = list_of(seen.regions);
  out["gaps"] = list_of(seen.gaps);
  return dumped(out);
}

std::string forecast_json(const Result<Forecast>& made, const std::optional<EndRecord>& end, const GridFigure& grid, const Facility& site) {
  Json forecast = made ? object_of(*made, grid, site) : Json();
  if (made) put(forecast, end, grid, site);
  return dumped({{"forecast", forecast}, {"reason", made ? Json() : text(made.error().what)}});
}

std::string channel_json(const Channel& channel) { return dumped(object_of(channel)); }
std::string grid_json(const GridFigure& figure) { return dumped(object_of(figure)); }
std::string footprint_json(const Footprint& made) { return dumped(object_of(made)); }
std::string equivalents_json(const std::vector<Equivalent>& equivalents) { return dumped(list_of(equivalents)); }

std::string figures_of(const Session& session, AskFor what, const RunRecord* ended) {
  if (what == AskFor::channels) return {};
  if (what == AskFor::forecast) return forecast_json(session.last_forecast(), session.last_end(), session.grid(), session.facility());
  const RunRecord now = ended ? RunRecord() : session.record();
  const RunRecord& record = ended ? *ended : now;
  if (what == AskFor::report) return render_json(record, session.price());
  if (what == AskFor::summary) return render_summary(record, false, 100, session.price());
  const GridFigure grid = session.grid();
  Json seen = Json::parse(snapshot_json(record.segments.front().totals, grid, session.place(), session.facility()));
  put(seen, session.last_end(), grid, session.facility());
  return dumped(seen);
}

}  // namespace carbontracker
