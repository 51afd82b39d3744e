#pragma once
// What the places of a plan stand for: grid, PUE, water and cost of each, with their sources (docs/formats/commands.md).

#include <string>
#include <vector>

#include "carbon/beyond.h"

namespace carbontracker {

struct PlaceFacts {
  std::string place;               // as it is named in the options
  GridFigure grid;                 // by whose basis and provider the place is compared
  std::string hours;               // whose its hours are: "live", "history", "profile" (a usual day of the month) or "table" (no hour differs)
  std::string why;                 // why they are no better, where something else was wanted; often empty
  Facility site;
  std::optional<Water> on_site, off_site;  // of the whole work there
  std::optional<Cost> cost;
};

// Why the figures of the places are not like for like; empty where they are: all of one basis, and all of hours that are known equally well.
[[nodiscard]] std::string unlike_places(const std::vector<PlaceFacts>& places);

// The list under `places` of a plan, as JSON text.
[[nodiscard]] std::string places_json(const std::vector<PlaceFacts>& places);
// One line below an option: grid, PUE, water and cost of its place.
[[nodiscard]] std::string place_line(const PlaceFacts& facts);
// What stands below all options: where the figures come from, each source once.
[[nodiscard]] std::string place_sources(const std::vector<PlaceFacts>& places);

}  // namespace carbontracker
