#pragma once
// How far two words are apart, for "did you mean".

#include <cstddef>
#include <string_view>

namespace carbontracker {

// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, letters' case ignored; of the first 64 bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace carbontracker
