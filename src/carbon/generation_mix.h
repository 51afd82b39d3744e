#pragma once
// Intensity from generation by type, as a grid's operator reports it: energy times fuel factors. Imports are not counted.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "carbon/intensity.h"

namespace carbontracker {

// By start of the moment: MW (or MWh of a step) of each type, by the provider's code. Storage is left out: it moves energy, it makes none.
using GenerationMix = std::map<WallTime, std::map<std::string, double>>;
// g/kWh by type. A type that is not in it is unknown: its energy is left out, and where it is more than a tenth of a moment that moment is no figure.
using FuelFactors = std::map<std::string, double, std::less<>>;

// One point for each moment that is reported whole and ends by `at`. A moment lacks a type where most of the same time on the other days
// have it (solar may be left out at night), or, where there are no other days, most moments: the newest hours come type by type, and half a mix is a wrong figure.
[[nodiscard]] std::vector<IntensityPoint> intensity_of_mix(const GenerationMix& mix, const FuelFactors& factors, std::chrono::minutes step, WallTime at);

}  // namespace carbontracker
