#pragma once
// The append-only file of one (run, node, attempt). It is the truth; the database is an index folded from it.
// A record is framed (length, type, checksum), so that a torn tail after kill -9 or a full disk costs that record alone.

#include <memory>
#include <string>

#include "base/host.h"
#include "storage/run_record.h"

namespace carbontracker {

// Where runs are kept: CARBONTRACKER_HOME, else $XDG_DATA_HOME/carbontracker, else ~/.local/share/carbontracker.
// Empty when neither is set: then nothing can be kept, and the caller says so.
[[nodiscard]] std::string data_home(const Host& host);

// Writes one segment's journal. One thread. A failure is returned once, never thrown; after it the caller may go on calling
// (each call tries again, so a disk that has room again resumes), and what was not written is written by the next flush that works.
class JournalWriter {
 public:
  // Creates <home>/journals/<run id>.<node>.<attempt>.journal and writes the header (everything of `run` but its segments,
  // and the segment's identity).
  [[nodiscard]] static Result<std::unique_ptr<JournalWriter>> create(const std::string& home, const RunRecord& run, const Segment& segment);
  virtual ~JournalWriter() = default;

  // Every 5 s: totals replace the last ones; minutes, marks, forecasts, metrics, likely ends and regions that are new are appended.
  // Marks, forecasts, metrics, ends and regions are known by their place in their vector, which only grows; minutes by their number: the newest
  // counts as unfinished until a later one shows, and those before it may be dropped by the caller after any flush.
  // While a disk is full the totals are still kept, in place; minutes may then sum to less than the totals.
  [[nodiscard]] virtual Result<> flush(const Segment& segment) = 0;
  // The end: final totals, exit code, state. No fsync (it costs 16 ms).
  [[nodiscard]] virtual Result<> finish(const Segment& segment, RunState state, std::optional<int> exit_code) = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
};

// Reads a journal, as far as it is whole. A segment with no end whose writer no longer lives is interrupted.
// Errc::corrupt names the file and what was saved of it is lost only from the damaged record on (see `damage`).
struct JournalContent {
  RunRecord run;        // with exactly one segment
  bool ended = false;
  std::string damage;   // empty, or what is wrong with the tail
};
[[nodiscard]] Result<JournalContent> read_journal(const std::string& path);

}  // namespace carbontracker
