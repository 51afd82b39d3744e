#pragma once
// Figures as people read them: three significant digits, the fitting unit, no locale.

#include <string>

#include "carbontracker/energy.h"

namespace carbontracker {

// 0.0123, 1.23, 12.3, 123, 1230: three significant digits, never scientific below 1e15.
[[nodiscard]] std::string three_digits(double value);
[[nodiscard]] std::string show(Joules energy);   // "850 J", "12.3 Wh", "1.84 kWh", "1.29 MWh"
[[nodiscard]] std::string show(Grams mass);      // "0.52 g", "124 g", "84.7 kg", "1.2 t"
[[nodiscard]] std::string show(Litres water);   // "0.52 mL", "124 mL", "84.7 L", "1.2 m3"
// "1.84 kWh (1.70 to 1.98)", both ends in the unit of the figure; "(1.70 or more)" where there is no upper end.
[[nodiscard]] std::string show_interval(Joules value, Joules low, std::optional<Joules> high);

}  // namespace carbontracker
