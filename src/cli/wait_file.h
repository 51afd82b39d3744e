#pragma once
// What is remembered of a wait, so that the same command started again keeps the deadline it was first given. One small file a wait, in the data home.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "carbontracker/result.h"

namespace carbontracker::cli {

struct WaitMemory {
  WallTime since{}, deadline{};
};

// Waits for the same request may go on side by side: each holds a file of its own (waits/HASH.json, HASH.1.json, ...), locked while its process lives
// (flock, which the kernel gives up with the process). One that is started again takes up a file that nobody holds. Without a home nothing is kept.
class WaitFile {
 public:
  static constexpr int kMostAlike = 64;
  // `request`: the command's words, its directory, and what was asked for.
  WaitFile(const std::string& home, const std::vector<std::string>& request);
  ~WaitFile();
  WaitFile(const WaitFile&) = delete;
  WaitFile& operator=(const WaitFile&) = delete;

  // Takes hold of a file: that of a wait which nobody holds any more, whose memory it returns, else a new one. What is damaged, or whose deadline
  // passed more than a day ago (that wait was given up), is no memory.
  [[nodiscard]] std::optional<WaitMemory> take(WallTime now);
  // In the file that was taken. Errors of the file system; Errc::unavailable where kMostAlike waits alike go on.
  [[nodiscard]] Result<> write(const WaitMemory& memory);
  // Forgets the wait, and lets go of its file.
  void remove();
  [[nodiscard]] const std::string& path() const { return path_; }  // of the file that was taken

 private:
  [[nodiscard]] std::string path_of(int number) const;
  [[nodiscard]] std::optional<WaitMemory> memory(WallTime now) const;
  bool lock(const std::string& path, bool make);
  void let_go();

  std::string base_;   // without the ending; empty: no home
  std::string path_;
  int fd_ = -1;
  Error trouble_{};    // why none could be taken
};

}  // namespace carbontracker::cli
