#pragma once
// Which country and which US grid a point lies in, by the embedded outlines. A few milliseconds: only where a point was given.

#include <optional>
#include <string>
#include <string_view>

namespace carbontracker {

struct Located {
  std::string country;   // alpha-2; empty: no country within 50 km
  std::string egrid;     // subregion, in the US
  double away_km = 0;    // 0 inside the outline; else the distance to the nearest one taken
  std::string neighbour; // another country within 15 km: the outlines are no finer than about 5 km
};

struct Coordinates {
  double latitude = 0, longitude = 0;  // degrees, north and east positive
};
// Of a place's code, "55.68,12.57"; nothing where the code is not of that form.
[[nodiscard]] std::optional<Coordinates> coordinates_of(std::string_view code);

// Degrees, north and east positive.
[[nodiscard]] Located locate(double latitude, double longitude);

}  // namespace carbontracker
