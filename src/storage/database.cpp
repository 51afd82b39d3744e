#include "storage/database.h"

#include <sqlite3.h>

namespace carbontracker {
namespace {

constexpr int kWaitMs = 2000;

Errc code_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT: case SQLITE_NOTADB: return Errc::corrupt;
    case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_PROTOCOL: return Errc::unavailable;
    case SQLITE_READONLY: case SQLITE_CANTOPEN: case SQLITE_PERM: case SQLITE_AUTH: return Errc::permission;
    default: return Errc::io;
  }
}

Error error_of(sqlite3* database, int code, const std::string& path) {
  std::string hint;
  if (code_of(code) == Errc::unavailable) hint = "another carbontracker is writing to it: try again";
  if ((code & 0xff) == SQLITE_FULL) hint = "free some space, or point CARBONTRACKER_HOME at another disk";
  return {code_of(code), "the index " + path + ": " + (database ? sqlite3_errmsg(database) : sqlite3_errstr(code)), std::move(hint)};
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& path, const std::string& sql) : database_(database), path_(path) {
  check(sqlite3_prepare_v2(database, sql.c_str(), static_cast<int>(sql.size()), &statement_, nullptr));
}
Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::check(int code) {
  if (!failure_ && code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) failure_ = error_of(database_, code, path_);
}

Statement& Statement::bind(std::string_view text) {
  check(sqlite3_bind_text64(statement_, next_++, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}
Statement& Statement::bind_blob(std::string_view bytes) {
  check(sqlite3_bind_blob64(statement_, next_++, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_TRANSIENT));
  return *this;
}
Statement& Statement::bind(std::int64_t value) { check(sqlite3_bind_int64(statement_, next_++, value)); return *this; }
Statement& Statement::bind(double value) { check(sqlite3_bind_double(statement_, next_++, value)); return *this; }
Statement& Statement::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  check(sqlite3_bind_null(statement_, next_++));
  return *this;
}

bool Statement::step() {
  if (failure_) return false;
  const int code = sqlite3_step(statement_);
  check(code);
  return code == SQLITE_ROW;
}

Result<> Statement::run() {
  if (!failure_) check(sqlite3_step(statement_));
  sqlite3_reset(statement_);
  next_ = 1;
  return status();
}

Result<> Statement::status() const {
  if (failure_) return unexpected(*failure_);
  return {};
}

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size)) : std::string_view();
}
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(path, handle);
  if (code != SQLITE_OK) return unexpected(error_of(handle, code, path));
  sqlite3_busy_timeout(handle, kWaitMs);
  if (const auto set = database.execute("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=OFF"); !set) return unexpected(set.error());
  return database;
}

Result<> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return unexpected(error_of(handle_.get(), code, path_));
  return {};
}

Result<std::int64_t> Database::version() {
  Statement query = prepare("PRAGMA user_version");
  const std::int64_t found = query.step() ? query.integer(0) : 0;
  if (const auto status = query.status(); !status) return unexpected(status.error());
  return found;
}

Transaction::~Transaction() {
  if (begun_ && !done_) (void)database_.execute("ROLLBACK");
}

Result<> Transaction::commit() {
  if (!begun_) return begun_;
  auto committed = database_.execute("COMMIT");
  done_ = committed.has_value();
  return committed;
}

}  // namespace carbontracker
