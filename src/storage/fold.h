#pragma once
// Journals into the index: those that are new or have changed since they were last folded.

#include <string>
#include <vector>

#include "storage/database.h"

namespace carbontracker {

// Finished journals are never looked at again: while the directory has not changed only the open ones are. An unreadable or damaged
// journal is said in `notes`, at every call, and never stops the rest.
[[nodiscard]] Result<> fold_journals(Database& database, const std::string& home, std::vector<Error>& notes);

}  // namespace carbontracker
