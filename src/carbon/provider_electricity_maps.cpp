// Electricity Maps: hours, flow-traced, lifecycle. Source of the shapes: app.electricitymaps.com/developer-hub/api/reference.

#include <fmt/format.h>

#include <map>

#include "base/printable.h"
#include "base/text.h"
#include "carbon/coordinates.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "Electricity Maps";
constexpr std::chrono::hours kStep{1};

// A zone begins with its country's code: one that is configured says nothing about a place in another country.
bool of_country(const std::string& zone, const Place& place) { return place.country.empty() || starts_with_no_case(zone, place.country); }

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (!configured.empty() && of_country(configured, place)) return configured;
  if (coordinates_of(place.code)) return place.code;
  static const std::map<std::string, std::string> kZones{{"US-CA", "US-CAL-CISO"}, {"US-TX", "US-TEX-ERCO"}, {"US-NY", "US-NY-NYIS"}, {"US-MA", "US-NE-ISNE"},
                                                         {"US-VA", "US-MIDA-PJM"}, {"US-OR", "US-NW-BPAT"}, {"US-FL", "US-FLA-FPL"}};
  if (const auto found = kZones.find(place.subdivision); found != kZones.end()) return found->second;
  if (place.country == "CA" && !place.subdivision.empty()) return place.subdivision;
  if (place.country == "DK") return std::string(place.code == "DK1" ? "DK-DK1" : "DK-DK2");
  return place.country == "US" ? "" : place.country;
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  const auto point = coordinates_of(query.zone);
  const std::string where = point ? fmt::format("lat={:.4f}&lon={:.4f}", point->latitude, point->longitude) : "zone=" + url_encoded(query.zone);
  std::vector<HttpRequest> out;
  for (const char* what : {"history", "forecast"})
    out.push_back(keyed_request(fmt::format("{}/carbon-intensity/{}?{}&emissionFactorType=lifecycle&temporalGranularity=hourly", query.base, what, where), "auth-token: " + query.key));
  return out;
}

// Of the answer as a whole and of each hour in it: both may tell them.
Result<> check(const JsonValue& said, const std::string& zone) {
  const auto told = said["zone"].text(), factors = said["emissionFactorType"].text(), step = said["temporalGranularity"].text(), unit = said["unit"].text();
  if (told && !zone.empty() && *told != zone) return unexpected(other_zone(kName, *told, zone));
  if (factors && *factors != "lifecycle") return unexpected(unlike(kName, "not of the lifecycle basis that was asked for"));
  if (step && *step != "hourly") return unexpected(unlike(kName, "granularity '" + printable(*step, 40) + "', hourly was asked for"));
  if (unit && lower(*unit) != "gco2eq/kwh") return unexpected(unlike(kName, "unit '" + printable(*unit, 40) + "', gCO2eq/kWh is known"));
  return {};
}

struct Estimates {
  std::size_t hours = 0, estimated = 0;
  std::string method;

  [[nodiscard]] std::string note() const {
    if (estimated == 0) return "";
    return fmt::format("{} of {} hours are estimates{}", estimated, hours, method.empty() ? "" : " (" + printable(method, 40) + ")");
  }
};

void add_hour(ProviderAnswer& out, Estimates& estimates, const JsonValue& hour, bool forecast, WallTime at) {
  const auto start = hour["datetime"].time();
  const auto g = hour["carbonIntensity"].number();
  if (!start || !g || (forecast ? *start + kStep <= at : *start > at)) return;
  IntensityPoint point = exact(*start, *g, forecast);
  point.estimated = !forecast && hour["isEstimated"].is_true();
  if (point.estimated) ++estimates.estimated, estimates.method = hour["estimationMethod"].text().value_or(estimates.method);
  ++estimates.hours;
  out.points.push_back(point);
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  const bool forecast = json->root()["forecast"].present();
  const auto list = json->list(forecast ? "forecast" : "history");
  if (!list) return unexpected(list.error());
  ProviderAnswer out;
  out.zone = json->root()["zone"].text().value_or("");
  const std::string asked = coordinates_of(query.zone) ? out.zone : query.zone;  // found by coordinates, it is the answer that names it
  if (const auto fine = check(json->root(), asked); !fine) return unexpected(fine.error());
  Estimates estimates;
  for (const JsonValue& hour : *list) {
    if (const auto fine = check(hour, asked); !fine) return unexpected(fine.error());
    add_hour(out, estimates, hour, forecast, query.at);
  }
  out.note = estimates.note();
  return out;
}

}  // namespace

Provider electricity_maps_provider() {
  return {"ELECTRICITY_MAPS", kName, "https://api.electricitymaps.com/v3", true, "average, lifecycle", 1500, kStep, "ZONE", zone, requests, parse};
}

}  // namespace carbontracker
