#include <algorithm>

#include "base/text.h"
#include "carbon/provider_list.h"

namespace carbontracker {

const std::vector<Provider>& providers() {
  static const std::vector<Provider> kProviders{carbon_aware_provider(), electricity_maps_provider(), neso_provider(), energi_provider(),
                                                entsoe_provider(),       energy_charts_provider(),    eia_provider(),  watttime_provider()};
  return kProviders;
}

const Provider* find_provider(std::string_view id) {
  const auto& all = providers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Provider& p) { return lower(p.id) == lower(id); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace carbontracker
