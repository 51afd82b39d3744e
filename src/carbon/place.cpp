#include "carbon/place.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "carbon/coordinates.h"
#include "carbon/suggest.h"
#include "carbon/zones.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr std::string_view kForms = "a country, US state or Canadian province by code or name (DK, US-CA), a cloud region (aws:eu-west-1) or lat,lon (55.68,12.57)";

Unexpected no_such_place(std::string_view text, std::string_view from, std::string_view why) {
  const std::string shown(text.substr(0, 60));
  const auto nearest = nearest_places(shown);
  const std::string near = nearest.empty() ? "" : fmt::format("nearest: {}; ", fmt::join(nearest, ", "));
  return unexpected(Errc::invalid_input, fmt::format("{}: '{}': {}", from.empty() ? "place" : from, shown, why), near + fmt::format("a place is {}", kForms));
}

std::string country_name(std::string_view code) {
  const auto row = find_row("grid_countries", code);
  return row ? std::string((*row)["name"]) : std::string(code);
}

std::optional<std::pair<double, double>> coordinates_in(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() != 2) return std::nullopt;
  const auto latitude = parse_double(parts[0]), longitude = parse_double(parts[1]);
  return latitude && longitude ? std::optional(std::pair(*latitude, *longitude)) : std::nullopt;
}

Place at_coordinates(double latitude, double longitude) {
  const Located located = locate(latitude, longitude);
  Place place;
  place.code = fmt::format("{:.2f},{:.2f}", latitude, longitude);
  place.country = located.country;
  place.egrid = located.egrid;
  place.name = located.country.empty() ? place.code : fmt::format("{} ({})", country_name(located.country), place.code);
  if (located.country.empty()) place.note = "no country within 50 km of " + place.code;
  else if (!located.neighbour.empty()) place.note = fmt::format("near the border of {}: give the code of the country to be sure", country_name(located.neighbour));
  else if (located.away_km > 0) place.note = fmt::format("{:.0f} km off the coast of {} on the map used", located.away_km, country_name(located.country));
  return place;
}

Result<Place> parse_coordinates(std::string_view text, std::string_view from, double latitude, double longitude) {
  if (std::abs(latitude) <= 90 && std::abs(longitude) <= 180) return at_coordinates(latitude, longitude);
  return unexpected(Errc::invalid_input, fmt::format("{}: '{}': latitude is -90 to 90, longitude -180 to 180", from, text),
                    "write latitude first, as in 55.68,12.57");
}

Result<Place> parse_region(std::string_view text, std::string_view from) {
  const auto colon = text.find(':');
  const std::string_view provider = text.substr(0, colon);
  if (provider_code(provider).empty()) return no_such_place(text, from, fmt::format("no cloud provider '{}' is known", provider.substr(0, 20)));
  if (auto place = region_place(provider, text.substr(colon + 1))) return *std::move(place);
  return no_such_place(fmt::format("{}:{}", provider_code(provider), text.substr(colon + 1)), from,
                       fmt::format("{} has no such region in the table", provider_name(provider_code(provider))));
}

bool has_own_zones(const Place& country) { return country.country == "US" || country.country == "CA"; }

// "SE-AB", "SE-stockholm county", "Stockholm County, Sweden": a part of a country whose figure is the country's.
std::optional<Place> part_of_country(std::string_view country, std::string_view part) {
  auto place = country_place(country);
  if (!place || trim(part).empty() || has_own_zones(*place)) return std::nullopt;
  if (trim(part).size() <= 3) place->subdivision = place->code = place->country + "-" + std::string(trim(part));
  if (place->note.empty()) place->note = fmt::format("no figure for '{}' alone: {} as a whole is used", trim(part).substr(0, 40), place->name);
  return place;
}

Result<Place> parse_code(std::string_view text, std::string_view from) {
  if (lower(text) == "world") {
    Place world;
    world.code = "WORLD";
    world.name = "world average";
    return world;
  }
  if (auto place = subdivision_place(text)) return *std::move(place);
  if (auto place = country_place(text)) {
    if (const auto other = subdivision_by_name(text)) place->note = fmt::format("read as the country {} ({}); {} is {}", place->name, place->code, other->code, other->name);
    return *std::move(place);
  }
  if (auto place = subdivision_by_name(text)) return *std::move(place);
  if (const auto dash = text.find('-'); dash != std::string_view::npos)
    if (auto place = part_of_country(text.substr(0, dash), text.substr(dash + 1))) return *std::move(place);
  if (const auto comma = text.rfind(','); comma != std::string_view::npos)
    if (auto place = part_of_country(text.substr(comma + 1), text.substr(0, comma))) return *std::move(place);
  return no_such_place(text, from, "no such place");
}

Result<Place> parse_any(std::string_view text, std::string_view from) {
  if (const auto point = coordinates_in(text)) return parse_coordinates(text, from, point->first, point->second);
  if (text.find(':') != std::string_view::npos) return parse_region(text, from);
  return parse_code(text, from);
}

}  // namespace

Result<Place> parse_place(std::string_view given, std::string_view from) {
  const std::string_view text = trim(given);
  if (text.empty()) return unexpected(Errc::invalid_input, fmt::format("{}: the place is empty", from), fmt::format("a place is {}", kForms));
  auto place = parse_any(text, from);
  if (place) place->from = from;
  return place;
}

}  // namespace carbontracker
