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

// One process at a time for one request. Without a home nothing is kept.
class WaitFile {
 public:
  // `request`: the command's words, its directory, and what was asked for.
  WaitFile(const std::string& home, const std::vector<std::string>& request);
  // Nothing where there is none, where it is damaged, or where its deadline passed more than a day ago: that wait was given up.
  [[nodiscard]] std::optional<WaitMemory> read(WallTime now) const;
  [[nodiscard]] Result<> write(const WaitMemory& memory) const;
  void remove() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;   // empty: no home
};

}  // namespace carbontracker::cli
