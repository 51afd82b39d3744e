#pragma once
// The values that several frames of a journal are made of.

#include <optional>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "metering/snapshot.h"
#include "storage/codec.h"

namespace carbontracker {

inline void encode(Encoder& out, WallTime time) { out.i64(time.time_since_epoch().count()); }
[[nodiscard]] inline WallTime decode_time(Decoder& in) { return WallTime(std::chrono::milliseconds(in.i64())); }
[[nodiscard]] inline Seconds decode_seconds(Decoder& in) { return Seconds(in.f64()); }
[[nodiscard]] inline Joules decode_joules(Decoder& in) { return Joules(in.f64()); }

template <class T, class Write>
void encode_optional(Encoder& out, const std::optional<T>& value, Write write) {
  out.boolean(value.has_value());
  if (value) write(*value);
}
template <class Read>
[[nodiscard]] auto decode_optional(Decoder& in, Read read) -> std::optional<decltype(read())> {
  if (!in.boolean()) return std::nullopt;
  return read();
}

template <class List, class Write>
void encode_list(Encoder& out, const List& list, Write write) {
  out.u32(static_cast<std::uint32_t>(list.size()));
  for (const auto& item : list) write(item);
}
template <class Read>
[[nodiscard]] auto decode_list(Decoder& in, std::size_t least, Read read) {
  std::vector<decltype(read())> out(in.count(least));
  for (auto& item : out) item = read();
  return out;
}

void encode(Encoder& out, const Measured& measured);
[[nodiscard]] Measured decode_measured(Decoder& in);

// Figures of the channels whose descriptions are kept elsewhere, in their order; everything but regions and activity.
void encode_totals(Encoder& out, const Snapshot& totals);
// `described`: the channels; a figure more or less than that is damage.
[[nodiscard]] Snapshot decode_totals(Decoder& in, const std::vector<ChannelTotal>& described);

inline constexpr std::size_t kLeastActivity = 36;  // bytes
void encode(Encoder& out, const ActivityTotal& activity);
[[nodiscard]] ActivityTotal decode_activity(Decoder& in);

}  // namespace carbontracker
