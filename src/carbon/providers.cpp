// The providers' requests and answers: shapes and units as documented by each (docs/method/providers.md).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/iso_time.h"
#include "base/printable.h"
#include "base/text.h"
#include "carbon/provider.h"
#include "carbon/provider_entsoe.h"

namespace carbontracker {
namespace {

using Json = nlohmann::json;
using Points = Result<std::vector<IntensityPoint>>;

constexpr double kGramsPerKilowattHour = 0.45359237;  // of one lb/MWh
constexpr auto kBack = std::chrono::hours(24), kAhead = std::chrono::hours(96);

Error unlike(const char* provider, const std::string& what) { return {Errc::corrupt, fmt::format("answer of {}: {}", provider, what), ""}; }

// An HTML error page shows itself by its beginning.
Result<Json> json_of(std::string_view body, const char* provider) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) return unexpected(unlike(provider, "no JSON: " + printable(body.substr(0, 60))));
  return json;
}

const Json* member(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? nullptr : &*found;
}
std::optional<double> number_at(const Json& object, const char* key) {
  const Json* value = member(object, key);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  return value->is_string() ? parse_double(value->get_ref<const std::string&>()) : std::nullopt;
}
std::optional<WallTime> time_at(const Json& object, const char* key) {
  const Json* value = member(object, key);
  return value && value->is_string() ? parse_iso_time(value->get_ref<const std::string&>()) : std::nullopt;
}
IntensityPoint exact(WallTime start, double g, bool forecast) { return {start, CarbonIntensity(g), CarbonIntensity(g), CarbonIntensity(g), forecast}; }

// The list under `key`, or the answer itself where it is one.
Result<const Json*> list_in(const Json& json, const char* key, const char* provider) {
  const Json* list = json.is_array() ? &json : member(json, key);
  if (list && list->is_array()) return list;
  return unexpected(unlike(provider, fmt::format("no list '{}' in it", key)));
}

std::string to_minute(WallTime when) { return iso_time(when).substr(0, 16) + "Z"; }
HttpRequest plain(const std::string& url) { return {.url = url, .shown = url.substr(0, url.find('/', 8)), .headers = {}, .user_password = {}, .follow = true}; }
HttpRequest with_header(const std::string& url, const std::string& header) {
  HttpRequest out = plain(url);
  out.headers = {header};
  out.follow = false;
  return out;
}

// --- NESO Carbon Intensity API, Great Britain: half hours, direct, imports counted.

std::string neso_zone(const Place& place, const Host&) { return place.country == "GB" ? "GB" : ""; }

std::vector<HttpRequest> neso_requests(const std::string& base, const std::string&, const std::string&, WallTime at) {
  return {plain(fmt::format("{}/intensity/{}/{}", base, to_minute(at - 7 * kBack), to_minute(at))), plain(fmt::format("{}/intensity/{}/fw48h", base, to_minute(at)))};
}

Points neso_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "NESO");
  if (!json) return unexpected(json.error());
  const auto list = list_in(*json, "data", "NESO");
  if (!list) return unexpected(list.error());
  std::vector<IntensityPoint> out;
  for (const Json& slot : **list) {
    const auto start = time_at(slot, "from");
    const Json* figures = member(slot, "intensity");
    if (!start || !figures) continue;
    const bool over = *start + std::chrono::minutes(30) <= at;
    if (const auto actual = number_at(*figures, "actual"); actual && over) out.push_back(exact(*start, *actual, false));
    else if (const auto told = number_at(*figures, "forecast"); told && !over) out.push_back(exact(*start, *told, true));
  }
  return out;
}

// --- Energi Data Service, Denmark: five minutes, direct.

std::string energi_zone(const Place& place, const Host&) {
  if (place.country != "DK") return "";
  return place.subdivision == "DK-81" || place.subdivision == "DK-82" || place.subdivision == "DK-83" ? "DK1" : place.code == "DK1" ? "DK1" : "DK2";
}

std::vector<HttpRequest> energi_requests(const std::string& base, const std::string&, const std::string& zone, WallTime at) {
  const auto url = [&](const char* dataset, WallTime from, WallTime to) {
    return fmt::format("{}/dataset/{}?start={}&end={}&filter={}&sort=Minutes5UTC&limit=3000&timezone=UTC", base, dataset, iso_time(from).substr(0, 16), iso_time(to).substr(0, 16),
                       url_encoded("{\"PriceArea\":[\"" + zone + "\"]}"));
  };
  return {plain(url("CO2Emis", at - 7 * kBack, at)), plain(url("CO2EmisProg", at, at + 2 * kBack))};
}

Points energi_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "Energi Data Service");
  if (!json) return unexpected(json.error());
  const auto list = list_in(*json, "records", "Energi Data Service");
  if (!list) return unexpected(list.error());
  const Json* dataset = member(*json, "dataset");
  const bool forecast = dataset && *dataset == "CO2EmisProg";
  std::vector<IntensityPoint> out;
  for (const Json& record : **list) {
    const auto start = time_at(record, "Minutes5UTC");
    const auto g = number_at(record, "CO2Emission");
    if (start && g && (*start > at) == forecast) out.push_back(exact(*start, *g, forecast));
  }
  return out;
}

// --- Energy-Charts (Fraunhofer ISE), about thirty European countries: quarter hours.

std::string charts_zone(const Place& place, const Host&) {
  static const std::set<std::string> kCountries{"AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IT", "LT",
                                                "LU", "LV", "ME", "MK", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"};
  return kCountries.count(place.country) ? lower(place.country) : "";
}

std::vector<HttpRequest> charts_requests(const std::string& base, const std::string&, const std::string& zone, WallTime at) {
  return {plain(fmt::format("{}/co2eq?country={}&start={}&end={}", base, zone, iso_time(at - 7 * kBack).substr(0, 10), iso_time(at + 2 * kBack).substr(0, 10)))};
}

Points charts_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "Energy-Charts");
  if (!json) return unexpected(json.error());
  const Json *times = member(*json, "unix_seconds"), *came = member(*json, "co2eq"), *told = member(*json, "co2eq_forecast");
  if (!times || !times->is_array()) return unexpected(unlike("Energy-Charts", "no list 'unix_seconds' in it"));
  const auto value = [](const Json* list, std::size_t i) { return list && list->is_array() && i < list->size() && (*list)[i].is_number() ? std::optional((*list)[i].get<double>()) : std::nullopt; };
  std::vector<IntensityPoint> out;
  for (std::size_t i = 0; i < times->size(); ++i) {
    if (!(*times)[i].is_number_integer()) continue;
    const WallTime start(std::chrono::seconds((*times)[i].get<std::int64_t>()));
    if (const auto g = value(came, i); g && start <= at) out.push_back(exact(start, *g, false));
    else if (const auto f = value(told, i); f && start + std::chrono::minutes(15) > at) out.push_back(exact(start, *f, true));
  }
  return out;
}

// --- Electricity Maps: hours, flow-traced, lifecycle.

std::string maps_zone(const Place& place, const Host&) {
  static const std::map<std::string, std::string> kZones{{"US-CA", "US-CAL-CISO"}, {"US-TX", "US-TEX-ERCO"}, {"US-NY", "US-NY-NYIS"}, {"US-MA", "US-NE-ISNE"},
                                                         {"US-VA", "US-MIDA-PJM"}, {"US-OR", "US-NW-BPAT"}, {"US-FL", "US-FLA-FPL"}};
  if (const auto zone = kZones.find(place.subdivision); zone != kZones.end()) return zone->second;
  if (place.country == "CA" && !place.subdivision.empty()) return place.subdivision;
  if (place.country == "DK") return place.code == "DK1" ? "DK-DK1" : "DK-DK2";
  return place.country == "US" ? "" : place.country;
}

std::vector<HttpRequest> maps_requests(const std::string& base, const std::string& key, const std::string& zone, WallTime) {
  std::vector<HttpRequest> out;
  for (const char* what : {"history", "forecast"}) out.push_back(with_header(fmt::format("{}/carbon-intensity/{}?zone={}&emissionFactorType=lifecycle", base, what, url_encoded(zone)), "auth-token: " + key));
  return out;
}

Points maps_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "Electricity Maps");
  if (!json) return unexpected(json.error());
  const bool forecast = member(*json, "forecast");
  const auto list = list_in(*json, forecast ? "forecast" : "history", "Electricity Maps");
  if (!list) return unexpected(list.error());
  std::vector<IntensityPoint> out;
  for (const Json& hour : **list) {
    const auto start = time_at(hour, "datetime");
    const auto g = number_at(hour, "carbonIntensity");
    const Json* factors = member(hour, "emissionFactorType");
    if (factors && *factors != "lifecycle") return unexpected(unlike("Electricity Maps", "not of the lifecycle basis that was asked for"));
    if (start && g && (forecast ? *start + std::chrono::hours(1) > at : *start <= at)) out.push_back(exact(*start, *g, forecast));
  }
  return out;
}

// --- Carbon Aware SDK, a web API that an organisation runs itself. Its source says the basis, the API does not.

std::string aware_zone(const Place& place, const Host& host) {
  if (const auto location = host.env("CARBONTRACKER_CARBON_AWARE_SDK_LOCATION"); location && !location->empty()) return *location;
  return !place.region.empty() ? place.region : place.code;
}

std::vector<HttpRequest> aware_requests(const std::string& base, const std::string&, const std::string& zone, WallTime at) {
  const std::string location = url_encoded(zone);
  return {plain(fmt::format("{}/emissions/bylocation?location={}&time={}&toTime={}", base, location, url_encoded(to_minute(at - 7 * kBack)), url_encoded(to_minute(at)))),
          plain(fmt::format("{}/emissions/forecasts/current?location={}", base, location))};
}

Points aware_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "Carbon Aware SDK");
  if (!json) return unexpected(json.error());
  if (!json->is_array()) return unexpected(unlike("Carbon Aware SDK", "no list in it"));
  std::vector<IntensityPoint> out;
  for (const Json& entry : *json) {
    if (const auto start = time_at(entry, "time"), when = start; start)
      if (const auto g = number_at(entry, "rating"); g && *when <= at) out.push_back(exact(*start, *g, false));
    const Json* told = member(entry, "forecastData");
    if (!told || !told->is_array()) continue;
    for (const Json& point : *told)
      if (const auto start = time_at(point, "timestamp"); start && *start > at - std::chrono::hours(1))
        if (const auto g = number_at(point, "value")) out.push_back(exact(*start, *g, true));
  }
  return out;
}

// --- WattTime v3: five minutes, marginal, lb/MWh.

std::string watttime_zone(const Place& place, const Host& host) {
  if (const auto region = host.env("CARBONTRACKER_WATTTIME_REGION"); region && !region->empty()) return *region;
  return place.subdivision == "US-CA" ? "CAISO_NORTH" : "";
}

HttpRequest watttime_login(const std::string& base, const std::string& key) {
  HttpRequest out = plain(base + "/login");
  out.user_password = key;
  out.follow = false;
  return out;
}

std::vector<HttpRequest> watttime_requests(const std::string& base, const std::string& token, const std::string& zone, WallTime at) {
  const std::string region = url_encoded(zone), bearer = "Authorization: Bearer " + token;
  return {with_header(fmt::format("{}/v3/historical?region={}&signal_type=co2_moer&start={}&end={}", base, region, url_encoded(to_minute(at - 7 * kBack)), url_encoded(to_minute(at))), bearer),
          with_header(fmt::format("{}/v3/forecast?region={}&signal_type=co2_moer&horizon_hours=72", base, region), bearer)};
}

Points watttime_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "WattTime");
  if (!json) return unexpected(json.error());
  const auto list = list_in(*json, "data", "WattTime");
  if (!list) return unexpected(list.error());
  const Json* meta = member(*json, "meta");
  const Json* units = meta ? member(*meta, "units") : nullptr;
  if (!units || *units != "lbs_co2_per_mwh") return unexpected(unlike("WattTime", "unit " + (units ? printable(units->dump()) : "not told") + ", lbs_co2_per_mwh is known"));
  std::vector<IntensityPoint> out;
  for (const Json& point : **list) {
    const auto start = time_at(point, "point_time");
    const auto pounds = number_at(point, "value");
    if (start && pounds) out.push_back(exact(*start, *pounds * kGramsPerKilowattHour, *start > at));
  }
  return out;
}

// --- EIA v2: hourly generation by fuel, times IPCC AR5 lifecycle medians (oil 650: not in that table, the usual choice). Stamps are the hour's end.

std::string eia_zone(const Place& place, const Host& host) {
  if (const auto respondent = host.env("CARBONTRACKER_EIA_RESPONDENT"); respondent && !respondent->empty()) return *respondent;
  static const std::map<std::string, std::string> kRespondents{{"CAMX", "CISO"}, {"ERCT", "ERCO"}, {"NYUP", "NYIS"}, {"NYCW", "NYIS"}, {"NYLI", "NYIS"}, {"NEWE", "ISNE"},
                                                               {"RFCE", "PJM"}, {"RFCW", "PJM"}, {"SRVC", "PJM"}, {"FRCC", "FPL"}};
  static const std::map<std::string, std::string> kStates{{"US-CA", "CISO"}, {"US-TX", "ERCO"}, {"US-NY", "NYIS"}, {"US-MA", "ISNE"}, {"US-VA", "PJM"}, {"US-PA", "PJM"}, {"US-FL", "FPL"}};
  if (const auto found = kRespondents.find(place.egrid); found != kRespondents.end()) return found->second;
  const auto state = kStates.find(place.subdivision);
  return state == kStates.end() ? "" : state->second;
}

std::vector<HttpRequest> eia_requests(const std::string& base, const std::string& key, const std::string& zone, WallTime at) {
  HttpRequest out = plain(fmt::format("{}/v2/electricity/rto/fuel-type-data/data/?api_key={}&frequency=hourly&data%5B0%5D=value&facets%5Brespondent%5D%5B%5D={}&start={}&end={}&length=5000", base,
                                      url_encoded(key), url_encoded(zone), iso_time(at - 14 * kBack).substr(0, 13), iso_time(at).substr(0, 13)));
  return {out};
}

std::optional<double> factor_of(const std::string& fuel) {
  static const std::map<std::string, double> kFactors{{"COL", 820}, {"NG", 490}, {"NUC", 12}, {"OIL", 650}, {"WAT", 24}, {"SUN", 48}, {"WND", 11}, {"GEO", 38}, {"OTH", 230}};
  const auto found = kFactors.find(fuel);
  return found == kFactors.end() ? std::nullopt : std::optional(found->second);  // batteries and pumped storage move energy, they make none
}

Points eia_parse(std::string_view body, WallTime at) {
  const auto json = json_of(body, "EIA");
  if (!json) return unexpected(json.error());
  const Json* response = member(*json, "response");
  const auto list = list_in(response ? *response : *json, "data", "EIA");
  if (!list) return unexpected(list.error());
  std::map<WallTime, std::map<std::string, double>> hours;  // by end: MWh of each fuel
  for (const Json& row : **list) {
    const Json *period = member(row, "period"), *fuel = member(row, "fueltype"), *units = member(row, "value-units");
    const auto megawatt_hours = number_at(row, "value");
    if (!period || !period->is_string() || !fuel || !fuel->is_string() || !megawatt_hours) continue;
    if (units && *units != "megawatthours") return unexpected(unlike("EIA", "unit " + printable(units->dump()) + ", megawatthours is known"));
    const auto end = parse_iso_time(period->get<std::string>() + ":00Z");
    if (end && factor_of(fuel->get<std::string>())) hours[*end][fuel->get<std::string>()] = std::max(0.0, *megawatt_hours);  // solar is told a little below 0 at night
  }
  std::map<std::string, std::size_t> seen;
  for (const auto& [end, mix] : hours)
    for (const auto& entry : mix) ++seen[entry.first];
  std::vector<IntensityPoint> out;
  for (const auto& [end, mix] : hours) {
    // An hour without a fuel that most hours have is not reported whole yet: its mix would be a wrong one.
    const bool whole = std::all_of(seen.begin(), seen.end(), [&](const auto& fuel) { return 2 * fuel.second < hours.size() || mix.count(fuel.first) > 0; });
    double megawatt_hours = 0, emission = 0;
    for (const auto& [fuel, value] : mix) megawatt_hours += value, emission += value * *factor_of(fuel);
    if (whole && end <= at && megawatt_hours > 0) out.push_back(exact(end - std::chrono::hours(1), emission / megawatt_hours, false));
  }
  return out;
}

}  // namespace

const std::vector<Provider>& providers() {
  static const std::vector<Provider> kProviders{
      {"CARBON_AWARE_SDK", "Carbon Aware SDK", "", false, "as its source gives it", 1500, aware_zone, aware_requests, aware_parse, nullptr},
      {"ELECTRICITY_MAPS", "Electricity Maps", "https://api.electricitymaps.com/v3", true, "average, lifecycle", 1500, maps_zone, maps_requests, maps_parse, nullptr},
      {"UK_CARBON_INTENSITY", "NESO Carbon Intensity API", "https://api.carbonintensity.org.uk", false, "average, direct", 1500, neso_zone, neso_requests, neso_parse, nullptr},
      {"ENERGI_DATA_SERVICE", "Energi Data Service", "https://api.energidataservice.dk", false, "average, direct", 1500, energi_zone, energi_requests, energi_parse, nullptr},
      {"ENTSOE", "ENTSO-E with IPCC AR5 factors", "https://web-api.tp.entsoe.eu", true, "average, lifecycle", 1500, entsoe_zone, entsoe_requests, entsoe_parse, nullptr},
      {"ENERGY_CHARTS", "Energy-Charts", "https://api.energy-charts.info", false, "average", 1500, charts_zone, charts_requests, charts_parse, nullptr},
      {"EIA", "US EIA with IPCC AR5 factors", "https://api.eia.gov", true, "average, lifecycle", 1500, eia_zone, eia_requests, eia_parse, nullptr},
      {"WATTTIME", "WattTime", "https://api.watttime.org", true, "marginal, direct", 2500, watttime_zone, watttime_requests, watttime_parse, watttime_login},
  };
  return kProviders;
}

}  // namespace carbontracker
