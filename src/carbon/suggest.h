#pragma once
// "Did you mean": the nearest of the codes that a place may have.

#include <string>
#include <string_view>
#include <vector>

#include "base/edit_distance.h"

namespace carbontracker {

// Up to three valid places that `text` may be a slip of, nearest first: "DK (Denmark)", "aws:eu-west-1". None where none is near.
[[nodiscard]] std::vector<std::string> nearest_places(std::string_view text);

}  // namespace carbontracker
