#pragma once
// The places that a plan chooses among, and what their figures rest on.

#include <string>
#include <vector>

#include "advice/plan.h"
#include "base/host.h"
#include "cli/arguments.h"
#include "cli/grid_outlook.h"
#include "report/render_places.h"

namespace carbontracker::cli {

struct PlanPlaces {
  std::vector<PlanPlace> list;     // the first is where the work would run now
  std::vector<PlaceFacts> facts;   // of each
  std::size_t without_live = 0;    // places for which a live figure was wanted and none was to be had
};

struct PlannedHere {
  Place place;
  std::string name;                // as it is called in the options
  Facility site;
  Outlook outlook;
  Joules it{};                     // of the work
  std::optional<Price> price;
};

// The place of `here`, then those of --regions: clouds, their regions, places, and places with a recorded series of their own (PL=FILE). Each by its live figures with --live,
// else its series, else a usual day of its month, else its yearly mean; tables on the lifecycle basis.
// Errors of the places' names and of reading the files.
[[nodiscard]] Result<PlanPlaces> plan_places(const PlanArguments& p, const PlannedHere& here, int hours, const Host& host);

}  // namespace carbontracker::cli
