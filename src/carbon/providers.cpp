#include <algorithm>

#include "base/text.h"
#include "carbon/provider_list.h"

namespace carbontracker {
namespace {

std::string bare_name(std::string_view id) {
  std::string out = lower(id);
  std::erase_if(out, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return out;
}

}  // namespace

const std::vector<Provider>& providers() {
  static const std::vector<Provider> kProviders{carbon_aware_provider(), electricity_maps_provider(), neso_provider(), energi_provider(),
                                                entsoe_provider(),       energy_charts_provider(),    eia_provider(),  watttime_provider()};
  return kProviders;
}

const std::vector<ProviderSpelling>& provider_spellings() {
  static const std::vector<ProviderSpelling> kSpellings{
      {"ELECTRICITY_MAPS", "ELECTRICITYMAPS"}, {"ELECTRICITY_MAPS", "ELECTRICITYMAP"},       {"UK_CARBON_INTENSITY", "NESO"},
      {"ENTSOE", "ENTSO_E"},                   {"ENERGI_DATA_SERVICE", "ENERGIDATASERVICE"}, {"UK_CARBON_INTENSITY", "CARBON_INTENSITY_UK"},
      {"WATTTIME", "WATT_TIME"},               {"CARBON_AWARE_SDK", "CARBON_AWARE"},         {"ENERGY_CHARTS", "ENERGYCHARTS"}};
  return kSpellings;
}

const Provider* find_provider(std::string_view id) {
  const std::string wanted = bare_name(id);
  const auto& spellings = provider_spellings();
  const auto& all = providers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Provider& p) {
    return bare_name(p.id) == wanted || std::any_of(spellings.begin(), spellings.end(), [&](const ProviderSpelling& s) { return s.id == p.id && bare_name(s.other) == wanted; });
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace carbontracker
