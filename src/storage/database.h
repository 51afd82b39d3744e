#pragma once
// SQLite behind Result: statements that bind and step, errors that name the file. Used by the index alone.
// The C interface and not a C++ wrapper: damage and locks are ordinary here and are answered, not thrown.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "carbontracker/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace carbontracker {

// One prepared statement. The first failure is kept and every later call does nothing; ask status() at the end.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& path, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::string_view text);       // any bytes, NUL too
  Statement& bind_blob(std::string_view bytes);
  Statement& bind(std::int64_t value);
  Statement& bind(double value);                // NaN becomes NULL, as SQLite has it
  Statement& bind(std::optional<std::int64_t> value);
  // True while there is a row.
  [[nodiscard]] bool step();
  // Runs a statement without rows and makes it ready for the next bindings.
  [[nodiscard]] Result<> run();
  [[nodiscard]] Result<> status() const;

  // Columns of the current row, from 0; text is valid until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;

 private:
  void check(int code);
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  std::string path_;
  int next_ = 1;
  std::optional<Error> failure_;
};

class Database {
 public:
  // Opens or makes the file; ":memory:" is one that is never written. Waits up to 2 s for another writer.
  // Rollback journal, not WAL: WAL needs memory shared between writers, which a network file system has not. No fsync: the
  // index can be built again from the journals.
  [[nodiscard]] static Result<Database> open(const std::string& path);

  [[nodiscard]] Result<> execute(const std::string& sql);
  [[nodiscard]] Statement prepare(const std::string& sql) { return Statement(handle_.get(), path_, sql); }
  [[nodiscard]] const std::string& path() const { return path_; }
  // PRAGMA user_version: the schema of the file, 0 for a new one.
  [[nodiscard]] Result<std::int64_t> version();

 private:
  struct Close { void operator()(sqlite3* handle) const; };
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// Undone unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database), begun_(database.execute("BEGIN IMMEDIATE")) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  [[nodiscard]] const Result<>& begun() const { return begun_; }
  [[nodiscard]] Result<> commit();

 private:
  Database& database_;
  Result<> begun_;
  bool done_ = false;
};

}  // namespace carbontracker
