#include "storage/fold.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <map>

#include "base/files.h"
#include "base/printable.h"
#include "storage/index.h"
#include "storage/journal_files.h"

namespace carbontracker {
namespace {

enum Openness : std::int64_t { kEnded, kMayChange, kRunning };

// Changes within one tick of a file system's clock look alike, so what changed less than this before it was read is read again.
constexpr std::int64_t kSettledNs = 2'000'000'000;

struct Stamp {
  std::int64_t size = -1, changed_ns = 0;
  bool operator==(const Stamp&) const = default;
};
struct Known {
  Stamp stamp;
  std::int64_t open = kEnded;
};
using Files = std::map<std::string, Known, std::less<>>;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Stamp stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_size, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Stamp settled(Stamp stamp) {
  const std::int64_t age = now_ns() - stamp.changed_ns;
  return age < kSettledNs ? Stamp{-1, 0} : stamp;
}

class Folder {
 public:
  Folder(Database& database, const std::string& home, std::vector<Error>& notes)
      : database_(database), directory_(journals_directory(home)), notes_(notes) {}

  Result<> fold() {
    const Stamp directory = stamp_of(directory_);
    if (directory.size < 0) {
      if (errno != ENOENT) notes_.push_back(system_error("reading", directory_, errno));
      return tell_notes();
    }
    if (const auto found = find_changed(directory); !found) return found;
    if (!changed_.empty()) {
      if (const auto done = take_all(directory); !done) return done;
    } else if (listed_) {
      (void)remember_directory(directory);  // saves the next command a listing; a home that cannot be written does without
    }
    return tell_notes();
  }

 private:
  // Fills changed_ with the names to read.
  Result<> find_changed(const Stamp& directory) {
    std::int64_t seen = 0;
    Statement stored = database_.prepare("SELECT value FROM meta WHERE key='directory_ns'");
    if (stored.step()) seen = stored.integer(0);
    if (const auto status = stored.status(); !status) return status;
    listed_ = seen == 0 || seen != directory.changed_ns;
    const auto known = known_files(listed_ ? "" : " WHERE open");
    if (!known) return unexpected(known.error());
    for (const auto& [name, file] : *known) {
      if (file.open != kEnded && (file.open == kRunning || stamp_of(path_of(name)) != file.stamp)) changed_.push_back(name);
    }
    return listed_ ? add_unknown(*known) : Result<>();
  }

  Result<Files> known_files(const std::string& where) {
    Files files;
    Statement rows = database_.prepare("SELECT name, size, changed_ns, open FROM files" + where);
    while (rows.step()) files[std::string(rows.text(0))] = {{rows.integer(1), rows.integer(2)}, rows.integer(3)};
    if (const auto status = rows.status(); !status) return unexpected(status.error());
    return files;
  }

  Result<> add_unknown(const Files& known) {
    const auto names = list_directory(directory_);
    if (!names) return unexpected(names.error());
    for (const std::string& name : *names) {
      if ((name.ends_with(".journal") || name.ends_with(".name")) && !known.contains(name)) changed_.push_back(name);
    }
    return {};
  }

  Result<> take_all(const Stamp& directory) {
    Transaction transaction(database_);
    if (!transaction.begun()) return transaction.begun();
    // Names given later come after the runs they belong to.
    for (const bool names : {false, true}) {
      for (const std::string& name : changed_) {
        if (name.ends_with(".name") != names) continue;
        if (const auto done = names ? take_name(name) : take_journal(name); !done) return done;
      }
    }
    if (const auto done = remember_directory(directory); !done) return done;
    return transaction.commit();
  }

  Result<> take_journal(const std::string& name) {
    const Stamp stamp = settled(stamp_of(path_of(name)));
    const auto journal = read_journal(path_of(name));
    if (!journal && journal.error().code == Errc::not_found) return forget(name);
    if (!journal && journal.error().code == Errc::unavailable) {
      starting_ = true;
      return {};
    }
    if (!journal) return remember(name, stamp, "", kMayChange, journal.error().what);
    if (const auto put = put_journal(database_, *journal); !put) return put;
    const auto open = journal->run.state == RunState::running ? kRunning : journal->ended && journal->damage.empty() ? kEnded : kMayChange;
    const std::string note = journal->damage.empty() ? "" : "journal " + path_of(name) + ": " + journal->damage + "; the rest of run " + printable(journal->run.id, 60) + " is kept";
    return remember(name, stamp, journal->run.id, open, note);
  }

  // The file is named after its run; a run id that does not fit a file name is looked up by what its file would be called.
  Result<> take_name(const std::string& name) {
    const Stamp stamp = settled(stamp_of(path_of(name)));
    const auto given = read_regular_file(path_of(name));
    if (!given && given.error().code == Errc::not_found) return forget(name);
    if (!given) return remember(name, stamp, "", kMayChange, given.error().what);
    Statement ids = database_.prepare("SELECT id FROM runs WHERE id = ?1 OR (length(id) > 80 OR id GLOB '*[^-A-Za-z0-9_.]*' OR id GLOB '.*')");
    ids.bind(std::string_view(name).substr(0, name.size() - 5));
    while (ids.step()) {
      const std::string id(ids.text(0));
      if (name_file(id) != name) continue;
      Statement update = database_.prepare("UPDATE runs SET name=? WHERE id=?");
      if (const auto done = update.bind(*given).bind(id).run(); !done) return done;
      return remember(name, stamp, id, kMayChange, "");
    }
    return ids.status();
  }

  Result<> remember(const std::string& name, const Stamp& stamp, const std::string& run, std::int64_t open, const std::string& note) {
    Statement insert = database_.prepare("INSERT OR REPLACE INTO files VALUES(?,?,?,?,?,nullif(?,''))");
    return insert.bind(name).bind(stamp.size).bind(stamp.changed_ns).bind(run).bind(open).bind(note).run();
  }

  Result<> forget(const std::string& name) {
    Statement statement = database_.prepare("DELETE FROM files WHERE name=?");
    return statement.bind(name).run();
  }

  Result<> remember_directory(const Stamp& directory) {
    const std::int64_t changed = starting_ ? 0 : settled(directory).changed_ns;
    Statement insert = database_.prepare("INSERT OR REPLACE INTO meta VALUES('directory_ns', ?)");
    return insert.bind(changed).run();
  }

  Result<> tell_notes() {
    Statement rows = database_.prepare("SELECT note FROM files WHERE note IS NOT NULL");
    while (rows.step()) notes_.push_back({Errc::corrupt, std::string(rows.text(0)), ""});
    return rows.status();
  }

  [[nodiscard]] std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

  Database& database_;
  std::string directory_;
  std::vector<Error>& notes_;
  std::vector<std::string> changed_;
  bool listed_ = false;
  bool starting_ = false;   // a journal has no readable header yet: look again next time
};

}  // namespace

Result<> fold_journals(Database& database, const std::string& home, std::vector<Error>& notes) {
  return Folder(database, home, notes).fold();
}

}  // namespace carbontracker
