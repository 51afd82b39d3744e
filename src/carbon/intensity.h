#pragma once
// Carbon intensity of a grid: figures with their provenance, constant or as a series.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "carbon/place.h"

namespace carbontracker {

// One figure; low and high are 90 %.
struct GridFigure {
  CarbonIntensity g_per_kwh{}, low{}, high{};
  std::string zone;       // "DK", "egrid:RFCW", "CA-QC", "WORLD"
  std::string zone_name;  // "Denmark", "world average"
  std::string provider;   // "Ember via Our World in Data", "US EPA eGRID2023 rev 2"
  int year = 0;
  std::string basis;      // "average, lifecycle", "average, direct"
  bool place_known = true;
};

// The embedded yearly table's figure for a place: the most specific zone that has one, else the country, else the world
// average marked as such with its wide range. Never fails, never guesses a clean grid.
[[nodiscard]] GridFigure table_intensity(const Place& place);

struct IntensityPoint {
  WallTime start{};                       // until the next point's start
  CarbonIntensity g_per_kwh{}, low{}, high{};
  bool forecast = false;
};
struct IntensitySeries {
  GridFigure about;                       // zone, provider, basis; its figure is the fallback outside the points
  std::vector<IntensityPoint> points;     // by time; empty: constant
};

}  // namespace carbontracker
