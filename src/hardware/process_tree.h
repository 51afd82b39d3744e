#pragma once
// CPU time of a process and of all that descend from it, each second of it counted exactly once.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "carbontracker/units.h"

namespace carbontracker {

// Linux keeps the time of a child that was waited for in its parent's cutime and cstime, so children that lived for
// milliseconds are in the sum even where no scan saw them. What happens to the time of a process that ends:
//   its parent waited   -> it is in the parent's cutime: the sum stays
//   we waited (wait4)   -> the caller hands the rusage to add_reaped(); orphans come to us where we are a subreaper
//   nobody waited       -> (SIGCHLD ignored) the kernel forgets it: what was last seen is kept here
// The real /proc is read whatever the host's root is, because pids are those of this process's namespace. One thread at a time.
class ProcessTree {
 public:
  struct Usage {
    Seconds cpu{};          // user + system since the processes began; never decreases
    double resident = 0;    // bytes of memory; what several share counts for each
    std::vector<int> pids;  // alive (or not yet waited for), ascending
  };

  // `reaper_pid`: the process whose children all belong to the tree (this process as a subreaper); 0: none.
  explicit ProcessTree(int root_pid, int reaper_pid = 0, std::string proc = "/proc")
      : ProcessTree(std::vector<int>{root_pid}, reaper_pid, std::move(proc)) {}
  // Several roots: the union of their trees, also where one descends from another.
  ProcessTree(std::vector<int> roots, int reaper_pid, std::string proc);

  // One pass over /proc. Processes that vanish meanwhile are normal.
  Usage read();
  // A process that is no part of the run although it descends from a root or from the reaper (a relay of the wrapper's), with its children;
  // let in again once it has ended, since its number will be another's.
  void exclude(int pid, bool out = true) {
    if (out) excluded_.insert(pid);
    else excluded_.erase(pid);
  }
  // User + system time of wait4's rusage for a child that the caller waited for.
  void add_reaped(Seconds cpu) { reaped_since_read_ += cpu.count(); }

 private:
  struct Process {
    int parent = 0;
    std::uint64_t start = 0;    // clock ticks after boot: tells a reused pid from the old one
    std::uint64_t own = 0;      // ticks, user + system
    std::uint64_t waited = 0;   // ticks, of children that were waited for
    std::uint64_t resident = 0; // pages
  };
  using Processes = std::map<int, Process>;

  [[nodiscard]] Processes scan();
  [[nodiscard]] bool read_process(int pid, Process& out) const;
  [[nodiscard]] Processes members_among(const Processes& seen) const;
  [[nodiscard]] bool belongs(int pid, const Process& process, const Processes& members) const;
  void settle(const Processes& now);

  std::set<int> roots_;
  std::set<int> excluded_;
  int reaper_;
  std::string proc_;
  double seconds_per_tick_, bytes_per_page_;
  Processes members_;         // as of the last read
  std::set<int> strangers_;   // pids known not to belong: not read again while they stay listed
  int reads_ = 0;
  double reaped_ = 0, reaped_since_read_ = 0;
  double forgotten_ = 0;      // seconds of processes that nobody waited for
  double reported_ = 0;
};

}  // namespace carbontracker
