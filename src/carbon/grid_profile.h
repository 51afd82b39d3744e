#pragma once
// A usual day of a zone's month (data/grid_profiles.csv): what shapes a yearly mean where neither a provider nor a history tells the hours.
// Made of one year of a zone; how well it does in other years: docs/method/intensity.md.

#include "carbon/intensity.h"

namespace carbontracker {

// Hourly points from the hour of `at` on, `hours` of them (96 at most), forecast = true: the month's usual hour, in UTC, times the mean `about`. Their mean over a year is
// that mean: the headline figure stays what it was. low and high are 90 % of what single hours were, wider by the yearly drift since the profile's year.
// `about` of the answer is the one given, with a note that says what the hours are. Only a profile of the same basis is used: direct figures have a profile of direct ones.
// Errc::unavailable with the reason: the place's zone has no profile on that basis.
[[nodiscard]] Result<IntensitySeries> usual_hours(const Place& place, const GridFigure& about, WallTime at, int hours);

// The same grid's lifecycle figure, by which places are compared: a direct one beside lifecycle ones would win unfairly. As it is where it is not direct.
[[nodiscard]] GridFigure on_lifecycle(const GridFigure& figure);

}  // namespace carbontracker
