#pragma once
// What the grid will be, from what it was: our own forecast where a provider has none. Pure: no clock, no files, no state.
// The model in formulas: docs/method/intensity.md.

#include "carbon/intensity.h"

namespace carbontracker {

inline constexpr int kGridForecastHours = 96;

// Hourly points from the hour of `at` on, `hours` of them (1 to 96; more are cut), each with its 90 % interval and forecast = true.
// Only points of `history` that begin before `at` are looked at: forecasts (points with forecast = true) among them are left out,
// sub-hourly ones averaged, gaps of a few hours bridged. `about` of the answer is that of the history, its note says that the forecast is ours.
// Short histories give wider and simpler forecasts: from one day on the same hour of the days before, from eight weeks on the regression.
// Cost: a fit of 0.2 to 0.3 s on two years, in proportion to the history's length.
// Errc::unavailable with the reason: less than a day of history, or it ends more than a day before `at`.
[[nodiscard]] Result<IntensitySeries> forecast_grid(const IntensitySeries& history, WallTime at, int hours = kGridForecastHours);

}  // namespace carbontracker
