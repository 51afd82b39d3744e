#include "storage/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/printable.h"
#include "storage/fold.h"
#include "storage/index.h"
#include "storage/journal_files.h"
#include "storage/schema.h"

namespace carbontracker {
namespace {

constexpr const char* kInMemory = ":memory:";

std::string index_path(const std::string& home) { return home + "/index.sqlite"; }

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 || errno != ENOENT;
}

Result<Database> open_index(const std::string& path, const std::string& home, std::vector<Error>& notes) {
  auto database = Database::open(path);
  if (!database) return database;
  if (const auto done = migrate(*database, migrations()); !done) return unexpected(done.error());
  if (home.empty()) return database;
  if (const auto done = fold_journals(*database, home, notes); !done) return unexpected(done.error());
  return database;
}

Result<> unlink_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return unexpected(system_error("deleting", path, errno));
}

// The index of a home by the best way there is: as it stands, built again where it is damaged, in memory where it cannot be written.
Result<Database> best_index(const std::string& home, std::vector<Error>& notes) {
  const std::string path = index_path(home);
  if (!exists(path) && !exists(journals_directory(home))) return open_index(kInMemory, home, notes);
  auto index = open_index(path, home, notes);
  if (!index && index.error().code == Errc::corrupt) {
    (void)unlink_file(path);
    (void)unlink_file(path + "-journal");
    notes = {{Errc::corrupt, index.error().what + "; it was built again from the journals", ""}};
    index = open_index(path, home, notes);
  }
  if (index || index.error().code == Errc::unsupported) return index;
  notes = {{index.error().code, index.error().what + "; working without it", "make " + home + " writable, or set CARBONTRACKER_HOME"}};
  return open_index(kInMemory, home, notes);
}

class IndexedStore final : public Store {
 public:
  IndexedStore(std::string home, Database database, std::vector<Error> notes)
      : home_(std::move(home)), database_(std::move(database)), notes_(std::move(notes)) {}

  Result<std::vector<RunSummary>> list(const RunFilter& filter) override {
    return repaired([&] { return get_summaries(database_, filter); });
  }

  Result<RunRecord> load(const std::string& which) override {
    return repaired([&]() -> Result<RunRecord> {
      const auto id = find_run(database_, which);
      if (!id) return unexpected(id.error());
      return get_run(database_, *id);
    });
  }

  Result<> rename(const std::string& which, const std::string& name) override {
    const auto id = find_run(database_, which);
    if (!id) return unexpected(id.error());
    // The file keeps the name where the index is lost; journals are their writers' alone.
    const auto written = write_file_atomically(journals_directory(home_) + "/" + name_file(*id), name);
    if (!written) return written;
    Statement update = database_.prepare("UPDATE runs SET name=? WHERE id=?");
    return update.bind(name).bind(*id).run();
  }

  Result<> remove(const std::string& which) override {
    const auto id = find_run(database_, which);
    if (!id) return unexpected(id.error());
    Statement row = database_.prepare("SELECT state FROM runs WHERE id=?");
    row.bind(*id);
    if (row.step() && row.integer(0) == static_cast<std::int64_t>(RunState::running)) {
      return unexpected(Errc::unavailable, "deleting run " + printable(*id, 60) + ": it is still running", "stop it first");
    }
    return remove_all({*id});
  }

  Result<std::size_t> prune(WallTime before) override {
    Statement rows = database_.prepare("SELECT id FROM runs WHERE started < ? AND state != ?");
    rows.bind(std::int64_t{before.time_since_epoch().count()}).bind(static_cast<std::int64_t>(RunState::running));
    std::vector<std::string> ids;
    while (rows.step()) ids.emplace_back(rows.text(0));
    if (const auto status = rows.status(); !status) return unexpected(status.error());
    if (const auto done = remove_all(ids); !done) return unexpected(done.error());
    return ids.size();
  }

  const std::vector<Error>& notes() const override { return notes_; }

 private:
  // Damage deep in the index shows only when that page is read; the journals still have it all.
  template <class Ask>
  auto repaired(Ask ask) -> decltype(ask()) {
    auto answer = ask();
    if (answer || answer.error().code != Errc::corrupt) return answer;
    const std::string what = answer.error().what;
    const std::string path = index_path(home_);
    (void)unlink_file(path);
    (void)unlink_file(path + "-journal");
    std::vector<Error> notes;
    auto again = best_index(home_, notes);
    if (!again) return answer;
    database_ = std::move(*again);
    notes.insert(notes.begin(), {Errc::corrupt, what + "; it was built again from the journals", ""});
    notes_ = std::move(notes);
    return ask();
  }

  // Journals first: what is left of an interrupted removal is an entry of the index, which can be removed again.
  Result<> remove_all(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      if (const auto gone = remove_files(id); !gone) return gone;
    }
    Transaction transaction(database_);
    if (!transaction.begun()) return transaction.begun();
    for (const std::string& id : ids) {
      if (const auto done = delete_run(database_, id); !done) return done;
    }
    return transaction.commit();
  }

  Result<> remove_files(const std::string& id) {
    Statement rows = database_.prepare("SELECT name FROM files WHERE run_id=?");
    rows.bind(id);
    while (rows.step()) {
      if (const auto gone = unlink_file(journals_directory(home_) + "/" + std::string(rows.text(0))); !gone) return gone;
    }
    if (const auto status = rows.status(); !status) return status;
    return unlink_file(journals_directory(home_) + "/" + name_file(id));
  }

  std::string home_;
  Database database_;
  std::vector<Error> notes_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& home) {
  std::vector<Error> notes;
  auto index = home.empty() ? open_index(kInMemory, home, notes) : best_index(home, notes);
  if (!index) return unexpected(index.error());
  if (home.empty()) {
    notes.push_back({Errc::not_found, "no directory for kept runs: HOME, XDG_DATA_HOME and CARBONTRACKER_HOME are unset",
                     "set CARBONTRACKER_HOME to a directory that can be written"});
  }
  return std::unique_ptr<Store>(std::make_unique<IndexedStore>(home, std::move(*index), std::move(notes)));
}

}  // namespace carbontracker
