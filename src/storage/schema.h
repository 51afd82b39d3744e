#pragma once
// The index's tables and how older ones become newer ones.

#include <span>

#include "storage/database.h"

namespace carbontracker {

// One step: the SQL that takes a file from version `to` - 1 to `to`.
struct Migration {
  std::int64_t to;
  const char* sql;
  const char* since;    // the tool's version that first wrote it
};
[[nodiscard]] std::span<const Migration> migrations();

// Brings a file (a new one too) to the last of `steps`, in one transaction. A file of a later schema is refused (Errc::unsupported),
// naming the version of the tool that it needs.
[[nodiscard]] Result<> migrate(Database& database, std::span<const Migration> steps);

}  // namespace carbontracker
