// US EIA v2: hourly generation by fuel of a balancing authority (Form EIA-930) times IPCC AR5 lifecycle medians, about a day late. Stamps are the hour's end, UTC.
// Source of the shapes: www.eia.gov/opendata, electricity/rto/fuel-type-data.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/iso_time.h"
#include "carbon/generation_mix.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "EIA";
constexpr double kMostMegawattHours = 1e6;  // of an hour and a fuel: all of the United States have about 5e5
// A fuel has a row an hour, and an answer 5,000 rows at most: 12 days of all 16 types are 4,608, so that there is one page.
constexpr int kDays = 12;

// g/kWh: IPCC AR5 annex III medians; oil 650 is not in that table, the usual choice. Solar and wind with batteries (SNB, WNB) as without.
// Not in the list: UNK, which is what nobody knows, and any code that is newer than this.
const FuelFactors& factors() {
  static const FuelFactors kFactors{{"COL", 820}, {"NG", 490}, {"NUC", 12}, {"OIL", 650}, {"WAT", 24}, {"SUN", 48}, {"SNB", 48}, {"WND", 11}, {"WNB", 11}, {"GEO", 38}, {"OTH", 230}};
  return kFactors;
}

// Batteries, pumped storage, other and unknown storage.
bool is_storage(const std::string& fuel) {
  static const std::set<std::string> kStorage{"BAT", "PS", "OES", "UES"};
  return kStorage.count(fuel) > 0;
}

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (!configured.empty() && (place.country == "US" || place.country.empty())) return configured;
  static const std::map<std::string, std::string> kRespondents{{"CAMX", "CISO"}, {"ERCT", "ERCO"}, {"NYUP", "NYIS"}, {"NYCW", "NYIS"}, {"NYLI", "NYIS"}, {"NEWE", "ISNE"},
                                                               {"RFCE", "PJM"}, {"RFCW", "PJM"}, {"SRVC", "PJM"}, {"FRCC", "FPL"}};
  static const std::map<std::string, std::string> kStates{{"US-CA", "CISO"}, {"US-TX", "ERCO"}, {"US-NY", "NYIS"}, {"US-MA", "ISNE"}, {"US-VA", "PJM"}, {"US-PA", "PJM"}, {"US-FL", "FPL"}};
  if (const auto found = kRespondents.find(place.egrid); found != kRespondents.end()) return found->second;
  const auto state = kStates.find(place.subdivision);
  return state == kStates.end() ? "" : state->second;
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  HttpRequest out = plain_request(fmt::format("{}/v2/electricity/rto/fuel-type-data/data/?api_key={}&frequency=hourly&data%5B0%5D=value&facets%5Brespondent%5D%5B%5D={}&start={}&end={}"
                                              "&sort%5B0%5D%5Bcolumn%5D=period&sort%5B0%5D%5Bdirection%5D=desc&offset=0&length=5000",
                                              query.base, url_encoded(query.key), url_encoded(query.zone), iso_time(query.at - kDays * kDay).substr(0, 13), iso_time(query.at).substr(0, 13)));
  out.follow = false;  // the key is in the URL, and a redirect may repeat it to another host
  return {out};
}

Result<> check(const JsonValue& row, const std::string& zone) {
  if (const auto told = row["respondent"].text(); told && *told != zone) return unexpected(other_zone(kName, *told, zone));
  if (const auto units = row["value-units"].text(); units && *units != "megawatthours") return unexpected(unlike(kName, "unit " + row["value-units"].shown() + ", megawatthours is known"));
  return {};
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  const JsonValue response = json->root()["response"];
  const auto inside = response["data"].is_list() ? Result<std::vector<JsonValue>>(response["data"].items()) : json->list("data");
  if (!inside) return unexpected(inside.error());
  GenerationMix mix;
  for (const JsonValue& row : *inside) {
    if (const auto fine = check(row, query.zone); !fine) return unexpected(fine.error());
    const auto period = row["period"].text(), fuel = row["fueltype"].text();
    const auto value = row["value"].number();
    const auto end = period ? parse_iso_time(*period + ":00Z") : std::nullopt;
    if (!end || !fuel || !value || is_storage(*fuel) || *value > kMostMegawattHours) continue;
    mix[*end - std::chrono::hours(1)][*fuel] = std::max(0.0, *value);  // solar is told a little below 0 at night
  }
  // Newest first: of an answer that was cut the oldest hour may have lost some of its fuels.
  if (response["total"].number().value_or(0) > static_cast<double>(inside->size()) && !mix.empty()) mix.erase(mix.begin());
  return ProviderAnswer{intensity_of_mix(mix, factors(), std::chrono::hours(1), query.at), mix.empty() ? "" : query.zone, ""};
}

}  // namespace

Provider eia_provider() {
  return {"EIA", "US EIA with IPCC AR5 factors", "https://api.eia.gov", true, "average, lifecycle", 1500, std::chrono::hours(1), "RESPONDENT", zone, requests, parse};
}

}  // namespace carbontracker
