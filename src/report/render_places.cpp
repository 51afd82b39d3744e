#include "report/render_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "report/cost.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNoPrice = "no price is known: --price 0.30EUR tells it";
constexpr const char* kNoSite = "nothing says what stands at this site";

Json json_of(const std::optional<Water>& water) {
  if (!water) return nullptr;
  return {{"litres", water->litres.value}, {"low", water->litres.low}, {"high", water->litres.high}, {"l_per_kwh", water->l_per_kwh.value}, {"of", water->of},
          {"year", water->year > 0 ? Json(water->year) : Json(nullptr)}, {"source", water->source}};
}

Json json_of(const PlaceFacts& f) {
  const GridFigure& g = f.grid;
  const Json grid{{"g_per_kwh", g.g_per_kwh.value()}, {"low", g.low.value()}, {"high", g.high.value()}, {"zone", valid_utf8(g.zone_name)}, {"provider", valid_utf8(g.provider)},
                  {"basis", valid_utf8(g.basis)}, {"year", g.year > 0 ? Json(g.year) : Json(nullptr)}, {"hours", f.hours}, {"note", valid_utf8(g.note)}, {"why", valid_utf8(f.why)}};
  return {{"place", valid_utf8(f.place)}, {"grid", grid}, {"pue", {{"value", f.site.pue}, {"from", valid_utf8(f.site.from)}}},
          {"water", {{"on_site", json_of(f.on_site)}, {"on_site_reason", f.on_site ? Json(nullptr) : Json(kNoSite)}, {"off_site", json_of(f.off_site)}}},
          {"cost", Json::parse(cost_json(f.cost))}, {"cost_reason", f.cost ? Json(nullptr) : Json(kNoPrice)}};
}

std::string hours_of(const std::string& hours) {
  return hours == "profile" ? "usual day" : hours == "table" ? "yearly mean" : hours == "history" ? "forecast from its history" : "live";
}

std::string litres(const std::optional<Water>& water) { return water ? show(Litres(water->litres.value)) : "unknown"; }

// "average, lifecycle: DE, SE; average, direct: GB"
std::string grouped(const std::vector<PlaceFacts>& places, const std::function<std::string(const PlaceFacts&)>& by) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const PlaceFacts& f : places) {
    auto at = std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == by(f); });
    if (at == groups.end()) at = groups.insert(at, {by(f), {}});
    at->second.push_back(f.place);
  }
  if (groups.size() < 2) return "";
  std::string out;
  for (const auto& [name, members] : groups)
    out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", name, members.size() > 3 ? fmt::format("{} places", members.size()) : fmt::format("{}", fmt::join(members, ", ")));
  return out;
}

// Each source once, with its year where it does not name it.
void add(std::vector<std::string>& sources, const std::string& source, int year) {
  std::string line = source + (year > 0 && source.find(std::to_string(year)) == std::string::npos ? ", " + std::to_string(year) : "");
  if (!source.empty() && std::find(sources.begin(), sources.end(), line) == sources.end()) sources.push_back(std::move(line));
}

}  // namespace

std::string unlike_places(const std::vector<PlaceFacts>& places) {
  std::string out;
  if (const std::string bases = grouped(places, [](const PlaceFacts& f) { return f.grid.basis; }); !bases.empty())
    out = "their figures are of different bases and not like for like: " + bases;
  if (const std::string hours = grouped(places, [](const PlaceFacts& f) { return hours_of(f.hours); }); !hours.empty())
    out += (out.empty() ? "" : "; ") + std::string("their hours are known differently well: ") + hours;
  return out;
}

std::string places_json(const std::vector<PlaceFacts>& places) {
  Json out = Json::array();
  for (const PlaceFacts& f : places) out.push_back(json_of(f));
  return out.dump();
}

std::string place_line(const PlaceFacts& f) {
  return fmt::format("           grid {} g/kWh, {}, {}; PUE {:.2f}; water {} on site, {} off site; {}\n", three_digits(f.grid.g_per_kwh.value()), f.grid.basis, hours_of(f.hours), f.site.pue,
                     litres(f.on_site), litres(f.off_site), f.cost ? "cost " + cost_words(*f.cost) : "cost unknown");
}

std::string place_sources(const std::vector<PlaceFacts>& places) {
  std::vector<std::string> grids, sites, on_site, off_site;
  bool priced = true;
  for (const PlaceFacts& f : places) {
    add(grids, f.grid.provider, f.grid.year);
    add(sites, f.site.from, 0);
    if (f.on_site) add(on_site, f.on_site->source, f.on_site->year);
    if (f.off_site) add(off_site, f.off_site->source, f.off_site->year);
    priced = priced && f.cost;
  }
  std::string out = fmt::format("sources    grid: {}\n           PUE: {}\n", fmt::join(grids, "; "), fmt::join(sites, "; "));
  if (!on_site.empty()) out += fmt::format("           water on site: {}\n", fmt::join(on_site, "; "));
  if (!off_site.empty()) out += fmt::format("           water off site: {}\n", fmt::join(off_site, "; "));
  if (!priced) out += fmt::format("cost       {}\n", kNoPrice);
  if (const std::string unlike = unlike_places(places); !unlike.empty()) out += "ranking    " + unlike + "\n";
  return out;
}

}  // namespace carbontracker
