#pragma once
// A RunRecord in the tables of the index, and back.

#include "storage/database.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace carbontracker {

// Inserts or replaces the one segment of a journal and sums its run up again. A name the run has in the index stays.
[[nodiscard]] Result<> put_journal(Database& database, const JournalContent& journal);
[[nodiscard]] Result<RunRecord> get_run(Database& database, const std::string& id);
[[nodiscard]] Result<std::vector<RunSummary>> get_summaries(Database& database, const RunFilter& filter);
[[nodiscard]] Result<> delete_run(Database& database, const std::string& id);

// The id meant by `which` (see Store::load). Ambiguous: Errc::invalid_input naming candidates; none: Errc::not_found.
[[nodiscard]] Result<std::string> find_run(Database& database, const std::string& which);

// A run's state and exit code from those of the last attempt on each node: running if any is, interrupted if any was,
// else finished with the first exit code that is not 0.
struct Outcome {
  RunState state = RunState::finished;
  std::optional<int> exit_code;
};
[[nodiscard]] Outcome outcome_of(const std::vector<Outcome>& last_attempts);

}  // namespace carbontracker
