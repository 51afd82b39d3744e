#pragma once
// Starts a program: own group, foreground, descriptors, mask and dispositions as given. vfork, so the cost does not grow with our memory.

#include <signal.h>
#include <sys/types.h>

namespace carbontracker {

struct SpawnRequest {
  const char* const* argv = nullptr;       // null-terminated; argv[0] is looked up in PATH
  const char* const* environment = nullptr;
  const char* directory = nullptr;         // null: ours
  int out = -1, err = -1;                  // become 1 and 2; -1: as ours
  int terminal = -1;                       // the controlling terminal whose foreground the new group becomes; -1: none
  sigset_t mask{};
  bool ignore_child_signal = false;
};

struct SpawnOutcome {
  pid_t pid = -1;                          // -1: not started
  enum Stage { fork, directory, exec } stage = fork;
  int error_number = 0;
};

// posix_spawn cannot leave SIGCHLD ignored and learnt to set a foreground group only with glibc 2.35, hence our own.
[[nodiscard]] SpawnOutcome spawn(const SpawnRequest& request);

}  // namespace carbontracker
