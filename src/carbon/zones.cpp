#include "carbon/zones.h"

#include <algorithm>

#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

Place from_country_row(const TableRow& row) {
  Place place;
  place.code = place.country = row["alpha2"];
  place.name = row["name"];
  return place;
}

Place from_subdivision_row(const TableRow& row) {
  Place place;
  place.code = place.subdivision = row["code"];
  place.country = place.code.substr(0, 2);
  place.name = std::string(row["name"]) + (place.country == "US" ? ", United States" : ", Canada");
  if (place.country == "US") place.egrid = row["egrid"];
  return place;
}

std::optional<Place> find_country(std::string_view column, std::string_view wanted) {
  std::optional<Place> found;
  for_each_row("grid_countries", [&](const TableRow& row) {
    if (lower(row[column]) == wanted && row["alpha2"].size() == 2) found = from_country_row(row);
    return !found;
  });
  return found;
}

std::string without_spaces(std::string_view text) {
  std::string out = lower(text);
  out.erase(std::remove(out.begin(), out.end(), ' '), out.end());
  return out;
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "us-east-1a" (AWS) and "us-east1-b" (GCP) are availability zones of a region; anything else is returned as it is.
std::string region_of_zone(std::string_view zone) {
  const std::size_t n = zone.size();
  if (n > 3 && is_letter(zone[n - 1]) && is_digit(zone[n - 2])) return std::string(zone.substr(0, n - 1));
  if (n > 3 && is_letter(zone[n - 1]) && zone[n - 2] == '-' && is_digit(zone[n - 3])) return std::string(zone.substr(0, n - 2));
  return std::string(zone);
}

}  // namespace

std::optional<Place> country_place(std::string_view given) {
  const std::string_view text = trim(given);
  const std::string code = upper(text);
  if (code == "UK") {
    std::optional<Place> place = country_place("GB");
    if (place) place->note = "UK is not an ISO 3166 code: read as GB (United Kingdom)";
    return place;
  }
  if (code.size() == 2) {
    const auto row = find_row("grid_countries", code);
    return row ? std::optional<Place>(from_country_row(*row)) : std::nullopt;
  }
  return find_country(code.size() == 3 ? "alpha3" : "name", lower(text));
}

std::optional<Place> subdivision_place(std::string_view text) {
  const std::string code = upper(trim(text));
  for (const char* table : {"grid_us_states", "grid_canada"})
    if (const auto row = find_row(table, code)) return from_subdivision_row(*row);
  return std::nullopt;
}

std::optional<Place> subdivision_by_name(std::string_view text) {
  const std::string wanted = lower(trim(text));
  std::optional<Place> found;
  for (const char* table : {"grid_us_states", "grid_canada"})
    for_each_row(table, [&](const TableRow& row) {
      if (!found && lower(row["name"]) == wanted) found = from_subdivision_row(row);
      return !found;
    });
  return found;
}

std::string_view provider_code(std::string_view given) {
  const std::string name = lower(trim(given));
  if (name == "aws" || name == "amazon" || name == "ec2") return "aws";
  if (name == "gcp" || name == "gce" || name == "google") return "gcp";
  if (name == "azure" || name == "microsoft") return "azure";
  return {};
}

std::string_view provider_name(std::string_view code) {
  return code == "aws" ? "AWS" : code == "gcp" ? "Google Cloud" : code == "azure" ? "Azure" : code;
}

std::optional<Place> region_place(std::string_view provider, std::string_view given) {
  Place place;
  place.provider = provider_code(provider);
  place.region = without_spaces(trim(given));
  auto row = find_row("cloud_regions", place.provider + ":" + place.region);
  if (!row) {
    place.region = region_of_zone(place.region);
    row = find_row("cloud_regions", place.provider + ":" + place.region);
  }
  if (!row || place.provider.empty()) return std::nullopt;
  place.code = (*row)["id"];
  place.country = (*row)["alpha2"];
  place.subdivision = (*row)["subdivision"];
  place.egrid = (*row)["egrid"];
  const auto country = find_row("grid_countries", place.country);
  const std::string land = country ? std::string((*country)["name"]) : place.country;
  const std::string location((*row)["location"]);
  place.name = (location == land ? land : location + ", " + land) + " (" + std::string(provider_name(place.provider)) + " " + place.region + ")";
  return place;
}

std::vector<std::string> cloud_regions(std::string_view provider) {
  std::vector<std::string> out;
  const std::string prefix = std::string(provider) + ":";
  for_each_row("cloud_regions", [&](const TableRow& row) {
    if (row["id"].starts_with(prefix)) out.emplace_back(row["id"]);
    return true;
  });
  return out;
}

}  // namespace carbontracker
