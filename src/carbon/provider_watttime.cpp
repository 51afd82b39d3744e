// WattTime v3: five minutes, marginal, lb/MWh. Source of the shapes: docs.watttime.org. An account exchanges its name and password for a token of 30 minutes.

#include <fmt/format.h>

#include "carbon/coordinates.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "WattTime";
constexpr double kGramsPerKilowattHour = 0.45359237;  // of one lb/MWh

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (!configured.empty()) return configured;
  if (coordinates_of(place.code)) return place.code;  // located() names the region
  return std::string(place.subdivision == "US-CA" ? "CAISO_NORTH" : "");
}

HttpRequest login(const std::string& base, const std::string& key) {
  HttpRequest out = plain_request(base + "/login");
  out.user_password = key;
  out.follow = false;
  return out;
}

std::string bearer(const ProviderQuery& query) { return "Authorization: Bearer " + query.key; }

HttpRequest locate(const ProviderQuery& query) {
  const Coordinates point = coordinates_of(query.zone).value_or(Coordinates{});
  return keyed_request(fmt::format("{}/v3/region-from-loc?latitude={:.4f}&longitude={:.4f}&signal_type=co2_moer", query.base, point.latitude, point.longitude), bearer(query));
}

Result<std::string> located(std::string_view body) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  const auto region = json->root()["region"].text();
  if (!region || region->empty()) return unexpected(unlike(kName, "no 'region' for these coordinates in it"));
  return *region;
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  const std::string region = url_encoded(query.zone);
  return {keyed_request(fmt::format("{}/v3/historical?region={}&signal_type=co2_moer&start={}&end={}", query.base, region, url_encoded(to_minute(query.at - 7 * kDay)), url_encoded(to_minute(query.at))),
                        bearer(query)),
          keyed_request(fmt::format("{}/v3/forecast?region={}&signal_type=co2_moer&horizon_hours=72", query.base, region), bearer(query))};
}

Result<> check(const JsonValue& meta, const std::string& zone) {
  const auto units = meta["units"].text(), region = meta["region"].text(), signal = meta["signal_type"].text();
  if (units != "lbs_co2_per_mwh") return unexpected(unlike(kName, "unit " + (units ? meta["units"].shown() : "not told") + ", lbs_co2_per_mwh is known"));
  if (region && *region != zone) return unexpected(other_zone(kName, *region, zone));
  if (signal && *signal != "co2_moer") return unexpected(unlike(kName, "signal " + meta["signal_type"].shown() + ", co2_moer was asked for"));
  return {};
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  const auto list = json->list("data");
  if (!list) return unexpected(list.error());
  const JsonValue meta = json->root()["meta"];
  if (const auto fine = check(meta, query.zone); !fine) return unexpected(fine.error());
  ProviderAnswer out;
  out.zone = meta["region"].text().value_or("");
  for (const JsonValue& point : *list) {
    const auto start = point["point_time"].time();
    const auto pounds = point["value"].number();
    if (start && pounds) out.points.push_back(exact(*start, *pounds * kGramsPerKilowattHour, *start > query.at));
  }
  return out;
}

}  // namespace

Provider watttime_provider() {
  return {"WATTTIME", kName, "https://api.watttime.org", true, "marginal, direct", 2500, std::chrono::minutes(5), "REGION", zone, requests, parse, login, locate, located};
}

}  // namespace carbontracker
