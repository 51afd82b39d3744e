#pragma once
// The parts of a RunRecord as bytes: payloads of journal frames, and blobs of the index.

#include "storage/codec.h"
#include "storage/run_record.h"
#include "storage/writer_identity.h"

namespace carbontracker {

// What never changes over a segment's life: the run without its segments, the segment's identity, who writes.
struct JournalHeader {
  RunRecord run;         // no segments, state or exit code
  Segment segment;       // node, attempt, boot_id, started
  WriterIdentity writer;
};
void encode(Encoder& out, const JournalHeader& header);
[[nodiscard]] JournalHeader decode_header(Decoder& in);

// Descriptions of channels, in the order of Snapshot::channels.
void encode_channels(Encoder& out, const std::vector<ChannelTotal>& channels);
[[nodiscard]] std::vector<ChannelTotal> decode_channels(Decoder& in);

// A region with its place in Snapshot::regions.
struct NumberedRegion {
  std::uint32_t number = 0;
  RegionTotal region;
};
void encode(Encoder& out, const NumberedRegion& numbered);
[[nodiscard]] NumberedRegion decode_region(Decoder& in);

// Joules are kept as they are (float), covered time to the millisecond: a minute of 40 channels takes 171 to 249 bytes.
void encode(Encoder& out, const Minute& minute);
[[nodiscard]] Minute decode_minute(Decoder& in);
// Percent busy, half a byte a device (0 1 3 5 10 20 ... 90 95 100, the nearest; not known): stands behind a minute (in its frame), or behind all of them.
void encode_busy(Encoder& out, const Minute& minute);
void decode_busy(Decoder& in, Minute& minute);
// A minute's frame: the minute and, where something was seen, what was busy. Older journals end after the minute.
void encode_framed(Encoder& out, const Minute& minute);
[[nodiscard]] Minute decode_framed(Decoder& in);

void encode(Encoder& out, const ProgressMark& mark);
[[nodiscard]] ProgressMark decode_mark(Decoder& in);
void encode(Encoder& out, const ForecastRecord& forecast);
[[nodiscard]] ForecastRecord decode_forecast(Decoder& in);
void encode(Encoder& out, const MetricRecord& metric);
[[nodiscard]] MetricRecord decode_metric(Decoder& in);
void encode(Encoder& out, const EndRecord& end);
[[nodiscard]] EndRecord decode_end(Decoder& in);
// Readings of a grid: 21 bytes each (g/kWh as float).
void encode(Encoder& out, const GridAnswer& answer);
[[nodiscard]] GridAnswer decode_grid(Decoder& in);

// What changes with every flush: the totals of the channels described before, times, place, state, gaps, open regions, the unfinished minute, and
// activity and the grid to come (each behind the other; older journals end before it).
struct LiveState {
  RunState state = RunState::running;
  std::optional<int> exit_code;
  Segment segment;                      // ended, last_seen, place, pue, grid_ahead and totals (channels: figures only, regions: none)
  std::vector<NumberedRegion> open_regions;
  std::vector<Minute> unfinished;
};
void encode(Encoder& out, const LiveState& live);
// `described` are the channels of the last channels frame; a figure more or less than that is damage.
[[nodiscard]] LiveState decode_live(Decoder& in, const std::vector<ChannelTotal>& described);

}  // namespace carbontracker
