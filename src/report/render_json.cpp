#include "report/render_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/iso_time.h"
#include "base/printable.h"
#include "carbontracker/version.h"
#include "report/advice_json.h"
#include "report/cost.h"
#include "report/likely_end.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(valid_utf8(text)); }
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
template <class Quantity>
Json number_or_null(const std::optional<Quantity>& value) { return value ? number(value->value()) : Json(); }

Json f(const std::optional<Energy>& energy) {
  if (!energy) return {{"joules", nullptr}, {"low", nullptr}, {"high", nullptr}};
  return {{"joules", number(energy->joules.value())}, {"low", number(energy->low.value())}, {"high", number_or_null(energy->high)}};
}

Json run_part(const Report& r) {
  Json tags = Json::object(), command = Json::array();
  for (const auto& [key, value] : r.run.tags) tags[valid_utf8(key)] = valid_utf8(value);
  for (const std::string& word : r.run.command) command.push_back(valid_utf8(word));
  return {{"id", valid_utf8(r.run.id)}, {"name", text_or_null(r.run.name)}, {"project", text_or_null(r.run.project)}, {"tags", tags},
          {"command", command}, {"directory", text_or_null(r.run.directory)}, {"started", iso_time(r.started)},
          {"ended", r.ended ? Json(iso_time(*r.ended)) : Json()}, {"duration_s", number(r.duration.count())},
          {"exit_code", r.run.exit_code ? Json(*r.run.exit_code) : Json()}, {"state", to_string(r.run.state)}};
}

Json segments_part(const Report& r) {
  Json list = Json::array();
  for (const Segment& s : r.run.segments) {
    list.push_back({{"node", valid_utf8(s.node)}, {"attempt", s.attempt}, {"started", iso_time(s.started)},
                    {"ended", s.ended ? Json(iso_time(*s.ended)) : Json()}, {"place", text_or_null(s.place)}, {"place_from", text_or_null(s.place_from)},
                    {"pue", number(s.pue)}, {"pue_from", text_or_null(s.pue_from)}, {"suspended_s", number(s.totals.suspended.count())}});
  }
  return list;
}

Json channel_part(const ReportChannel& c) {
  Json out{{"name", valid_utf8(c.channel.name)}, {"node", valid_utf8(c.node)}, {"domain", to_string(c.channel.domain)},
           {"device", text_or_null(c.channel.device)}, {"label", text_or_null(c.channel.label)}, {"origin", to_string(c.channel.origin)},
           {"coverage", number(c.coverage)}};
  out.update(f(c.energy));
  out["counted"] = c.headline;
  out["contained_in"] = text_or_null(c.channel.contained_in);
  out["gain_error"] = number(c.channel.gain_error);
  out["by_power_joules"] = number(c.by_power.value());
  out["cross_check_joules"] = number_or_null(c.cross_check);
  out["note"] = text_or_null(c.channel.note);
  return out;
}

Json energy_part(const Report& r) {
  Json total = f(r.total), run = f(r.share), channels = Json::array();
  total["coverage"] = number(r.coverage);
  total["facility_joules"] = r.carbon ? number(r.carbon->facility.value()) : Json();
  total["idle_joules"] = number_or_null(r.idle);
  total["above_idle_joules"] = r.total && r.idle ? number(std::max(0.0, (r.total->joules - *r.idle).value())) : Json();
  run["method"] = text_or_null(r.share_method);
  for (const ReportChannel& c : r.channels) channels.push_back(channel_part(c));
  return {{"total", total}, {"run", run}, {"channels", channels}};
}

Json carbon_part(const Report& r) {
  const GridFigure& g = r.grid;
  const CarbonIntensity mean = r.carbon ? r.carbon->mean : g.g_per_kwh;
  return {{"grams", r.carbon ? number(r.carbon->grams.value()) : Json()}, {"low", r.carbon ? number(r.carbon->low.value()) : Json()},
          {"high", r.carbon ? number_or_null(r.carbon->high) : Json()}, {"intensity_g_per_kwh", number(mean.value())},
          {"intensity_low", number(g.low.value())}, {"intensity_high", number(g.high.value())},
          {"place", text_or_null(r.place.code)}, {"place_from", text_or_null(r.place.from)}, {"zone", text_or_null(g.zone)}, {"zone_name", text_or_null(g.zone_name)},
          {"place_known", g.place_known}, {"provider", text_or_null(g.provider)}, {"year", g.year > 0 ? Json(g.year) : Json()}, {"basis", text_or_null(g.basis)},
          {"told", r.carbon && r.carbon->told ? number(*r.carbon->told) : Json()},
          {"pue", number(r.site.pue)}, {"pue_from", text_or_null(r.site.from)}, {"note", text_or_null(g.note.empty() ? r.place.note : g.note)}};
}

Json device_part(const DeviceUse& use) {
  return {{"channel", valid_utf8(use.channel)}, {"node", valid_utf8(use.node)}, {"label", text_or_null(use.label)}};
}

Json embodied_part(const Embodied& e) {
  const bool known = !e.devices.empty();
  Json devices = Json::array(), unknown = Json::array();
  for (const EmbodiedDevice& d : e.devices) {
    Json one = device_part(d.use);
    one.update({{"kg", d.kg.value}, {"kg_low", d.kg.low}, {"kg_high", d.kg.high}, {"reserved_s", number(d.use.reserved.count())},
                {"grams", number(d.grams.value)}, {"low", number(d.grams.low)}, {"high", number(d.grams.high)}, {"year", d.year}, {"source", d.source}});
    devices.push_back(std::move(one));
  }
  for (const DeviceUse& use : e.unknown) unknown.push_back(device_part(use));
  return {{"grams", known ? number(e.grams.value) : Json()}, {"low", known ? number(e.grams.low) : Json()},
          {"high", known && e.unknown.empty() ? number(e.grams.high) : Json()},
          {"lifetime_years", kLifetimeYears.value}, {"lifetime_years_low", kLifetimeYears.low}, {"lifetime_years_high", kLifetimeYears.high},
          {"devices", devices}, {"unknown", unknown}, {"reason", text_or_null(embodied_reason(e))}, {"assumption", kEmbodiedAssumption}};
}

Json water_part(const std::optional<Water>& w) {
  if (!w) return {};
  return {{"litres", number(w->litres.value)}, {"low", number(w->litres.low)}, {"high", number(w->litres.high)}, {"l_per_kwh", w->l_per_kwh.value},
          {"of", w->of}, {"year", w->year > 0 ? Json(w->year) : Json()}, {"source", w->source}};
}

Json market_part(const std::optional<Market>& m) {
  if (!m) return {};
  return {{"grams", number(m->grams.value)}, {"low", number(m->grams.low)}, {"high", m->bounded ? number(m->grams.high) : Json()},
          {"g_per_kwh", number(m->factor.value())}, {"from", "--market"}};
}

Json beyond_part(const Beyond& b) {
  return {{"embodied", embodied_part(b.embodied)}, {"water", {{"on_site", water_part(b.on_site)}, {"off_site", water_part(b.off_site)},
          {"on_site_reason", text_or_null(b.on_site_reason)}, {"off_site_reason", text_or_null(b.off_site_reason)}}}, {"cost", Json::parse(cost_json(b.cost))}, {"cost_reason", text_or_null(b.cost_reason)},
          {"market", market_part(b.market)}};
}

Json activity_part(const Report& r) {
  Json list = Json::array();
  for (const Segment& s : r.run.segments) {
    for (const ActivityTotal& a : s.totals.activity) {
      const bool job = a.name == kJobGpus;
      const auto plain = [](const std::optional<double>& value) { return value ? number(*value) : Json(); };
      list.push_back({{"name", valid_utf8(a.name)}, {"node", valid_utf8(s.node)}, {"busy", a.seen > Seconds{} ? number(a.busy) : Json()}, {"seen_s", number(a.seen.count())},
                      {"processors", a.cpus > 0 && !job ? number(a.cpus) : Json()}, {"allocated", job ? number(a.cpus) : Json()}, {"own_processors", plain(a.own)}, {"memory_mean_bytes", plain(a.memory_mean)}, {"memory_peak_bytes", plain(a.memory_peak)},
                      {"memory_total_bytes", plain(a.memory_total)}, {"limit_w", number_or_null(a.limit)}, {"limit_default_w", number_or_null(a.limit_default)},
                      {"limit_least_w", number_or_null(a.limit_least)}, {"limit_most_w", number_or_null(a.limit_most)}});
    }
  }
  return list;
}

Json forecast_part(const std::optional<ReportForecast>& made) {
  if (!made) return {};
  const ForecastRecord& m = made->made;
  Json out{{"joules", number(m.joules.value())}, {"low", number(m.low.value())}, {"high", number(m.high.value())},
          {"seconds", number(m.seconds.count())}, {"seconds_low", number(m.seconds_low.count())}, {"seconds_high", number(m.seconds_high.count())},
          {"grams", number(made->grams.value())}, {"done", number(m.done)}, {"of", number(m.of)}, {"unit", text_or_null(m.unit)},
          {"method", text_or_null(m.method)}, {"elapsed_s", number(m.made_at.count())}, {"elapsed_joules", number_or_null(made->elapsed)},
          {"remaining_s", number((m.seconds - m.made_at).count())},
          {"remaining_joules", made->elapsed ? number((m.joules - *made->elapsed).value()) : Json()}};
  if (!made->likely_end) return out;
  const EndRecord& end = made->likely_end->made;
  out["likely_end"] = Json::parse(likely_end_json(end, made->likely_end->grams));
  if (!end.reason.empty()) out["likely_end_reason"] = valid_utf8(end.reason);
  return out;
}

// One object a metric and node, its values in the order they were told.
Json metrics_part(const Report& r) {
  Json list = Json::array();
  for (const Segment& s : r.run.segments) {
    const std::size_t first = list.size();
    for (const MetricRecord& m : s.metrics) {
      const std::string name = valid_utf8(m.name), unit = valid_utf8(m.unit);
      const auto known = std::find_if(list.begin() + static_cast<std::ptrdiff_t>(first), list.end(), [&](const Json& each) { return each["name"] == name && each["unit"] == unit; });
      Json& into = known != list.end() ? *known : list.emplace_back(Json{{"name", name}, {"node", valid_utf8(s.node)}, {"unit", unit}, {"values", Json::array()}});
      Json& values = into["values"];
      if (!values.empty() && values.back()["done"] == number(m.done)) values.erase(values.size() - 1);  // a bar shows the old value before the new one
      values.push_back({{"at_s", number(m.at.count())}, {"done", number(m.done)}, {"value", number(m.value)}});
    }
  }
  return list;
}

Json regions_part(const Report& r) {
  Json list = Json::array();
  for (const RegionTotal& region : r.regions) {
    Json out{{"name", valid_utf8(region.name)}, {"parent", text_or_null(region.parent)},
             {"started", iso_time(r.started + std::chrono::duration_cast<std::chrono::milliseconds>(region.start))}, {"seconds", number(region.duration.count())}};
    out.update(f(region.measured.covered > Seconds{} || region.duration == Seconds{} ? std::optional(interval(region.measured)) : std::nullopt));
    out["provisional"] = region.provisional;
    list.push_back(std::move(out));
  }
  return list;
}

Json report_object(const Report& r) {
  Json gaps = Json::array(), equal = Json::array();
  for (const Gap& gap : r.gaps)
    gaps.push_back({{"what", valid_utf8(gap.what)}, {"reason", valid_utf8(gap.reason)}, {"remedy", text_or_null(gap.remedy)}, {"seconds", gap.length > Seconds{} ? number(gap.length.count()) : Json()}});
  for (const Equivalent& e : r.equivalents)
    equal.push_back({{"what", e.what}, {"value", number(e.value)}, {"unit", e.unit}, {"factor", number(e.factor)}, {"factor_unit", e.factor_unit}, {"year", e.year}, {"source", e.source}});
  Json out{{"schema", 1}, {"tool", {{"name", "carbontracker"}, {"version", r.run.tool_version.empty() ? kVersion : r.run.tool_version}}}};
  out["run"] = run_part(r);
  out["segments"] = segments_part(r);
  out["energy"] = energy_part(r);
  out["gaps"] = std::move(gaps);
  out["carbon"] = carbon_part(r);
  out["forecast"] = forecast_part(r.forecast);
  if (!r.forecast) out["forecast_reason"] = text_or_null(r.forecast_reason);
  out["first_forecast"] = forecast_part(r.first_forecast);
  out["metrics"] = metrics_part(r);
  out["regions"] = regions_part(r);
  out["equivalents"] = std::move(equal);
  out["beyond"] = beyond_part(r.beyond);
  out["activity"] = activity_part(r);
  out["advice"] = Json::parse(advice_items_json(r.advice, r));
  return out;
}

Json sum_part(const SweepSum& s) {
  return {{"runs", s.runs}, {"failed", s.failed}, {"joules", number(s.joules.value())}, {"failed_joules", number(s.failed_joules.value())},
          {"seconds", number(s.seconds.count())}};
}

Json sweep_part(const SweepForecast& f) {
  return {{"joules", number(f.joules.value())}, {"low", number(f.low.value())}, {"high", number(f.high.value())}, {"seconds", number(f.seconds.count())},
          {"seconds_low", number(f.seconds_low.count())}, {"seconds_high", number(f.seconds_high.count())}, {"spent_joules", number(f.spent.value())},
          {"seen", f.seen}, {"remaining", f.remaining}};
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string report_json(const Report& report) { return dump(report_object(report)); }

std::string forecast_json(const ReportForecast& forecast) { return dump(forecast_part(forecast)); }

std::string runs_json(const std::vector<RunSummary>& runs, const std::optional<SweepSum>& sum, const std::optional<SweepForecast>& forecast) {
  Json list = Json::array();
  for (const RunSummary& r : runs)
    list.push_back({{"id", valid_utf8(r.id)}, {"name", text_or_null(r.name)}, {"project", text_or_null(r.project)}, {"state", to_string(r.state)},
                    {"started", iso_time(r.started)}, {"duration_s", number(r.duration.count())}, {"joules", number(r.joules.value())},
                    {"exit_code", r.exit_code ? Json(*r.exit_code) : Json()}});
  Json out{{"schema", 1}, {"runs", list}};
  if (sum) out["sum"] = sum_part(*sum);
  if (forecast) out["forecast"] = sweep_part(*forecast);
  return dump(out);
}

std::string comparison_json(const Report& a, const Report& b) {
  Json difference{{"joules", nullptr}, {"percent", nullptr}, {"grams", nullptr}};
  if (a.total && b.total) {
    difference["joules"] = number((b.total->joules - a.total->joules).value());
    if (a.total->joules > Joules{}) difference["percent"] = number(100 * (b.total->joules / a.total->joules - 1));
    difference["grams"] = number((b.carbon->grams - a.carbon->grams).value());
  }
  return dump({{"schema", 1}, {"runs", Json::array({report_object(a), report_object(b)})}, {"difference", difference}});
}

}  // namespace carbontracker
