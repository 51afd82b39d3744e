#pragma once
// How values become bytes in a journal and in the index. The layout of a journal file (version 1; all numbers little-endian,
// doubles and floats as IEEE 754, strings as u32 length + bytes, an optional as u8 0/1 + value):
//
//   file    := preamble frame*
//   preamble:= "CTJRNL\r\n" (8 bytes) | u16 version | u16 0 | char tool_version[20], NUL padded           (32 bytes)
//   frame   := u32 length of payload | u16 type | u16 0x7463 | u32 crc | payload                          (12 bytes + length)
//   crc     := CRC-32 (IEEE 802.3, reflected) of the first 8 bytes of the frame and the payload;
//              for a live frame of the first 8 bytes alone, since its payload is rewritten in place
//   types   : 1 header, 2 channels, 3 live, 4 minute, 5 mark, 6 forecast, 7 region, 8 grid, 9 metric, 10 likely end; unknown ones are skipped
//   live    := slot slot, each of half the frame's payload
//   slot    := u64 sequence | u64 end | u32 length | u32 crc of the 20 bytes before and the payload | payload | unused
//
// Everything but live frames is only ever appended. A flush first appends what is new and then writes the totals, the unfinished
// minute and the open regions into the slot that holds the older sequence; `end` is the length of the file that belongs to those totals.
// A reader takes the whole slot with the highest sequence and the frames before its `end`: what it sees is always the state of
// one flush, whatever moment the writer died at, and a torn slot costs one flush (5 s). When the totals outgrow the slots a
// larger live frame is appended and used from then on. So totals never make the file grow with time.

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carbontracker {

// CRC-32 as in zlib; `seed` continues an earlier sum.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);

// Appends values to a string.
class Encoder {
 public:
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void raw(std::string_view value) { bytes_.append(value); }
  void u8(std::uint8_t value) { fixed(value, 1); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  void u64(std::uint64_t value) { fixed(value, 8); }
  void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
  void f32(float value) { u32(std::bit_cast<std::uint32_t>(value)); }
  void f64(double value) { u64(std::bit_cast<std::uint64_t>(value)); }
  void boolean(bool value) { u8(value ? 1 : 0); }
  void text(std::string_view value) { u32(static_cast<std::uint32_t>(value.size())); raw(value); }

 private:
  void fixed(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  }
  std::string bytes_;
};

// Takes values from bytes that may be damaged or hostile: past the end every value is zero or empty and ok() is false for good.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : left_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return left_; }
  [[nodiscard]] std::string_view raw(std::size_t size);
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  [[nodiscard]] std::uint64_t u64() { return fixed(8); }
  [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(fixed(8)); }
  [[nodiscard]] float f32() { return std::bit_cast<float>(u32()); }
  [[nodiscard]] double f64() { return std::bit_cast<double>(u64()); }
  [[nodiscard]] bool boolean() { return u8() != 0; }
  [[nodiscard]] std::string text() { return std::string(raw(u32())); }
  // A count of things of at least `least` bytes each: more than can follow is damage, not an allocation.
  [[nodiscard]] std::size_t count(std::size_t least);
  void fail() { ok_ = false; left_ = {}; }

 private:
  [[nodiscard]] std::uint64_t fixed(std::size_t size);
  std::string_view left_;
  bool ok_ = true;
};

}  // namespace carbontracker
