#pragma once
// The intensity that what is left of a run will meet. Pure.

#include "carbon/intensity.h"

namespace carbontracker {

// Mean over a span for energy that is taken evenly in it. Where the series ends before the span does, our own forecast from it goes on
// (grid_forecast.h); where there is none, the series' own figure. A series without points is that figure.
[[nodiscard]] CarbonIntensity mean_intensity(const IntensitySeries& series, WallTime from, Seconds length);

// The same from what the series tells alone, at little cost: behind its end its own figure stands. No length: at `from`.
[[nodiscard]] CarbonIntensity mean_told(const IntensitySeries& series, WallTime from, Seconds length);

}  // namespace carbontracker
