// Energy-Charts (Fraunhofer ISE), about thirty European countries: quarter hours. Source of the shapes: api.energy-charts.info, /co2eq.

#include <fmt/format.h>

#include <set>

#include "base/iso_time.h"
#include "base/text.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "Energy-Charts";
constexpr std::chrono::minutes kStep{15};

Result<std::string> zone(const Place& place, const std::string&) {
  static const std::set<std::string> kCountries{"AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IT", "LT",
                                                "LU", "LV", "ME", "MK", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"};
  return kCountries.count(place.country) ? lower(place.country) : "";
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  return {plain_request(fmt::format("{}/co2eq?country={}&start={}&end={}", query.base, query.zone, iso_time(query.at - 7 * kDay).substr(0, 10), iso_time(query.at + 2 * kDay).substr(0, 10)))};
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  const auto times = json->list("unix_seconds");
  if (!times) return unexpected(times.error());
  const auto came = json->root()["co2eq"].items(), told = json->root()["co2eq_forecast"].items();  // parallel to the times
  const auto value = [](const std::vector<JsonValue>& list, std::size_t i) { return i < list.size() ? list[i].number() : std::nullopt; };
  ProviderAnswer out;
  for (std::size_t i = 0; i < times->size(); ++i) {
    const auto start = (*times)[i].unix_seconds();
    if (!start) continue;
    if (const auto g = value(came, i); g && *start <= query.at) out.points.push_back(exact(*start, *g, false));
    else if (const auto f = value(told, i); f && *start + kStep > query.at) out.points.push_back(exact(*start, *f, true));
  }
  return out;
}

}  // namespace

Provider energy_charts_provider() {
  return {"ENERGY_CHARTS", kName, "https://api.energy-charts.info", false, "average", 1500, kStep, nullptr, zone, requests, parse};
}

}  // namespace carbontracker
