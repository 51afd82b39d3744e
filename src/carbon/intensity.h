#pragma once
// Carbon intensity of a grid: figures with their provenance, constant or as a series.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "carbon/error_paths.h"
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
  std::optional<CarbonIntensity> lifecycle;  // where the figure is direct: the same grid and year on the lifecycle basis, to compare places by
  std::string note;       // "no figure is published for Monaco: world average", often empty
};

// The embedded yearly table's figure for a place: the most specific zone that has one (eGRID subregion, US state, Canadian province),
// else the country, else the world average marked as such with its wide range. Never fails, never guesses a clean grid.
// Country and province figures are lifecycle, US zones direct (EPA's published figure), and say so in `basis`.
// The range is what a yearly mean leaves open for one run: docs/method/carbon.md.
[[nodiscard]] GridFigure table_intensity(const Place& place);

struct IntensityPoint {
  WallTime start{};                       // until the next point's start
  CarbonIntensity g_per_kwh{}, low{}, high{};
  bool forecast = false;
  bool estimated = false;                 // a past figure that its source has modelled, not measured
};
struct IntensitySeries {
  GridFigure about;                       // zone, provider, basis; its figure is the fallback outside the points
  std::vector<IntensityPoint> points;     // by time; empty: constant
  Seconds step{};                         // usual distance of the points; a point holds for three steps at most; 0: until the next one
  std::size_t skipped = 0;                // blank, damaged or repeated rows left out, and
  std::size_t missing = 0;                // steps for which the source has no row
  std::shared_ptr<const ErrorPaths> errors{};  // of the points that are forecast; null: not known how they err together
};

// When a point (one of the series' own) stops to hold.
[[nodiscard]] WallTime point_end(const IntensitySeries& series, const IntensityPoint& point);
// The point that holds at `when`, or null where none does (before the first, after the last, in a gap).
[[nodiscard]] const IntensityPoint* point_at(const IntensitySeries& series, WallTime when);

// The points that begin before `when`, and `about` told from them alone (mean, 5th and 95th percentile): nothing later is looked at. Without such a point `about` stays.
[[nodiscard]] IntensitySeries series_until(const IntensitySeries& series, WallTime when);

}  // namespace carbontracker
