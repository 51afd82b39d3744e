#pragma once
// One mark as it travels from a tracker to the wrapper: one datagram of text, documented in docs/FORMATS.md, "Mark socket".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carbontracker {

struct WireMark {
  enum class Kind { epoch_begin, epoch_end, step, region_begin, region_end, plan };
  Kind kind = Kind::step;
  std::int64_t monotonic_ns = 0;  // CLOCK_MONOTONIC of the sender; the same for every process of the machine
  double done = 0, of = 0;        // of 0: not said
  std::string unit;               // one word, may be empty
  std::string name;               // may be empty; no control characters, at most kLongestName bytes
};

inline constexpr std::size_t kLongestName = 200;
inline constexpr std::size_t kLongestMark = 512;

// Name and unit are cut and cleaned so that the result is always valid.
[[nodiscard]] std::string encode(const WireMark& mark);
// Anything that is not such a mark (other words, no numbers, negative, NaN, too long) is nothing.
[[nodiscard]] std::optional<WireMark> decode(std::string_view datagram);

}  // namespace carbontracker
