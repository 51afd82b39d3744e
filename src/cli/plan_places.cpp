#include "cli/plan_places.h"

#include <algorithm>

#include "base/text.h"
#include "carbon/zones.h"
#include "cli/grid_choice.h"

namespace carbontracker::cli {
namespace {

struct Named {
  std::string place, history;
};

std::vector<Named> named_in(const std::string& list) {
  std::vector<Named> out;
  for (const std::string_view word : split(list, ',')) {
    const auto equals = word.find('=');
    const std::string name(trim(word.substr(0, equals))), history(equals == std::string_view::npos ? "" : trim(word.substr(equals + 1)));
    auto regions = cloud_regions(provider_code(name));
    if (regions.empty() && !name.empty()) regions.push_back(name);
    for (const std::string& region : regions)
      if (std::none_of(out.begin(), out.end(), [&](const Named& known) { return known.place == region; })) out.push_back({region, history});
  }
  return out;
}

PlaceFacts facts_of(const std::string& name, const Place& place, const Facility& site, const Outlook& outlook, Joules it, const std::optional<Price>& price) {
  PlaceFacts out{name, outlook.series.about, name_of(outlook.hours), outlook.no_profile, site, water_on_site(it, site, place), water_off_site(it * site.pue, place), std::nullopt};
  if (outlook.live_failed) out.why = outlook.live_failed->what;
  if (price) {
    Energy energy;
    energy.joules = energy.low = it;
    energy.high = it;
    out.cost = cost(energy, site, *price);
  }
  return out;
}

}  // namespace

Result<PlanPlaces> plan_places(const PlanArguments& p, const PlannedHere& here, int hours, const Host& host) {
  PlanPlaces out;
  out.list.push_back({here.name, here.outlook.series, 1});
  out.facts.push_back(facts_of(here.name, here.place, here.site, here.outlook, here.it, here.price));
  const bool live = live_allowed(p.network.live, p.network.offline, host);
  for (const Named& named : named_in(p.regions)) {
    const auto place = parse_place(named.place, "--regions");
    if (!place) return unexpected(place.error());
    const auto outlook = grid_outlook({.place = *place, .history = named.history, .column = p.column, .at = here.outlook.at, .hours = hours, .live = live,
                                       .provider = p.network.provider, .lifecycle = true}, host);
    if (!outlook) return unexpected(outlook.error());
    if (outlook->live_failed) ++out.without_live;
    const Facility site = chosen_facility(p.pue, *place, host);
    out.facts.push_back(facts_of(named.place, *place, site, *outlook, here.it, here.price));
    out.list.push_back({named.place, outlook->series, site.pue / here.site.pue});
  }
  return out;
}

}  // namespace carbontracker::cli
