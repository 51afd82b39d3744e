#include "storage/frames.h"

#include <algorithm>

namespace carbontracker {
namespace {

constexpr std::string_view kMagic = "CTJRNL\r\n";
constexpr std::uint16_t kFrameMark = 0x7463;
constexpr std::size_t kToolVersion = 20;
constexpr std::size_t kLongestResumed = 4096;

std::string frame_with_sum(FrameType type, std::size_t length, std::string_view summed) {
  Encoder head;
  head.u32(static_cast<std::uint32_t>(length));
  head.u16(static_cast<std::uint16_t>(type));
  head.u16(kFrameMark);
  head.u32(crc32(summed, crc32(head.bytes())));
  return head.bytes();
}

// The frame at `offset`, or nothing where there is none that is whole (or it is longer than `longest`).
bool frame_at(std::string_view file, std::size_t offset, Frame& out, std::size_t longest = SIZE_MAX) {
  if (offset + kFrameHead > file.size()) return false;
  Decoder head(file.substr(offset, kFrameHead));
  const std::size_t length = head.u32();
  const auto type = static_cast<FrameType>(head.u16());
  const bool marked = head.u16() == kFrameMark;
  const std::uint32_t sum = head.u32();
  if (!marked || length > longest || length > file.size() - offset - kFrameHead) return false;
  out = {offset, type, file.substr(offset + kFrameHead, length)};
  return sum == crc32(type == FrameType::live ? std::string_view{} : out.payload, crc32(file.substr(offset, 8)));
}

void take_slot(std::string_view bytes, Live& newest) {
  Decoder head(bytes);
  const std::uint64_t sequence = head.u64();
  const std::uint64_t end = head.u64();
  const std::size_t length = head.u32();
  const std::uint32_t sum = head.u32();
  const std::string_view payload = head.raw(length);
  if (!head.ok() || sequence <= newest.sequence) return;
  if (sum == crc32(payload, crc32(bytes.substr(0, kSlotHead - 4)))) newest = {sequence, end, payload};
}

// Where frames go on after the damaged one at `offset`: a wrong byte in one minute must not cost the month after it.
// Only short frames are looked for, so that a file made to look like many long ones costs no more than any other.
std::size_t resume(std::string_view file, std::size_t offset) {
  Frame next;
  for (std::size_t at = offset + 1; at + kFrameHead <= file.size(); ++at) {
    at = file.find("\x63\x74", at + 6);
    if (at == std::string_view::npos) break;
    at -= 6;
    if (frame_at(file, at, next, kLongestResumed)) return at;
  }
  return file.size();
}

}  // namespace

std::string preamble(std::string_view tool_version) {
  Encoder out;
  out.raw(kMagic);
  out.u16(kJournalVersion);
  out.u16(0);
  std::string version(tool_version.substr(0, kToolVersion));
  version.resize(kToolVersion, '\0');
  out.raw(version);
  return out.bytes();
}

Preamble read_preamble(std::string_view file) {
  Decoder in(file);
  Preamble out;
  out.ours = in.raw(kMagic.size()) == kMagic && file.size() >= kPreambleSize;
  out.version = in.u16();
  (void)in.u16();
  out.tool_version = std::string(in.raw(kToolVersion));
  out.tool_version.resize(std::min(out.tool_version.size(), out.tool_version.find('\0')));
  return out;
}

std::string frame(FrameType type, std::string_view payload) {
  return frame_with_sum(type, payload.size(), payload).append(payload);
}

std::string live_frame(std::size_t capacity) {
  return frame_with_sum(FrameType::live, 2 * capacity, {}).append(2 * capacity, '\0');
}

std::string slot(std::uint64_t sequence, std::uint64_t end, std::string_view payload) {
  Encoder out;
  out.u64(sequence);
  out.u64(end);
  out.u32(static_cast<std::uint32_t>(payload.size()));
  out.u32(crc32(payload, crc32(out.bytes())));
  out.raw(payload);
  return out.bytes();
}

Scan scan_frames(std::string_view file) {
  Scan scan;
  scan.whole = kPreambleSize;
  for (std::size_t at = kPreambleSize; at < file.size();) {
    Frame next;
    if (!frame_at(file, at, next)) {
      if (scan.damage.empty()) {
        scan.damaged_at = at;
        scan.damage = "a damaged record at byte " + std::to_string(at);
      }
      at = resume(file, at);
      continue;
    }
    at += kFrameHead + next.payload.size();
    scan.whole = at;
    if (next.type != FrameType::live) {
      scan.frames.push_back(next);
      continue;
    }
    const std::size_t half = next.payload.size() / 2;
    take_slot(next.payload.substr(0, half), scan.live);
    take_slot(next.payload.substr(half), scan.live);
  }
  return scan;
}

}  // namespace carbontracker
