#include "storage/record_codec.h"

#include "storage/value_codec.h"

namespace carbontracker {

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

void encode(Encoder& out, const MetricRecord& metric) {
  out.f64(metric.at.count());
  out.text(metric.name);
  out.f64(metric.done);
  out.text(metric.unit);
  out.f64(metric.value);
}

MetricRecord decode_metric(Decoder& in) {
  MetricRecord out;
  out.at = decode_seconds(in);
  out.name = in.text();
  out.done = in.f64();
  out.unit = in.text();
  out.value = in.f64();
  return out;
}

void encode(Encoder& out, const EndRecord& end) {
  out.f64(end.made_at.count());
  out.text(end.metric);
  for (const auto* part : {&end.target, &end.patience}) encode_optional(out, *part, [&](double value) { out.f64(value); });
  out.f64(end.min_delta);
  out.boolean(end.larger_is_better);
  out.text(end.reason);
  for (const double value : {end.units, end.low, end.high, end.before_plan}) out.f64(value);
  for (const Joules joules : {end.joules, end.joules_low, end.joules_high}) out.f64(joules.value());
  for (const Seconds seconds : {end.seconds, end.seconds_low, end.seconds_high}) out.f64(seconds.count());
}

EndRecord decode_end(Decoder& in) {
  EndRecord out;
  out.made_at = decode_seconds(in);
  out.metric = in.text();
  for (auto* part : {&out.target, &out.patience}) *part = decode_optional(in, [&] { return in.f64(); });
  out.min_delta = in.f64();
  out.larger_is_better = in.boolean();
  out.reason = in.text();
  for (double* value : {&out.units, &out.low, &out.high, &out.before_plan}) *value = in.f64();
  for (Joules* joules : {&out.joules, &out.joules_low, &out.joules_high}) *joules = decode_joules(in);
  for (Seconds* seconds : {&out.seconds, &out.seconds_low, &out.seconds_high}) *seconds = decode_seconds(in);
  return out;
}

void encode(Encoder& out, const GridAnswer& answer) {
  encode(out, answer.asked);
  for (const std::string* text : {&answer.zone, &answer.zone_name, &answer.provider, &answer.basis, &answer.note}) out.text(*text);
  out.i64(answer.year);
  out.f64(answer.step.count());
  encode_list(out, answer.readings, [&](const GridReading& reading) {
    encode(out, reading.start);
    for (const CarbonIntensity g : {reading.g_per_kwh, reading.low, reading.high}) out.f32(static_cast<float>(g.value()));
    out.u8(static_cast<std::uint8_t>((reading.forecast ? 1 : 0) | (reading.estimated ? 2 : 0)));
  });
}

GridAnswer decode_grid(Decoder& in) {
  constexpr std::size_t kReading = 21;
  GridAnswer out;
  out.asked = decode_time(in);
  for (std::string* text : {&out.zone, &out.zone_name, &out.provider, &out.basis, &out.note}) *text = in.text();
  out.year = static_cast<int>(in.i64());
  out.step = decode_seconds(in);
  out.readings = decode_list(in, kReading, [&] {
    GridReading reading;
    reading.start = decode_time(in);
    for (CarbonIntensity* g : {&reading.g_per_kwh, &reading.low, &reading.high}) *g = CarbonIntensity(static_cast<double>(in.f32()));
    const std::uint8_t kind = in.u8();
    reading.forecast = (kind & 1) != 0;
    reading.estimated = (kind & 2) != 0;
    return reading;
  });
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
  const bool grid = !live.segment.grid_ahead.readings.empty();
  if (live.segment.totals.activity.empty() && !grid) return;
  encode_list(out, live.segment.totals.activity, [&](const ActivityTotal& activity) { encode(out, activity); });
  for (const Minute& minute : live.unfinished) encode_busy(out, minute);
  if (grid) encode(out, live.segment.grid_ahead);
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
  if (in.ok() && !in.rest().empty()) out.segment.grid_ahead = decode_grid(in);
  return out;
}

}  // namespace carbontracker