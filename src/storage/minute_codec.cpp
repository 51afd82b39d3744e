// Minutes as bytes: the joules of each channel, how much of the minute each was covered, and what was busy.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "storage/record_codec.h"
#include "storage/value_codec.h"

namespace carbontracker {
namespace {

// How the covered times of a minute are kept: one for all channels, one each in ms, or one each as float where ms do not fit.
enum class Cover : std::uint8_t { same_ms, each_ms, each_float };

std::optional<std::uint16_t> as_ms(float seconds) {
  const float ms = std::round(seconds * 1000);
  if (!(ms >= 0 && ms <= 65535)) return std::nullopt;
  return static_cast<std::uint16_t>(ms);
}

Cover cover_of(const std::vector<float>& covered) {
  const auto fits = [](float seconds) { return as_ms(seconds).has_value(); };
  if (!std::all_of(covered.begin(), covered.end(), fits)) return Cover::each_float;
  const auto differs = [&](float seconds) { return as_ms(seconds) != as_ms(covered.front()); };
  return std::any_of(covered.begin(), covered.end(), differs) ? Cover::each_ms : Cover::same_ms;
}

// Half a byte a device: finer near rest, where it matters whether a minute was idle.
constexpr std::array<std::uint8_t, 16> kBusyLevels{0, 1, 3, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100, kBusyUnknown};

std::uint8_t level_of(std::uint8_t percent) {
  if (percent > 100) return 15;
  std::size_t best = 0;
  for (std::size_t i = 1; i < 15; ++i)
    if (std::abs(kBusyLevels[i] - percent) < std::abs(kBusyLevels[best] - percent)) best = i;
  return static_cast<std::uint8_t>(best);
}

}  // namespace

void encode(Encoder& out, const Minute& minute) {
  out.i64(minute.number);
  encode_list(out, minute.joules, [&](float joules) { out.f32(joules); });
  Cover cover = cover_of(minute.covered_s);
  // One figure for many channels is believed only up to the number of channels there are.
  if (cover == Cover::same_ms && minute.covered_s.size() > minute.joules.size()) cover = Cover::each_ms;
  out.u8(static_cast<std::uint8_t>(cover));
  out.u32(static_cast<std::uint32_t>(minute.covered_s.size()));
  for (const float seconds : minute.covered_s) {
    if (cover == Cover::each_float) out.f32(seconds);
    else out.u16(*as_ms(seconds));
    if (cover == Cover::same_ms) break;
  }
}

Minute decode_minute(Decoder& in) {
  Minute out;
  out.number = in.i64();
  out.joules.resize(in.count(4));
  for (float& joules : out.joules) joules = in.f32();
  const auto cover = static_cast<Cover>(in.u8());
  const std::size_t channels = in.u32();
  if (cover == Cover::same_ms) {
    if (channels > out.joules.size()) in.fail();
    else if (channels > 0) out.covered_s.assign(channels, static_cast<float>(in.u16()) / 1000);
    return out;
  }
  if (channels > in.rest().size() / (cover == Cover::each_ms ? 2 : 4)) in.fail();
  out.covered_s.resize(in.ok() ? channels : 0);
  for (float& seconds : out.covered_s) seconds = cover == Cover::each_ms ? static_cast<float>(in.u16()) / 1000 : in.f32();
  return out;
}

void encode_busy(Encoder& out, const Minute& minute) {
  const std::size_t devices = std::min<std::size_t>(minute.busy.size(), 255);
  out.u8(static_cast<std::uint8_t>(devices));
  for (std::size_t i = 0; i < devices; i += 2) {
    const std::uint8_t second = i + 1 < devices ? level_of(minute.busy[i + 1]) : 15;
    out.u8(static_cast<std::uint8_t>(level_of(minute.busy[i]) | second << 4));
  }
}

void decode_busy(Decoder& in, Minute& minute) {
  const std::size_t devices = in.u8();
  const std::string_view bytes = in.raw((devices + 1) / 2);
  minute.busy.clear();
  for (std::size_t i = 0; i < devices && i / 2 < bytes.size(); ++i)
    minute.busy.push_back(kBusyLevels[static_cast<std::uint8_t>(bytes[i / 2]) >> (i % 2 * 4) & 15]);
}

void encode_framed(Encoder& out, const Minute& minute) {
  encode(out, minute);
  if (!minute.busy.empty()) encode_busy(out, minute);
}

Minute decode_framed(Decoder& in) {
  Minute minute = decode_minute(in);
  if (in.ok() && !in.rest().empty()) decode_busy(in, minute);
  return minute;
}

}  // namespace carbontracker
