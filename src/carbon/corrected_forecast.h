#pragma once
// A provider's forecast, set right by how far off it was in the last hours that are known.

#include "carbon/intensity.h"

namespace carbontracker {

// The points of `forecast` from the hour of `at` on, times exp(d e^(-k/tau)): d is the mean logarithm of measured / foretold over the last hours
// before `at` (kErrorHours of them) for which both are known, k the hours from `at`, tau kErrorFading. Unchanged where no hour is known in both.
// Intervals move along; a point without one (low = high) stays so. Pure.
inline constexpr int kErrorHours = 3;
inline constexpr double kErrorFading = 12;  // hours
[[nodiscard]] IntensitySeries corrected_forecast(const IntensitySeries& forecast, const IntensitySeries& measured, WallTime at);

// Two forecasts of the same hours as one: at each point of `first` the geometric mean with the point of `second` that holds there, where one does. Errors of
// different makers cancel in part: over six zones of 2021 the mean saved more than either (docs/method/intensity.md). The interval is the mean of the two in
// logarithms where both have one, else that of the one that has, moved along.
[[nodiscard]] IntensitySeries averaged_forecast(const IntensitySeries& first, const IntensitySeries& second);

}  // namespace carbontracker
