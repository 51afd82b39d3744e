#pragma once
// When and where to run work, so that it emits least. Pure: intensity series in, options out; no clock, no files, no network.

#include <string>
#include <vector>

#include "carbon/intensity.h"
#include "carbontracker/result.h"
#include "carbontracker/units.h"

namespace carbontracker {

// Work of constant power: `facility` joules (PUE included) over `duration`.
struct Work {
  Seconds duration{};
  Joules facility{};
};

struct PlanWindow {
  WallTime from{};                  // the earliest start: now
  WallTime deadline{};              // the work must have ended by then
  bool may_pause = false;           // whether it may be stopped and continued
  Seconds shortest_piece{3600};     // of a split run
  double idle_share = 0;            // power while paused, as a share of the work's: weighed in the choice of pauses
};

// One place with what its grid is and will be; facility of the work may differ by place (PUE): `facility_factor` multiplies it.
struct PlanPlace {
  std::string name;                 // "DK", "aws:eu-north-1"
  IntensitySeries grid;             // covers from..deadline, or its `about` stands in where it does not
  double facility_factor = 1;
};

struct Pause {
  WallTime start{}, end{};
};
struct PlanOption {
  WallTime start{}, end{};
  std::vector<Pause> pauses;
  std::string place;
  Grams grams{}, low{}, high{};     // 90 %
  double saved_percent = 0;         // against starting now at the first place
  // 90 %, in percent. At the first place, and where it is known how its forecast's hours err together, of the two figures' joint errors; else these are
  // taken as independent, which is the wide side.
  double saved_low = 0, saved_high = 0;
};
struct Plan {
  std::vector<PlanOption> options;  // best first: per place the best start, and the best split where that is better
  PlanOption now;                   // start at once, at the first place
};

// Errc::invalid_input: no place, no duration, or a deadline before the work could end (the hint says by how much).
[[nodiscard]] Result<Plan> plan_work(const Work& work, const PlanWindow& window, const std::vector<PlanPlace>& places);

}  // namespace carbontracker
