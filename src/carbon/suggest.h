#pragma once
// "Did you mean": the nearest of the codes that a place may have.

#include <string>
#include <string_view>
#include <vector>

namespace carbontracker {

// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, letters' case ignored.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The three valid place codes nearest to `text`, nearest first.
[[nodiscard]] std::vector<std::string> nearest_places(std::string_view text);

}  // namespace carbontracker
