#pragma once
// The processes of a program that we have started, wherever they have gone: launchers (torchrun) give their workers sessions of their own.

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace carbontracker {

struct RunProcess {
  pid_t pid = 0, parent = 0, group = 0;
  char state = 0;               // as in /proc: 'R', 'S', 'T' (stopped), 'Z' (ended)
  std::uint64_t start = 0;      // clock ticks after boot: tells a number that is used again
};

// What descends from `root`, itself included, and the orphans that came to this process; parents before their children. Left out: copies of
// this program that are children of this process (what copies output, guards, asks). One pass over /proc; empty where it cannot be read.
[[nodiscard]] std::vector<RunProcess> processes_of(pid_t root);
// Whether that process still is the one it was.
[[nodiscard]] bool lives(const RunProcess& process);

}  // namespace carbontracker
