#pragma once
// The providers one by one; each has a file of its own with the source of its shapes and units.

#include "carbon/provider.h"

namespace carbontracker {

[[nodiscard]] Provider carbon_aware_provider();      // an organisation's own Carbon Aware SDK web API
[[nodiscard]] Provider electricity_maps_provider();
[[nodiscard]] Provider neso_provider();              // Great Britain
[[nodiscard]] Provider energi_provider();            // Denmark
[[nodiscard]] Provider entsoe_provider();            // Europe, generation by type
[[nodiscard]] Provider energy_charts_provider();     // Europe
[[nodiscard]] Provider eia_provider();               // United States, generation by fuel
[[nodiscard]] Provider watttime_provider();          // marginal

}  // namespace carbontracker
