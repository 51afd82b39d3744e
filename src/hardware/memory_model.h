#pragma once
// The memory model's one formula, for its source and its test.

#include "carbontracker/units.h"

namespace carbontracker {

// Power of a whole machine's memory of that size: 0.3725 W/GB, at most 5 W for each module it may be made of (32 GB each,
// four to 32 modules). Sources: docs/method/hardware-model.md.
[[nodiscard]] Watts modelled_memory_power(double bytes);

}  // namespace carbontracker
