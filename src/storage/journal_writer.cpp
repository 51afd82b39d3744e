#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/files.h"
#include "storage/frames.h"
#include "storage/journal.h"
#include "storage/journal_file.h"
#include "storage/journal_files.h"
#include "storage/record_codec.h"

namespace carbontracker {
namespace {

template <class T>
std::string bytes_of(const T& value) {
  Encoder out;
  encode(out, value);
  return out.bytes();
}

std::string framed(const Minute& minute) {
  Encoder out;
  encode_framed(out, minute);
  return out.bytes();
}

// A region as it stands in the file. One that was written may change after all, where its end was a wrong guess.
struct RegionWritten {
  Seconds start{}, duration{};
  bool written = false;
};

// What is known to be in the file; advanced only after a write that worked, so that a failed one is made up for by the next.
struct Written {
  std::string channels;                       // the last channels frame's payload
  std::size_t marks = 0, forecasts = 0, grid = 0, metrics = 0, ends = 0;
  std::vector<RegionWritten> regions;         // by number
  std::map<std::int64_t, std::uint32_t> minutes;  // checksums of the latest: a late tick may still change one
  std::int64_t oldest_known = 0;              // minutes before it were written and are closed for good
};

constexpr std::size_t kMinutesRemembered = 8;

// What a live slot takes of a segment; the minutes of a month are not copied every 5 s.
Segment without_history(const Segment& segment) {
  Segment out;
  out.ended = segment.ended;
  out.last_seen = segment.last_seen;
  out.place = segment.place;
  out.place_from = segment.place_from;
  out.pue = segment.pue;
  out.pue_from = segment.pue_from;
  out.grid_ahead = segment.grid_ahead;
  const Snapshot& totals = segment.totals;
  out.totals = {totals.began, totals.duration, totals.suspended, totals.channels, totals.total, totals.coverage,
                totals.run, totals.run_method, totals.idle, totals.gaps, {}, totals.activity};
  return out;
}

class Writer final : public JournalWriter {
 public:
  explicit Writer(JournalFile file) : file_(std::move(file)) {}

  [[nodiscard]] Result<> begin(const JournalHeader& header) {
    const auto written = file_.append(preamble(header.run.tool_version) + frame(FrameType::header, bytes_of(header)));
    return written ? flush(header.segment) : written;
  }

  Result<> flush(const Segment& segment) override { return write(segment, RunState::running, std::nullopt); }

  Result<> finish(const Segment& segment, RunState state, std::optional<int> exit_code) override {
    ended_ = true;
    return write(segment, state, exit_code);
  }

  const std::string& path() const override { return file_.path(); }

 private:
  // First what is new, then the totals over it: see storage/codec.h. A full disk may refuse the first and still take the second.
  Result<> write(const Segment& segment, RunState state, std::optional<int> exit_code) {
    take_minutes(segment.minutes);
    const auto appended = append_new(segment);
    if (described_ != written_.channels) return appended;  // totals of channels that the file does not describe could not be read
    const auto lived = write_live(segment, state, exit_code);
    return appended ? lived : appended;
  }

  // The newest minute is unfinished until a later one shows, or the end; the caller may drop older ones after any flush.
  void take_minutes(const std::vector<Minute>& minutes) {
    for (const Minute& minute : minutes) {
      if (minute.number >= written_.oldest_known) waiting_[minute.number] = minute;
    }
  }

  [[nodiscard]] bool is_unfinished(std::int64_t number) const { return !ended_ && number == waiting_.rbegin()->first; }

  Result<> append_new(const Segment& segment) {
    Encoder channels;
    encode_channels(channels, segment.totals.channels);
    described_ = channels.bytes();
    std::string frames;
    if (described_ != written_.channels) frames += frame(FrameType::channels, described_);
    add_minutes(frames);
    for (std::size_t i = written_.marks; i < segment.marks.size(); ++i) frames += frame(FrameType::mark, bytes_of(segment.marks[i]));
    for (std::size_t i = written_.forecasts; i < segment.forecasts.size(); ++i) {
      frames += frame(FrameType::forecast, bytes_of(segment.forecasts[i]));
    }
    for (std::size_t i = written_.grid; i < segment.grid.size(); ++i) frames += frame(FrameType::grid, bytes_of(segment.grid[i]));
    for (std::size_t i = written_.metrics; i < segment.metrics.size(); ++i) frames += frame(FrameType::metric, bytes_of(segment.metrics[i]));
    for (std::size_t i = written_.ends; i < segment.ends.size(); ++i) frames += frame(FrameType::end, bytes_of(segment.ends[i]));
    const auto regions = add_regions(segment.totals.regions, frames);
    const auto appended = frames.empty() ? Result<>() : file_.append(frames);
    if (appended) remember(segment, regions);
    return appended;
  }

  void add_minutes(std::string& frames) const {
    for (const auto& [number, minute] : waiting_) {
      if (is_unfinished(number)) continue;
      const std::string bytes = framed(minute);
      const auto known = written_.minutes.find(number);
      if (known == written_.minutes.end() || known->second != crc32(bytes)) frames += frame(FrameType::minute, bytes);
    }
  }

  [[nodiscard]] bool is_written(std::size_t number, const RegionTotal& region) const {
    if (number >= written_.regions.size() || !written_.regions[number].written) return false;
    return written_.regions[number].start == region.start && written_.regions[number].duration == region.duration;
  }

  std::vector<std::size_t> add_regions(const std::vector<RegionTotal>& regions, std::string& frames) const {
    std::vector<std::size_t> added;
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (regions[i].open || regions[i].provisional || is_written(i, regions[i])) continue;
      frames += frame(FrameType::region, bytes_of(NumberedRegion{static_cast<std::uint32_t>(i), regions[i]}));
      added.push_back(i);
    }
    return added;
  }

  void remember(const Segment& segment, const std::vector<std::size_t>& regions) {
    written_.channels = described_;
    written_.marks = std::max(written_.marks, segment.marks.size());
    written_.forecasts = std::max(written_.forecasts, segment.forecasts.size());
    written_.grid = std::max(written_.grid, segment.grid.size());
    written_.metrics = std::max(written_.metrics, segment.metrics.size());
    written_.ends = std::max(written_.ends, segment.ends.size());
    written_.regions.resize(std::max(written_.regions.size(), segment.totals.regions.size()));
    for (const std::size_t region : regions) written_.regions[region] = {segment.totals.regions[region].start, segment.totals.regions[region].duration, true};
    remember_minutes();
  }

  void remember_minutes() {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (is_unfinished(it->first)) break;
      written_.minutes[it->first] = crc32(framed(it->second));
      it = waiting_.erase(it);
    }
    while (written_.minutes.size() > kMinutesRemembered) {
      written_.oldest_known = written_.minutes.begin()->first + 1;
      written_.minutes.erase(written_.minutes.begin());
    }
  }

  Result<> write_live(const Segment& segment, RunState state, std::optional<int> exit_code) {
    LiveState live{state, exit_code, without_history(segment), {}, {}};
    if (ended_ && !live.segment.ended) live.segment.ended = segment.last_seen;
    for (std::size_t i = 0; i < segment.totals.regions.size(); ++i) {
      if (!is_written(i, segment.totals.regions[i])) live.open_regions.push_back({static_cast<std::uint32_t>(i), segment.totals.regions[i]});
    }
    for (const auto& [number, minute] : waiting_) live.unfinished.push_back(minute);
    const auto written = file_.write_live(bytes_of(live));
    if (written) return written;
    // No room to grow: the totals alone still fit where the last ones stood.
    live.open_regions.clear();
    live.unfinished.clear();
    const std::string totals = bytes_of(live);
    if (!file_.fits(totals.size())) return written;
    const auto reduced = file_.write_live(totals);
    return reduced ? written : reduced;
  }

  JournalFile file_;
  std::string described_;                   // channels as of this flush
  std::map<std::int64_t, Minute> waiting_;  // not in the file yet, or unfinished
  Written written_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<JournalWriter>> JournalWriter::create(const std::string& home, const RunRecord& run, const Segment& segment) {
  if (home.empty()) {
    return unexpected(Errc::not_found, "keeping this run: no directory to keep it in (HOME, XDG_DATA_HOME and CARBONTRACKER_HOME are unset)",
                      "set CARBONTRACKER_HOME to a directory that can be written");
  }
  const std::string directory = journals_directory(home);
  if (const auto made = make_directories(directory); !made) {
    Error error = made.error();
    if (error.hint.empty()) error.hint = "set CARBONTRACKER_HOME to a directory that can be written";
    return unexpected(std::move(error));
  }
  auto file = JournalFile::create(directory + "/" + journal_name(run.id, segment.node, segment.attempt));
  if (!file) return unexpected(file.error());
  JournalHeader header{run, segment, this_writer()};
  header.run.segments.clear();
  header.writer.locked = file->locked();
  if (header.segment.boot_id.empty()) header.segment.boot_id = header.writer.boot_id;
  auto writer = std::make_unique<Writer>(std::move(*file));
  if (const auto begun = writer->begin(header); !begun) {
    ::unlink(writer->path().c_str());  // a journal without a header says nothing
    return unexpected(begun.error());
  }
  return std::unique_ptr<JournalWriter>(std::move(writer));
}

}  // namespace carbontracker
