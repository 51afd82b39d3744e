#include "storage/schema.h"

#include <string>

#include "carbontracker/version.h"

namespace carbontracker {
namespace {

// Times are milliseconds since 1970, UTC; energy is IT joules. `parts` holds what is read whole: kind 0 description of the channels,
// 1 totals, 2 minutes (one row a day), 3 marks, 4 forecasts, 5 regions, each in the bytes of the journal's frames; 6 number and percent busy of a day's minutes,
// 7 what was told of the grid, 8 metrics, 9 likely ends.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE files(name TEXT PRIMARY KEY, size INTEGER, changed_ns INTEGER, run_id TEXT, open INTEGER, note TEXT) WITHOUT ROWID;
CREATE INDEX files_note ON files(note) WHERE note IS NOT NULL;
CREATE INDEX files_open ON files(open) WHERE open;
CREATE INDEX files_run ON files(run_id);
CREATE TABLE runs(id TEXT PRIMARY KEY, name TEXT, project TEXT, directory TEXT, tool_version TEXT, command BLOB,
                  state INTEGER, exit_code INTEGER, started INTEGER, duration_s REAL, joules REAL);
CREATE INDEX runs_started ON runs(started);
CREATE INDEX runs_name ON runs(name);
CREATE TABLE tags(run_id TEXT, key TEXT, value TEXT, PRIMARY KEY(run_id, key)) WITHOUT ROWID;
CREATE TABLE segments(run_id TEXT, node TEXT, attempt INTEGER, boot_id TEXT, started INTEGER, ended INTEGER, last_seen INTEGER,
                      place TEXT, place_from TEXT, pue REAL, pue_from TEXT, state INTEGER, exit_code INTEGER,
                      duration_s REAL, joules REAL, PRIMARY KEY(run_id, node, attempt)) WITHOUT ROWID;
CREATE TABLE parts(run_id TEXT, node TEXT, attempt INTEGER, kind INTEGER, number INTEGER, bytes BLOB,
                   PRIMARY KEY(run_id, node, attempt, kind, number));
)sql";

constexpr Migration kMigrations[] = {{1, kVersion1, "3.0.0"}};

std::string needed_version(Database& database) {
  Statement query = database.prepare("SELECT value FROM meta WHERE key = 'needs'");
  return query.step() ? std::string(query.text(0)) : std::string("a newer version");
}

// Tables of no version: a file whose head was damaged, or that another program wrote.
bool has_tables(Database& database) {
  Statement query = database.prepare("SELECT 1 FROM sqlite_master LIMIT 1");
  return query.step();
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<> migrate(Database& database, std::span<const Migration> steps) {
  const auto found = database.version();
  if (!found) return unexpected(found.error());
  const std::int64_t newest = steps.back().to;
  if (*found == newest) return {};
  if (*found > newest) {
    const std::string needed = needed_version(database);
    return unexpected(Errc::unsupported, "the index " + database.path() + " has schema " + std::to_string(*found) + ", written by carbontracker " +
                      needed + "; this is " + kVersion + " and knows schemas up to " + std::to_string(newest), "update carbontracker to " + needed + " or newer");
  }
  Transaction transaction(database);
  if (!transaction.begun()) return transaction.begun();
  const auto now = database.version();  // another process may have been faster
  if (!now) return unexpected(now.error());
  if (*now <= 0 && has_tables(database)) return unexpected(Errc::corrupt, "the index " + database.path() + " holds tables of no version");
  for (const Migration& step : steps) {
    if (step.to <= *now) continue;
    if (const auto done = database.execute(step.sql); !done) return done;
    const std::string mark = "PRAGMA user_version=" + std::to_string(step.to) + "; INSERT OR REPLACE INTO meta VALUES('needs', '" + step.since + "')";
    if (const auto done = database.execute(mark); !done) return done;
  }
  return transaction.commit();
}

}  // namespace carbontracker
