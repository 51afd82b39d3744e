// Carbon Aware SDK, a web API that an organisation runs itself. Its source says the basis, the API does not.
// Source of the shapes: Green-Software-Foundation/carbon-aware-sdk, web API.

#include <fmt/format.h>

#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "Carbon Aware SDK";

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (!configured.empty()) return configured;
  return !place.region.empty() ? place.region : place.code;
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  const std::string location = url_encoded(query.zone);
  return {plain_request(fmt::format("{}/emissions/bylocation?location={}&time={}&toTime={}", query.base, location, url_encoded(to_minute(query.at - 7 * kDay)), url_encoded(to_minute(query.at)))),
          plain_request(fmt::format("{}/emissions/forecasts/current?location={}", query.base, location))};
}

// One location is asked for. Its name may come back as the source's own name of the zone, but of two names one is another place.
Result<> same_location(ProviderAnswer& out, const JsonValue& entry) {
  const auto told = entry["location"].text();
  if (!told) return {};
  if (out.zone.empty()) out.zone = *told;
  if (*told != out.zone) return unexpected(other_zone(kName, *told, out.zone));
  return {};
}

void add_forecast(ProviderAnswer& out, const JsonValue& entry, WallTime at) {
  for (const JsonValue& point : entry["forecastData"].items()) {
    const auto start = point["timestamp"].time();
    const auto g = point["value"].number();
    if (start && g && *start > at - std::chrono::hours(1)) out.points.push_back(exact(*start, *g, true));
  }
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  if (!json->root().is_list()) return unexpected(unlike(kName, "no list in it"));
  ProviderAnswer out;
  for (const JsonValue& entry : json->root().items()) {
    if (const auto same = same_location(out, entry); !same) return unexpected(same.error());
    const auto start = entry["time"].time();
    const auto g = entry["rating"].number();
    if (start && g && *start <= query.at) out.points.push_back(exact(*start, *g, false));
    add_forecast(out, entry, query.at);
  }
  return out;
}

}  // namespace

Provider carbon_aware_provider() {
  return {"CARBON_AWARE_SDK", kName, "", false, "as its source gives it", 1500, std::chrono::minutes(5), "LOCATION", zone, requests, parse};
}

}  // namespace carbontracker
