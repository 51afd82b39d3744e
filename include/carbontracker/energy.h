#pragma once
// An amount of energy with what is known of its error.

#include <optional>

#include "carbontracker/units.h"

namespace carbontracker {

// IT energy (what the devices took, without PUE) and its 95 % interval.
// `high` is empty when a part is missing that cannot be bounded; `low` is never negative.
struct Energy {
  Joules joules{};
  Joules low{};
  std::optional<Joules> high = Joules{};
};

}  // namespace carbontracker
