#pragma once
// A run that stood still on purpose: its pauses are taken out before a forecast is made, and added to what it says afterwards. Pure.

#include "prediction/forecast.h"

namespace carbontracker {

// What all pauses took, up to now.
struct Standstill {
  Seconds seconds{};
  Joules joules{};
};

// Pauses that make sense: within 0..now, in time order, joined where they overlap; one without an end lasts until now.
[[nodiscard]] Standstill standstill_of(const Observed& seen);

// The same run as if there had been no pause: each time moves back by the pauses before it, each cumulative energy by what they took.
[[nodiscard]] Observed without_pauses(const Observed& seen);

// The forecast of a run without its pauses, with them.
[[nodiscard]] Forecast with_pauses(Forecast made, const Standstill& stood);

}  // namespace carbontracker
