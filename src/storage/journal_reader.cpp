#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/files.h"
#include "storage/frames.h"
#include "storage/journal.h"
#include "storage/record_codec.h"

namespace carbontracker {
namespace {

// A journal of 30 days and 40 channels has 12 MB; marks may be many.
constexpr std::size_t kLongestJournal = std::size_t{4} << 30;

struct Opened {
  std::string bytes;
  Lock lock = Lock::unknown;
  WallTime changed{};
};

Result<Opened> open_journal(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return unexpected(system_error("opening", path, errno));
  Opened out;
  struct stat status {};
  if (::fstat(fd, &status) == 0) {
    out.changed = WallTime(std::chrono::milliseconds(status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000));
  }
  // Asked before reading: a writer that ends in between has then written its end, and is not taken for dead.
  out.lock = probe_lock(fd);
  ::close(fd);
  auto bytes = read_regular_file(path, kLongestJournal);
  if (!bytes) return unexpected(bytes.error());
  out.bytes = std::move(*bytes);
  return out;
}

// Gathers frames into a segment. Regions and minutes go by number: a later one of the same number replaces the earlier.
struct Gathered {
  JournalHeader header;
  bool has_header = false;
  std::vector<ChannelTotal> channels;
  std::map<std::int64_t, Minute> minutes;
  std::map<std::uint32_t, RegionTotal> regions;
  std::vector<ProgressMark> marks;
  std::vector<ForecastRecord> forecasts;
  std::vector<GridAnswer> grid;
  std::vector<MetricRecord> metrics;
  std::vector<EndRecord> ends;

  void take(const Frame& frame, Decoder& in) {
    switch (frame.type) {
      case FrameType::header: header = decode_header(in); has_header = in.ok(); break;
      case FrameType::channels: channels = decode_channels(in); break;
      case FrameType::minute: keep(minutes, in, decode_framed(in)); break;
      case FrameType::mark: keep(marks, in, decode_mark(in)); break;
      case FrameType::forecast: keep(forecasts, in, decode_forecast(in)); break;
      case FrameType::grid: keep(grid, in, decode_grid(in)); break;
      case FrameType::metric: keep(metrics, in, decode_metric(in)); break;
      case FrameType::end: keep(ends, in, decode_end(in)); break;
      case FrameType::region: keep(regions, in, decode_region(in)); break;
      case FrameType::live: break;
    }
  }
  void keep(std::map<std::int64_t, Minute>& into, const Decoder& in, Minute minute) {
    const std::int64_t number = minute.number;
    if (in.ok()) into[number] = std::move(minute);
  }
  void keep(std::map<std::uint32_t, RegionTotal>& into, const Decoder& in, NumberedRegion region) {
    if (in.ok()) into[region.number] = std::move(region.region);
  }
  template <class T>
  void keep(std::vector<T>& into, const Decoder& in, T value) {
    if (in.ok()) into.push_back(std::move(value));
  }
};

void note(std::string& damage, const std::string& what) {
  if (damage.empty()) damage = what;
}

// Totals that were lost, from the minutes: what each channel counted, with no bound on what is missing.
void rebuild_totals(Segment& segment, const std::vector<ChannelTotal>& channels) {
  Snapshot& totals = segment.totals;
  totals.channels = channels;
  totals.began = segment.started;
  totals.total.high = std::nullopt;
  totals.run.high = std::nullopt;
  totals.run_method = "lost with the totals of this journal";
  for (const Minute& minute : segment.minutes) {
    const std::size_t known = std::min({channels.size(), minute.joules.size(), minute.covered_s.size()});
    for (std::size_t i = 0; i < known; ++i) {
      totals.channels[i].measured.joules += Joules(static_cast<double>(minute.joules[i]));
      totals.channels[i].measured.covered += Seconds(static_cast<double>(minute.covered_s[i]));
    }
    totals.duration = std::max(totals.duration, Seconds(60.0 * static_cast<double>(minute.number + 1)));
  }
  for (ChannelTotal& channel : totals.channels) {
    channel.expected = totals.duration;
    channel.measured.missing = std::nullopt;
    if (channel.headline) totals.total.joules += channel.measured.joules;
  }
  totals.total.low = totals.total.joules;
  totals.gaps.push_back({"totals", "the journal is damaged: added up again from its minutes", "", {}});
  segment.last_seen = segment.started + std::chrono::duration_cast<std::chrono::milliseconds>(totals.duration);
}

template <class Key, class T>
std::vector<T> values_of(std::map<Key, T>& map) {
  std::vector<T> out;
  out.reserve(map.size());
  for (auto& [key, value] : map) out.push_back(std::move(value));
  return out;
}

void take_live(LiveState& live, Gathered& from, JournalContent& out) {
  for (Minute& minute : live.unfinished) from.minutes[minute.number] = std::move(minute);
  for (NumberedRegion& region : live.open_regions) from.regions[region.number] = std::move(region.region);
  Segment& segment = out.run.segments.front();
  live.segment.node = segment.node;
  live.segment.attempt = segment.attempt;
  live.segment.boot_id = segment.boot_id;
  live.segment.started = segment.started;
  segment = std::move(live.segment);
  out.run.state = live.state;
  out.run.exit_code = live.exit_code;
  out.ended = segment.ended.has_value();
}

std::string check_length(const Scan& scan, std::size_t size) {
  if (scan.live.sequence == 0) return scan.damage.empty() ? "its totals are damaged" : scan.damage;
  if (scan.live.end > size) return std::to_string(scan.live.end - size) + " bytes are missing at its end";
  // What follows the last whole flush was being written when the writer died: expected, and not part of that flush.
  return scan.damaged_at < scan.live.end ? scan.damage : std::string();
}

JournalContent gather(const Scan& scan, std::size_t size, Gathered& from) {
  JournalContent out;
  out.damage = check_length(scan, size);
  for (const Frame& frame : scan.frames) {
    if (scan.live.sequence != 0 && frame.offset >= scan.live.end) break;
    Decoder in(frame.payload);
    from.take(frame, in);
    if (!in.ok()) note(out.damage, "an unreadable record at byte " + std::to_string(frame.offset));
  }
  out.run = from.header.run;
  out.run.segments.push_back(from.header.segment);
  Decoder in(scan.live.payload);
  LiveState live = decode_live(in, from.channels);
  const bool has_totals = scan.live.sequence != 0 && in.ok();
  if (has_totals) take_live(live, from, out);
  Segment& segment = out.run.segments.front();
  segment.minutes = values_of(from.minutes);
  segment.marks = std::move(from.marks);
  segment.forecasts = std::move(from.forecasts);
  segment.grid = std::move(from.grid);
  segment.metrics = std::move(from.metrics);
  segment.ends = std::move(from.ends);
  if (!has_totals) {
    note(out.damage, "its totals are damaged");
    rebuild_totals(segment, from.channels);
  }
  segment.totals.regions = values_of(from.regions);
  return out;
}

}  // namespace

Result<JournalContent> read_journal(const std::string& path) {
  const auto opened = open_journal(path);
  if (!opened) return unexpected(opened.error());
  const Preamble start = read_preamble(opened->bytes);
  if (!start.ours && opened->lock == Lock::held) return unexpected(Errc::unavailable, "reading " + path + ": it is just being started");
  if (!start.ours) return unexpected(Errc::corrupt, "reading " + path + ": not a journal, or its beginning is lost", "delete it");
  if (start.version > kJournalVersion) {
    return unexpected(Errc::unsupported, "reading " + path + ": written by carbontracker " + start.tool_version + " in a newer format",
                      "update carbontracker to " + start.tool_version + " or newer");
  }
  const Scan scan = scan_frames(opened->bytes);
  Gathered from;
  JournalContent out = gather(scan, opened->bytes.size(), from);
  if (!from.has_header && opened->lock == Lock::held) {
    return unexpected(Errc::unavailable, "reading " + path + ": it is just being started");
  }
  if (!from.has_header) return unexpected(Errc::corrupt, "reading " + path + ": its first record, which says of which run it is, is damaged", "delete it");
  if (out.ended) return out;
  Segment& segment = out.run.segments.front();
  const WallTime seen = std::max(segment.last_seen, opened->changed);
  out.run.state = writer_lives(from.header.writer, opened->lock, seen, system_clock().wall()) ? RunState::running : RunState::interrupted;
  return out;
}

}  // namespace carbontracker
