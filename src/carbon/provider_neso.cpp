// NESO Carbon Intensity API, Great Britain: half hours, direct, imports counted. The country has measured figures and a forecast; a region or a postcode
// has forecasts alone, for past hours too. Source of the shapes: api.carbonintensity.org.uk.

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.h"
#include "base/text.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "NESO";
constexpr std::chrono::minutes kStep{30};
constexpr std::string_view kRegion = "region ", kPostcode = "postcode ";  // before a region's number or a postcode's outward part

bool letters_and_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

// "SW1A 1AA", "sw1a1aa" and "SW1A" are SW1A: the last three characters of a whole postcode, a digit and two letters, are the inward part.
std::optional<std::string> outward_part(const std::string& configured) {
  std::string code;
  for (const char c : configured)
    if (c != ' ') code += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const bool whole = code.size() >= 5 && std::isdigit(static_cast<unsigned char>(code[code.size() - 3]));
  if (whole) code.resize(code.size() - 3);
  const bool fits = code.size() >= 2 && code.size() <= 4 && letters_and_digits(code) && std::isalpha(static_cast<unsigned char>(code[0]));
  return fits ? std::optional(code) : std::nullopt;
}

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (place.country != "GB") return std::string();
  if (configured.empty()) return std::string("GB");
  const auto number = parse_uint(configured);
  if (number && *number >= 1 && *number <= 17) return fmt::format("{}{}", kRegion, *number);
  if (const auto postcode = number ? std::nullopt : outward_part(configured)) return std::string(kPostcode) + *postcode;
  return unexpected(Errc::invalid_input, "CARBONTRACKER_UK_CARBON_INTENSITY_REGION '" + printable(configured, 40) + "' is neither a region nor a postcode",
                    "give a region's number, 1 to 17 (13 is London), or a postcode such as SW1A");
}

// The path's end that names a region; empty for the country.
std::string region_path(const std::string& zone) {
  if (zone.starts_with(kRegion)) return "/regionid/" + zone.substr(kRegion.size());
  if (zone.starts_with(kPostcode)) return "/postcode/" + url_encoded(zone.substr(kPostcode.size()));
  return "";
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  const std::string region = region_path(query.zone), now = to_minute(query.at), before = to_minute(query.at - 7 * kDay);
  const std::string path = query.base + (region.empty() ? "" : "/regional") + "/intensity/";
  return {plain_request(path + before + "/" + now + region), plain_request(path + now + "/fw48h" + region)};
}

void add(ProviderAnswer& out, const JsonValue& slot, bool regional, WallTime at) {
  const auto start = slot["from"].time();
  if (!start) return;
  const bool over = *start + kStep <= at;
  const auto actual = regional ? std::nullopt : slot["intensity"]["actual"].number(), told = slot["intensity"]["forecast"].number();
  if (actual && over) out.points.push_back(exact(*start, *actual, false));
  else if (told && (regional || !over)) out.points.push_back(exact(*start, *told, true));
}

// A region's answer is an object or a list of one, with the half hours inside.
Result<std::vector<JsonValue>> half_hours_of_region(const JsonValue& data, ProviderAnswer& out, const std::string& zone) {
  const auto list = data.items();
  const JsonValue region = data.is_list() && !list.empty() ? list.front() : data;
  if (!region["data"].is_list()) return unexpected(unlike(kName, "no list 'data' of a region in it"));
  const bool by_number = zone.starts_with(kRegion);
  const auto number = region["regionid"].number();
  const auto postcode = region["postcode"].text();
  // The same region has another number where it is found by its postcode.
  if (by_number && number && fmt::format("{}{:.0f}", kRegion, *number) != zone) return unexpected(other_zone(kName, fmt::format("{}{:.0f}", kRegion, *number), zone));
  if (!by_number && postcode && std::string(kPostcode) + *postcode != zone) return unexpected(other_zone(kName, std::string(kPostcode) + *postcode, zone));
  const auto name = region["shortname"].text();
  out.zone = name ? zone + " (" + printable(*name, 40) + ")" : zone;
  return region["data"].items();
}

Result<ProviderAnswer> parse(std::string_view body, const ProviderQuery& query) {
  const auto json = JsonAnswer::parse(body, kName);
  if (!json) return unexpected(json.error());
  ProviderAnswer out;
  const bool regional = !region_path(query.zone).empty();
  const auto slots = regional ? half_hours_of_region(json->root()["data"], out, query.zone) : json->list("data");
  if (!slots) return unexpected(slots.error());
  for (const JsonValue& slot : *slots) add(out, slot, regional, query.at);
  if (regional) out.note = "regional figures are forecasts, for past hours too";
  return out;
}

}  // namespace

Provider neso_provider() {
  return {"UK_CARBON_INTENSITY", "NESO Carbon Intensity API", "https://api.carbonintensity.org.uk", false, "average, direct", 1500, kStep, "REGION", zone, requests, parse};
}

}  // namespace carbontracker
