#pragma once
// Runs, kept and found again. An index (SQLite) over the journals of one data home.

#include <memory>
#include <string>
#include <vector>

#include "storage/run_record.h"

namespace carbontracker {

struct RunSummary {
  std::string id, name, project;
  RunState state = RunState::running;
  WallTime started{};
  Seconds duration{};
  Joules joules{};
  std::optional<int> exit_code;
};

struct RunFilter {
  std::string project;                        // empty: all
  std::map<std::string, std::string> tags;    // all must match
  std::size_t limit = 0;                      // 0: all; newest first
};

// One thread at a time; several processes at once are fine.
class Store {
 public:
  // Opens or makes the index and folds journals that are new or have grown (an idempotent upsert, so a crash between is harmless).
  // Where the home cannot be written, the index is built in memory from the journals and a note says so.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::string& home);
  virtual ~Store() = default;

  [[nodiscard]] virtual Result<std::vector<RunSummary>> list(const RunFilter& filter) = 0;
  // By id, an unambiguous prefix of one, a name (the newest of it), or "last".
  [[nodiscard]] virtual Result<RunRecord> load(const std::string& which) = 0;
  [[nodiscard]] virtual Result<> rename(const std::string& which, const std::string& name) = 0;
  [[nodiscard]] virtual Result<> remove(const std::string& which) = 0;  // index and journals
  // Removes finished and interrupted runs that started before `before`; returns how many.
  [[nodiscard]] virtual Result<std::size_t> prune(WallTime before) = 0;
  // What could not be read while folding: damaged journals by name. Said, not fatal.
  [[nodiscard]] virtual const std::vector<Error>& notes() const = 0;
};

}  // namespace carbontracker
