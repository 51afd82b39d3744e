// Totals of a segment and descriptions of its channels as bytes.

#include "storage/record_codec.h"
#include "storage/value_codec.h"

namespace carbontracker {
namespace {

void encode(Encoder& out, const std::optional<Joules>& value) {
  encode_optional(out, value, [&](Joules joules) { out.f64(joules.value()); });
}
std::optional<Joules> decode_optional_joules(Decoder& in) {
  return decode_optional(in, [&] { return decode_joules(in); });
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

}  // namespace

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

}  // namespace carbontracker
