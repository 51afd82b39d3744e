#pragma once
// The frames of a journal (layout: storage/codec.h).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec.h"

namespace carbontracker {

inline constexpr std::uint16_t kJournalVersion = 1;
inline constexpr std::size_t kPreambleSize = 32;
inline constexpr std::size_t kFrameHead = 12;
inline constexpr std::size_t kSlotHead = 24;

enum class FrameType : std::uint16_t { header = 1, channels, live, minute, mark, forecast, region, grid, metric, end };

[[nodiscard]] std::string preamble(std::string_view tool_version);
struct Preamble {
  bool ours = false;         // it is a journal at all
  std::uint16_t version = 0;
  std::string tool_version;
};
[[nodiscard]] Preamble read_preamble(std::string_view file);

[[nodiscard]] std::string frame(FrameType type, std::string_view payload);
// A live frame with two empty slots of `capacity` bytes each (head included).
[[nodiscard]] std::string live_frame(std::size_t capacity);
[[nodiscard]] std::string slot(std::uint64_t sequence, std::uint64_t end, std::string_view payload);

struct Frame {
  std::size_t offset = 0;    // of its head, in the file
  FrameType type{};
  std::string_view payload;
};
struct Live {
  std::uint64_t sequence = 0;  // 0: no whole slot was found
  std::uint64_t end = 0;
  std::string_view payload;
};
struct Scan {
  std::vector<Frame> frames;   // whole ones, in file order, live frames left out
  Live live;                   // of all live frames, the newest whole slot
  std::string damage;          // empty, or the first thing that is wrong
  std::size_t damaged_at = 0;
  std::size_t whole = 0;       // length up to which frames follow each other
};
// Never fails and never reads past `file`; views point into it.
[[nodiscard]] Scan scan_frames(std::string_view file);

}  // namespace carbontracker
