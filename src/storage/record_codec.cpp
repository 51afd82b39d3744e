#include "storage/record_codec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace carbontracker {
namespace {

void encode(Encoder& out, WallTime time) { out.i64(time.time_since_epoch().count()); }
WallTime decode_time(Decoder& in) { return WallTime(std::chrono::milliseconds(in.i64())); }
Seconds decode_seconds(Decoder& in) { return Seconds(in.f64()); }
Joules decode_joules(Decoder& in) { return Joules(in.f64()); }

template <class T, class Write>
void encode_optional(Encoder& out, const std::optional<T>& value, Write write) {
  out.boolean(value.has_value());
  if (value) write(*value);
}
template <class Read>
auto decode_optional(Decoder& in, Read read) -> std::optional<decltype(read())> {
  if (!in.boolean()) return std::nullopt;
  return read();
}

void encode(Encoder& out, const std::optional<Joules>& value) {
  encode_optional(out, value, [&](Joules joules) { out.f64(joules.value()); });
}
std::optional<Joules> decode_optional_joules(Decoder& in) {
  return decode_optional(in, [&] { return decode_joules(in); });
}

void encode(Encoder& out, const Measured& measured) {
  out.f64(measured.joules.value());
  out.f64(measured.systematic.value());
  out.f64(measured.random.value());
  encode(out, measured.missing);
  out.f64(measured.covered.count());
}
Measured decode_measured(Decoder& in) {
  Measured out;
  out.joules = decode_joules(in);
  out.systematic = decode_joules(in);
  out.random = decode_joules(in);
  out.missing = decode_optional_joules(in);
  out.covered = decode_seconds(in);
  return out;
}

void encode(Encoder& out, const Energy& energy) {
  out.f64(energy.joules.value());
  out.f64(energy.low.value());
  encode(out, energy.high);
}
Energy decode_energy(Decoder& in) {
  Energy out;
  out.joules = decode_joules(in);
  out.low = decode_joules(in);
  out.high = decode_optional_joules(in);
  return out;
}

void encode(Encoder& out, const Channel& channel) {
  out.text(channel.name);
  out.text(to_string(channel.domain));
  out.text(channel.device);
  out.text(channel.label);
  const auto* counter = std::get_if<Counter>(&channel.kind);
  out.boolean(counter != nullptr);
  out.f64(counter ? counter->per_tick.value() : 0);
  out.u64(counter ? counter->wrap : 0);
  out.text(to_string(channel.origin));
  out.f64(channel.refresh.count());
  out.f64(channel.window.count());
  out.f64(channel.gain_error);
  out.text(channel.contained_in);
  out.text(channel.stands_in_for);
  encode_optional(out, channel.max_power, [&](Watts watts) { out.f64(watts.value()); });
  out.text(channel.note);
}
Channel decode_channel(Decoder& in) {
  Channel out;
  out.name = in.text();
  out.domain = domain_from(in.text()).value_or(Domain::other);
  out.device = in.text();
  out.label = in.text();
  const bool counts = in.boolean();
  Counter counter{decode_joules(in), 0};
  counter.wrap = in.u64();
  if (counts) out.kind = counter;
  out.origin = origin_from(in.text()).value_or(Origin::power);
  out.refresh = decode_seconds(in);
  out.window = decode_seconds(in);
  out.gain_error = in.f64();
  out.contained_in = in.text();
  out.stands_in_for = in.text();
  out.max_power = decode_optional(in, [&] { return Watts(in.f64()); });
  out.note = in.text();
  return out;
}

void encode_figures(Encoder& out, const ChannelTotal& total) {
  encode(out, total.measured);
  out.f64(total.expected.count());
  out.f64(total.run.value());
  out.f64(total.by_power.value());
  encode(out, total.cross_check);
}
void decode_figures(Decoder& in, ChannelTotal& total) {
  total.measured = decode_measured(in);
  total.expected = decode_seconds(in);
  total.run = decode_joules(in);
  total.by_power = decode_joules(in);
  total.cross_check = decode_optional_joules(in);
}

void encode(Encoder& out, const Gap& gap) {
  out.text(gap.what);
  out.text(gap.reason);
  out.text(gap.remedy);
  out.f64(gap.length.count());
}
Gap decode_gap(Decoder& in) {
  Gap out;
  out.what = in.text();
  out.reason = in.text();
  out.remedy = in.text();
  out.length = decode_seconds(in);
  return out;
}

void encode(Encoder& out, const std::optional<double>& value) {
  encode_optional(out, value, [&](double number) { out.f64(number); });
}
void encode(Encoder& out, const std::optional<Watts>& value) {
  encode_optional(out, value, [&](Watts watts) { out.f64(watts.value()); });
}
std::optional<double> decode_optional_number(Decoder& in) {
  return decode_optional(in, [&] { return in.f64(); });
}
std::optional<Watts> decode_optional_watts(Decoder& in) {
  return decode_optional(in, [&] { return Watts(in.f64()); });
}

constexpr std::size_t kLeastActivity = 36;
void encode(Encoder& out, const ActivityTotal& activity) {
  out.text(activity.name);
  out.f64(activity.busy);
  out.f64(activity.seen.count());
  for (const auto* bytes : {&activity.memory_mean, &activity.memory_peak, &activity.memory_total}) encode(out, *bytes);
  encode(out, activity.own);
  out.f64(activity.cpus);
  for (const auto* watts : {&activity.limit, &activity.limit_default, &activity.limit_least, &activity.limit_most}) encode(out, *watts);
}
ActivityTotal decode_activity(Decoder& in) {
  ActivityTotal out;
  out.name = in.text();
  out.busy = in.f64();
  out.seen = decode_seconds(in);
  for (auto* bytes : {&out.memory_mean, &out.memory_peak, &out.memory_total}) *bytes = decode_optional_number(in);
  out.own = decode_optional_number(in);
  out.cpus = in.f64();
  for (auto* watts : {&out.limit, &out.limit_default, &out.limit_least, &out.limit_most}) *watts = decode_optional_watts(in);
  return out;
}

template <class List, class Write>
void encode_list(Encoder& out, const List& list, Write write) {
  out.u32(static_cast<std::uint32_t>(list.size()));
  for (const auto& item : list) write(item);
}
template <class Read>
auto decode_list(Decoder& in, std::size_t least, Read read) {
  std::vector<decltype(read())> out(in.count(least));
  for (auto& item : out) item = read();
  return out;
}

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

void encode_totals(Encoder& out, const Snapshot& totals) {
  encode(out, totals.began);
  out.f64(totals.duration.count());
  out.f64(totals.suspended.count());
  encode_list(out, totals.channels, [&](const ChannelTotal& total) { encode_figures(out, total); });
  encode(out, totals.total);
  out.f64(totals.coverage);
  encode(out, totals.run);
  out.text(totals.run_method);
  encode(out, totals.idle);
  encode_list(out, totals.gaps, [&](const Gap& gap) { encode(out, gap); });
}

Snapshot decode_totals(Decoder& in, const std::vector<ChannelTotal>& described) {
  constexpr std::size_t kLeastFigures = 58;
  Snapshot out;
  out.began = decode_time(in);
  out.duration = decode_seconds(in);
  out.suspended = decode_seconds(in);
  out.channels = described;
  if (in.count(kLeastFigures) != described.size()) in.fail();
  for (ChannelTotal& total : out.channels) decode_figures(in, total);
  out.total = decode_energy(in);
  out.coverage = in.f64();
  out.run = decode_energy(in);
  out.run_method = in.text();
  out.idle = decode_optional_joules(in);
  out.gaps = decode_list(in, 20, [&] { return decode_gap(in); });
  return out;
}

}  // namespace

void encode(Encoder& out, const JournalHeader& header) {
  const RunRecord& run = header.run;
  out.text(run.id);
  out.text(run.name);
  out.text(run.project);
  encode_list(out, run.tags, [&](const auto& tag) { out.text(tag.first); out.text(tag.second); });
  encode_list(out, run.command, [&](const std::string& word) { out.text(word); });
  out.text(run.directory);
  out.text(run.tool_version);
  out.text(header.segment.node);
  out.i64(header.segment.attempt);
  out.text(header.segment.boot_id);
  encode(out, header.segment.started);
  encode(out, header.writer);
}

JournalHeader decode_header(Decoder& in) {
  JournalHeader out;
  out.run.id = in.text();
  out.run.name = in.text();
  out.run.project = in.text();
  for (std::size_t left = in.count(8); left > 0 && in.ok(); --left) {
    const std::string key = in.text();
    out.run.tags[key] = in.text();
  }
  out.run.command = decode_list(in, 4, [&] { return in.text(); });
  out.run.directory = in.text();
  out.run.tool_version = in.text();
  out.segment.node = in.text();
  out.segment.attempt = static_cast<int>(in.i64());
  out.segment.boot_id = in.text();
  out.segment.started = decode_time(in);
  out.writer = decode_writer(in);
  return out;
}

void encode_channels(Encoder& out, const std::vector<ChannelTotal>& channels) {
  encode_list(out, channels, [&](const ChannelTotal& total) { encode(out, total.channel); out.boolean(total.headline); });
}

std::vector<ChannelTotal> decode_channels(Decoder& in) {
  return decode_list(in, 60, [&] {
    ChannelTotal total;
    total.channel = decode_channel(in);
    total.headline = in.boolean();
    return total;
  });
}

void encode(Encoder& out, const NumberedRegion& numbered) {
  const RegionTotal& region = numbered.region;
  out.u32(numbered.number);
  out.text(region.name);
  out.text(region.parent);
  out.f64(region.start.count());
  out.f64(region.duration.count());
  encode(out, region.measured);
  out.boolean(region.open);
  out.boolean(region.provisional);
}

NumberedRegion decode_region(Decoder& in) {
  NumberedRegion out;
  out.number = in.u32();
  out.region.name = in.text();
  out.region.parent = in.text();
  out.region.start = decode_seconds(in);
  out.region.duration = decode_seconds(in);
  out.region.measured = decode_measured(in);
  out.region.open = in.boolean();
  out.region.provisional = in.boolean();
  return out;
}

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

// Half a byte a device: finer near rest, where it matters whether a minute was idle.
constexpr std::array<std::uint8_t, 16> kBusyLevels{0, 1, 3, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100, kBusyUnknown};

std::uint8_t level_of(std::uint8_t percent) {
  if (percent > 100) return 15;
  std::size_t best = 0;
  for (std::size_t i = 1; i < 15; ++i)
    if (std::abs(kBusyLevels[i] - percent) < std::abs(kBusyLevels[best] - percent)) best = i;
  return static_cast<std::uint8_t>(best);
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

void encode(Encoder& out, const ProgressMark& mark) {
  out.f64(mark.at.count());
  out.f64(mark.done);
  out.f64(mark.of);
  out.text(mark.unit);
  out.f64(mark.joules.value());
}

ProgressMark decode_mark(Decoder& in) {
  ProgressMark out;
  out.at = decode_seconds(in);
  out.done = in.f64();
  out.of = in.f64();
  out.unit = in.text();
  out.joules = decode_joules(in);
  return out;
}

void encode(Encoder& out, const ForecastRecord& forecast) {
  out.f64(forecast.made_at.count());
  for (const Joules joules : {forecast.joules, forecast.low, forecast.high}) out.f64(joules.value());
  for (const Seconds seconds : {forecast.seconds, forecast.seconds_low, forecast.seconds_high}) out.f64(seconds.count());
  out.f64(forecast.done);
  out.f64(forecast.of);
  out.text(forecast.unit);
  out.text(forecast.method);
}

ForecastRecord decode_forecast(Decoder& in) {
  ForecastRecord out;
  out.made_at = decode_seconds(in);
  for (Joules* joules : {&out.joules, &out.low, &out.high}) *joules = decode_joules(in);
  for (Seconds* seconds : {&out.seconds, &out.seconds_low, &out.seconds_high}) *seconds = decode_seconds(in);
  out.done = in.f64();
  out.of = in.f64();
  out.unit = in.text();
  out.method = in.text();
  return out;
}

void encode(Encoder& out, const LiveState& live) {
  out.u8(static_cast<std::uint8_t>(live.state));
  encode_optional(out, live.exit_code, [&](int code) { out.i64(code); });
  encode_optional(out, live.segment.ended, [&](WallTime ended) { encode(out, ended); });
  encode(out, live.segment.last_seen);
  out.text(live.segment.place);
  out.text(live.segment.place_from);
  out.f64(live.segment.pue);
  out.text(live.segment.pue_from);
  encode_totals(out, live.segment.totals);
  encode_list(out, live.open_regions, [&](const NumberedRegion& region) { encode(out, region); });
  encode_list(out, live.unfinished, [&](const Minute& minute) { encode(out, minute); });
  if (live.segment.totals.activity.empty()) return;
  encode_list(out, live.segment.totals.activity, [&](const ActivityTotal& activity) { encode(out, activity); });
  for (const Minute& minute : live.unfinished) encode_busy(out, minute);
}

LiveState decode_live(Decoder& in, const std::vector<ChannelTotal>& described) {
  LiveState out;
  const std::uint8_t state = in.u8();
  if (state > static_cast<std::uint8_t>(RunState::interrupted)) in.fail();
  else out.state = static_cast<RunState>(state);
  out.exit_code = decode_optional(in, [&] { return static_cast<int>(in.i64()); });
  out.segment.ended = decode_optional(in, [&] { return decode_time(in); });
  out.segment.last_seen = decode_time(in);
  out.segment.place = in.text();
  out.segment.place_from = in.text();
  out.segment.pue = in.f64();
  out.segment.pue_from = in.text();
  out.segment.totals = decode_totals(in, described);
  out.open_regions = decode_list(in, 63, [&] { return decode_region(in); });
  out.unfinished = decode_list(in, 17, [&] { return decode_minute(in); });
  if (!in.ok() || in.rest().empty()) return out;
  out.segment.totals.activity = decode_list(in, kLeastActivity, [&] { return decode_activity(in); });
  for (Minute& minute : out.unfinished) decode_busy(in, minute);
  return out;
}

}  // namespace carbontracker
