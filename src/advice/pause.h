#pragma once
// Whether a run shall stand still while the grid is dirty. Pure.

#include <optional>
#include <string>

#include "carbon/intensity.h"

namespace carbontracker {

struct PauseRule {
  CarbonIntensity above{};              // pause above it; go on below kContinueBelow of it
  Seconds longest{7200};                // all pauses together
  std::optional<WallTime> deadline;     // always wins
};
inline constexpr double kContinueBelow = 0.95;
inline constexpr Seconds kShortestPause{600};   // what a pause promises at least; and the time it runs between two
inline constexpr Seconds kBeforeTheFirst{300};  // running before the first pause, where no progress is seen earlier

struct PauseState {
  bool paused = false;
  bool settled = true;                  // it has made progress, or run for kBeforeTheFirst: what still loads its data, or waits for its peers, is not stopped
  std::optional<WallTime> since;        // of the last change; empty: it has run from the start
  Seconds used{};                       // in all pauses, this one included
  std::optional<Seconds> rest;          // work that is left, the upper end of what is known; empty: unknown
  double idle_share = 0.15;             // power while paused, as a share of the work's
};

struct PauseDecision {
  bool pause = false;
  WallTime until{};                     // where it pauses: when it is going to go on, as far as is known now
  std::string why;                      // for people, of what changes or keeps it from changing
};

// `grid`: the present and, as far as it is known, what is to come; its `about` stands for later.
// Pauses where it has settled, the present is above the limit, the deadline is still met with the pause, and the pause is going to last kShortestPause and to save: the work
// it moves to the end, and what the machine takes meanwhile, emit less there than here. Goes on where the present is below kContinueBelow of the limit,
// unknown, where `longest` is used up, or where the rest would miss the deadline.
[[nodiscard]] PauseDecision decide_pause(const PauseRule& rule, const IntensitySeries& grid, const PauseState& state, WallTime now);

}  // namespace carbontracker
