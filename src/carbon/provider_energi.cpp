// Energi Data Service, Denmark: five minutes, direct. Source of the shapes: www.energidataservice.dk, datasets CO2Emis and CO2EmisProg. Stamps of
// Minutes5UTC carry no offset and are UTC; Minutes5DK repeats an hour in autumn and is not read.

#include <fmt/format.h>

#include "base/iso_time.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "Energi Data Service";

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (place.country != "DK") return std::string();
  if (!configured.empty() && configured != "DK1" && configured != "DK2")
    return unexpected(Errc::invalid_input, "CARBONTRACKER_ENERGI_DATA_SERVICE_AREA '" + configured + "' is no price area of Denmark", "DK1 is west of the Great Belt, DK2 east of it");
  if (!configured.empty()) return configured;
  return std::string(place.subdivision == "DK-81" || place.subdivision == "DK-82" || place.subdivision == "DK-83" || place.code == "DK1" ? "DK1" : "DK2");
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  const auto url = [&](const char* dataset, WallTime from, WallTime to) {
    // The default order is newest first, the default limit 100.
    return fmt::format("{}/dataset/{}?start={}&end={}&filter={}&sort=Minutes5UTC&limit=3000&timezone=UTC", query.base, dataset, iso_time(from).substr(0, 16), iso_time(to).substr(0, 16),
                       url_encoded("{\"PriceArea\":[\"" + query.zone + "\"]}"));
  };
  return {plain_request(url("CO2Emis", query.at - 7 * kDay, query.at)), plain_request(url("CO2EmisProg", query.at, query.at + 2 * kDay))};
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  const auto list = json->list("records");
  if (!list) return unexpected(list.error());
  const bool forecast = json->root()["dataset"].text() == "CO2EmisProg";
  ProviderAnswer out;
  for (const JsonValue& record : *list) {
    const auto area = record["PriceArea"].text();
    if (area && *area != query.zone) return unexpected(other_zone(kName, *area, query.zone));
    if (area) out.zone = *area;
    const auto start = record["Minutes5UTC"].time();
    const auto g = record["CO2Emission"].number();
    if (start && g && (*start > query.at) == forecast) out.points.push_back(exact(*start, *g, forecast));
  }
  return out;
}

}  // namespace

Provider energi_provider() {
  return {"ENERGI_DATA_SERVICE", kName, "https://api.energidataservice.dk", false, "average, direct", 1500, std::chrono::minutes(5), "AREA", zone, requests, parse};
}

}  // namespace carbontracker
