#pragma once
// "Did you mean": the nearest of the codes that a place may have.

#include <string>
#include <string_view>
#include <vector>

#include "base/edit_distance.h"

namespace carbontracker {

// The three valid place codes nearest to `text`, nearest first.
[[nodiscard]] std::vector<std::string> nearest_places(std::string_view text);

}  // namespace carbontracker
