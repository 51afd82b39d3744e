#include "storage/index.h"

#include <algorithm>
#include <map>

#include "base/printable.h"
#include "storage/record_codec.h"

namespace carbontracker {
namespace {

enum Kind : std::int64_t { kChannels, kTotals, kMinutes, kMarks, kForecasts, kRegions, kBusy, kGrid, kMetrics, kEnds };
constexpr std::int64_t kMinutesInPart = 1440;

std::int64_t ms(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_of(std::int64_t ms_since_1970) { return WallTime(std::chrono::milliseconds(ms_since_1970)); }
std::optional<std::int64_t> ms(const std::optional<WallTime>& time) {
  return time ? std::optional<std::int64_t>(ms(*time)) : std::nullopt;
}
std::optional<std::int64_t> wide(std::optional<int> value) { return value ? std::optional<std::int64_t>(*value) : std::nullopt; }
std::optional<int> narrow(std::optional<std::int64_t> value) { return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt; }

RunState state_of(std::int64_t number) {
  return number == 0 ? RunState::running : number == 1 ? RunState::finished : RunState::interrupted;
}

std::string words_as_bytes(const std::vector<std::string>& words) {
  Encoder out;
  for (const std::string& word : words) out.text(word);
  return out.bytes();
}
std::vector<std::string> words_from_bytes(std::string_view bytes) {
  std::vector<std::string> words;
  for (Decoder in(bytes); in.ok() && !in.rest().empty();) words.push_back(in.text());
  return words;
}

class SegmentWriter {
 public:
  SegmentWriter(Database& database, const std::string& run, const Segment& segment)
      : segment_(segment), run_(run), insert_(database.prepare("INSERT OR REPLACE INTO parts VALUES(?,?,?,?,?,?)")) {}

  [[nodiscard]] Result<> write(const LiveState& live) {
    Encoder channels, totals;
    encode_channels(channels, segment_.totals.channels);
    encode(totals, live);
    (void)put(kChannels, 0, channels.bytes());
    (void)put(kTotals, 0, totals.bytes());
    write_minutes();
    write_list(kMarks, segment_.marks);
    write_list(kForecasts, segment_.forecasts);
    write_list(kGrid, segment_.grid);
    write_list(kMetrics, segment_.metrics);
    write_list(kEnds, segment_.ends);
    std::vector<NumberedRegion> regions;
    for (const RegionTotal& region : segment_.totals.regions) regions.push_back({static_cast<std::uint32_t>(regions.size()), region});
    write_list(kRegions, regions);
    return insert_.status();
  }

 private:
  Result<> put(Kind kind, std::int64_t number, std::string_view bytes) {
    insert_.bind(run_).bind(segment_.node).bind(std::int64_t{segment_.attempt}).bind(std::int64_t{kind}).bind(number).bind_blob(bytes);
    return insert_.run();
  }
  template <class T>
  void write_list(Kind kind, const std::vector<T>& list) {
    Encoder out;
    for (const T& item : list) encode(out, item);
    if (!list.empty()) (void)put(kind, 0, out.bytes());
  }
  void write_minutes() {
    std::map<std::int64_t, Encoder> days;
    for (const Minute& minute : segment_.minutes) encode(days[minute.number / kMinutesInPart], minute);
    for (const auto& [day, bytes] : days) (void)put(kMinutes, day, bytes.bytes());
    write_busy();
  }
  void write_busy() {
    std::map<std::int64_t, Encoder> days;
    for (const Minute& minute : segment_.minutes) {
      if (minute.busy.empty()) continue;
      Encoder& day = days[minute.number / kMinutesInPart];
      day.i64(minute.number);
      encode_busy(day, minute);
    }
    for (const auto& [day, bytes] : days) (void)put(kBusy, day, bytes.bytes());
  }

  const Segment& segment_;
  const std::string& run_;
  Statement insert_;
};

Result<> put_run(Database& database, const RunRecord& run) {
  Statement insert = database.prepare(
      "INSERT INTO runs(id, name, project, directory, tool_version, command) VALUES(?,?,?,?,?,?) "
      "ON CONFLICT(id) DO UPDATE SET tool_version = excluded.tool_version");
  insert.bind(run.id).bind(run.name).bind(run.project).bind(run.directory).bind(run.tool_version).bind_blob(words_as_bytes(run.command));
  if (const auto done = insert.run(); !done) return done;
  Statement tag = database.prepare("INSERT OR REPLACE INTO tags VALUES(?,?,?)");
  for (const auto& [key, value] : run.tags) {
    if (const auto done = tag.bind(run.id).bind(key).bind(value).run(); !done) return done;
  }
  return {};
}

Result<> put_segment(Database& database, const RunRecord& run, const Segment& segment) {
  Statement clear = database.prepare("DELETE FROM parts WHERE run_id = ? AND node = ? AND attempt = ?");
  if (const auto done = clear.bind(run.id).bind(segment.node).bind(std::int64_t{segment.attempt}).run(); !done) return done;
  Statement insert = database.prepare("INSERT OR REPLACE INTO segments VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  insert.bind(run.id).bind(segment.node).bind(std::int64_t{segment.attempt}).bind(segment.boot_id);
  insert.bind(ms(segment.started)).bind(ms(segment.ended)).bind(ms(segment.last_seen));
  insert.bind(segment.place).bind(segment.place_from).bind(segment.pue).bind(segment.pue_from);
  insert.bind(static_cast<std::int64_t>(run.state)).bind(wide(run.exit_code));
  insert.bind(segment.totals.duration.count()).bind(segment.totals.total.joules.value());
  if (const auto done = insert.run(); !done) return done;
  Segment shallow = segment;
  shallow.minutes.clear();
  return SegmentWriter(database, run.id, segment).write(LiveState{run.state, run.exit_code, std::move(shallow), {}, {}});
}

// A run lasts as long as its longest node, attempts one after another; it started with its first segment.
Result<> sum_up(Database& database, const std::string& id) {
  Statement segments = database.prepare(
      "SELECT node, state, exit_code, started, duration_s, joules FROM segments WHERE run_id = ? ORDER BY node, attempt");
  segments.bind(id);
  std::map<std::string, Outcome> last;
  std::map<std::string, double> seconds;
  double joules = 0, longest = 0;
  std::int64_t started = INT64_MAX;
  while (segments.step()) {
    const std::string node(segments.text(0));
    last[node] = {state_of(segments.integer(1)), narrow(segments.optional_integer(2))};
    started = std::min(started, segments.integer(3));
    longest = std::max(longest, seconds[node] += segments.real(4));
    joules += segments.real(5);
  }
  if (const auto status = segments.status(); !status) return status;
  std::vector<Outcome> outcomes;
  for (const auto& [node, outcome] : last) outcomes.push_back(outcome);
  const Outcome outcome = outcome_of(outcomes);
  Statement update = database.prepare("UPDATE runs SET state=?, exit_code=?, started=?, duration_s=?, joules=? WHERE id=?");
  update.bind(static_cast<std::int64_t>(outcome.state)).bind(wide(outcome.exit_code)).bind(started).bind(longest).bind(joules).bind(id);
  return update.run();
}

// Parts come in the order of their kinds, minutes in the order of their numbers.
void take_busy(Decoder& in, std::vector<Minute>& minutes) {
  const std::int64_t number = in.i64();
  Minute seen;
  decode_busy(in, seen);
  const auto minute = std::lower_bound(minutes.begin(), minutes.end(), number, [](const Minute& m, std::int64_t n) { return m.number < n; });
  if (minute != minutes.end() && minute->number == number) minute->busy = std::move(seen.busy);
}

bool take_part(std::int64_t kind, std::string_view bytes, Segment& segment, std::vector<ChannelTotal>& channels) {
  Decoder in(bytes);
  const auto each = [&](auto& list, auto decode) {
    while (in.ok() && !in.rest().empty()) list.push_back(decode(in));
  };
  switch (kind) {
    case kChannels: channels = decode_channels(in); break;
    case kTotals: {
      LiveState live = decode_live(in, channels);
      segment.totals = std::move(live.segment.totals);
      segment.grid_ahead = std::move(live.segment.grid_ahead);
      break;
    }
    case kMinutes: each(segment.minutes, decode_minute); break;
    case kMarks: each(segment.marks, decode_mark); break;
    case kForecasts: each(segment.forecasts, decode_forecast); break;
    case kRegions: each(segment.totals.regions, [](Decoder& from) { return decode_region(from).region; }); break;
    case kBusy:
      while (in.ok() && !in.rest().empty()) take_busy(in, segment.minutes);
      break;
    case kGrid: each(segment.grid, decode_grid); break;
    case kMetrics: each(segment.metrics, decode_metric); break;
    case kEnds: each(segment.ends, decode_end); break;
    default: break;
  }
  return in.ok();
}

Result<> get_parts(Database& database, const std::string& run, Segment& segment) {
  Statement parts = database.prepare("SELECT kind, bytes FROM parts WHERE run_id=? AND node=? AND attempt=? ORDER BY kind, number");
  parts.bind(run).bind(segment.node).bind(std::int64_t{segment.attempt});
  std::vector<ChannelTotal> channels;
  while (parts.step()) {
    if (!take_part(parts.integer(0), parts.text(1), segment, channels)) {
      return unexpected(Errc::corrupt, "the index " + database.path() + ": unreadable part of run " + printable(run, 60));
    }
  }
  return parts.status();
}

Result<> get_segments(Database& database, RunRecord& run) {
  Statement rows = database.prepare(
      "SELECT node, attempt, boot_id, started, ended, last_seen, place, place_from, pue, pue_from FROM segments WHERE run_id=? ORDER BY node, attempt");
  rows.bind(run.id);
  while (rows.step()) {
    Segment segment;
    segment.node = rows.text(0);
    segment.attempt = static_cast<int>(rows.integer(1));
    segment.boot_id = rows.text(2);
    segment.started = time_of(rows.integer(3));
    if (const auto ended = rows.optional_integer(4)) segment.ended = time_of(*ended);
    segment.last_seen = time_of(rows.integer(5));
    segment.place = rows.text(6);
    segment.place_from = rows.text(7);
    segment.pue = rows.real(8);
    segment.pue_from = rows.text(9);
    if (const auto parts = get_parts(database, run.id, segment); !parts) return parts;
    run.segments.push_back(std::move(segment));
  }
  return rows.status();
}

std::string first_text(Statement& query) { return query.step() ? std::string(query.text(0)) : std::string(); }

Result<std::string> one_of(const std::vector<std::string>& candidates, const std::string& which) {
  std::string list;
  for (std::size_t i = 0; i < candidates.size() && i < 5; ++i) list += (i ? ", " : "") + printable(candidates[i], 60);
  if (candidates.size() > 5) list += ", ...";
  return unexpected(Errc::invalid_input, "run '" + printable(which, 60) + "' could be any of " + list, "give more of the id");
}

}  // namespace

Outcome outcome_of(const std::vector<Outcome>& last_attempts) {
  const auto any = [&](RunState state) {
    return std::any_of(last_attempts.begin(), last_attempts.end(), [&](const Outcome& outcome) { return outcome.state == state; });
  };
  if (any(RunState::running)) return {RunState::running, std::nullopt};
  if (any(RunState::interrupted) || last_attempts.empty()) return {RunState::interrupted, std::nullopt};
  std::optional<int> code = 0;
  for (const Outcome& outcome : last_attempts) {
    if (!outcome.exit_code) code = std::nullopt;
    else if (*outcome.exit_code != 0) return {RunState::finished, outcome.exit_code};
  }
  return {RunState::finished, code};
}

Result<> put_journal(Database& database, const JournalContent& journal) {
  if (const auto done = put_run(database, journal.run); !done) return done;
  if (const auto done = put_segment(database, journal.run, journal.run.segments.front()); !done) return done;
  return sum_up(database, journal.run.id);
}

Result<RunRecord> get_run(Database& database, const std::string& id) {
  Statement row = database.prepare("SELECT name, project, directory, tool_version, command, state, exit_code FROM runs WHERE id=?");
  row.bind(id);
  RunRecord run;
  run.id = id;
  if (!row.step()) {
    if (const auto status = row.status(); !status) return unexpected(status.error());
    return unexpected(Errc::not_found, "no run '" + printable(id, 60) + "'", "carbontracker report lists what is kept");
  }
  run.name = row.text(0);
  run.project = row.text(1);
  run.directory = row.text(2);
  run.tool_version = row.text(3);
  run.command = words_from_bytes(row.text(4));
  run.state = state_of(row.integer(5));
  run.exit_code = narrow(row.optional_integer(6));
  Statement tags = database.prepare("SELECT key, value FROM tags WHERE run_id=?");
  tags.bind(id);
  while (tags.step()) run.tags.emplace(tags.text(0), tags.text(1));
  if (const auto status = tags.status(); !status) return unexpected(status.error());
  if (const auto segments = get_segments(database, run); !segments) return unexpected(segments.error());
  return run;
}

Result<std::vector<RunSummary>> get_summaries(Database& database, const RunFilter& filter) {
  std::string sql = "SELECT id, name, project, state, started, duration_s, joules, exit_code FROM runs WHERE 1";
  if (!filter.project.empty()) sql += " AND project = ?";
  for (std::size_t i = 0; i < filter.tags.size(); ++i) sql += " AND EXISTS(SELECT 1 FROM tags WHERE run_id = id AND key = ? AND value = ?)";
  sql += " ORDER BY started DESC, id DESC";
  if (filter.limit) sql += " LIMIT " + std::to_string(filter.limit);
  Statement rows = database.prepare(sql);
  if (!filter.project.empty()) rows.bind(filter.project);
  for (const auto& [key, value] : filter.tags) rows.bind(key).bind(value);
  std::vector<RunSummary> out;
  while (rows.step()) {
    out.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)), state_of(rows.integer(3)),
                   time_of(rows.integer(4)), Seconds(rows.real(5)), Joules(rows.real(6)), narrow(rows.optional_integer(7))});
  }
  if (const auto status = rows.status(); !status) return unexpected(status.error());
  return out;
}

Result<> delete_run(Database& database, const std::string& id) {
  for (const char* sql : {"DELETE FROM parts WHERE run_id=?", "DELETE FROM segments WHERE run_id=?", "DELETE FROM tags WHERE run_id=?",
                          "DELETE FROM files WHERE run_id=?", "DELETE FROM runs WHERE id=?"}) {
    Statement statement = database.prepare(sql);
    if (const auto done = statement.bind(id).run(); !done) return done;
  }
  return {};
}

Result<std::string> find_run(Database& database, const std::string& which) {
  if (which.empty()) return unexpected(Errc::invalid_input, "which run: nothing was given", "give an id, the start of one, a name, or last");
  Statement last = database.prepare("SELECT id FROM runs ORDER BY started DESC, id DESC LIMIT 1");
  const std::string newest = first_text(last);
  if (const auto status = last.status(); !status) return unexpected(status.error());
  if (newest.empty()) return unexpected(Errc::not_found, "no run is kept here yet", "carbontracker run -- python train.py keeps one");
  if (which == "last") return newest;
  Statement starting = database.prepare("SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 6");
  starting.bind(which).bind(which + "\xff");
  std::vector<std::string> candidates;
  while (starting.step()) candidates.emplace_back(starting.text(0));
  if (candidates.size() == 1 || std::find(candidates.begin(), candidates.end(), which) != candidates.end()) {
    return candidates.size() == 1 ? candidates.front() : which;
  }
  Statement named = database.prepare("SELECT id FROM runs WHERE name = ? ORDER BY started DESC, id DESC LIMIT 1");
  named.bind(which);
  if (std::string id = first_text(named); !id.empty()) return id;
  if (const auto status = named.status(); !status) return unexpected(status.error());
  if (candidates.size() > 1) return one_of(candidates, which);
  return unexpected(Errc::not_found, "no run '" + printable(which, 60) + "'", "carbontracker report lists what is kept");
}

}  // namespace carbontracker
