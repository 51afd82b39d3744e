#pragma once
// Work in pieces: which hours to take, where it may be stopped and continued.

#include <optional>

#include "advice/hourly_cost.h"
#include "advice/plan.h"

namespace carbontracker {

struct Split {
  WallTime start{}, end{};
  std::vector<Pause> pauses;
};

// The pieces of least carbon on a grid of slots (the shortest piece's half, ten minutes at least): a dynamic programme over slots and work done, exact on that
// grid. Each piece but the last is at least `window.shortest_piece` long; while paused the machine takes `window.idle_share` of its power.
// Nothing where the window holds no more slots than the work, or the work is no longer than the shortest piece.
[[nodiscard]] std::optional<Split> best_split(const HourlyCost& cost, const PlanWindow& window, Seconds duration);

}  // namespace carbontracker
