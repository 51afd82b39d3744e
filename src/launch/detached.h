#pragma once
// Starts a program that nobody has to wait for, out of a process that is somebody else's: no SIGCHLD comes of it, waitpid(-1) does not find it, it has no descriptor of
// that process, and it outlives no promise: whoever starts it can end it.

#include <sys/types.h>

#include <string>
#include <vector>

#include "carbontracker/result.h"
#include "launch/descriptor.h"

namespace carbontracker {

struct DetachedRequest {
  std::vector<std::string> argv;         // argv[0]: a path
  std::vector<std::string> environment;  // "NAME=value"
  int in = -1, out = -1, err = -1;       // become 0, 1 and 2; -1: /dev/null
};

struct DetachedProcess {
  pid_t pid = -1;
  Descriptor end;                        // can be read when it has ended; closed where the kernel has no such descriptor (before 5.3)
};

// From any thread; takes a millisecond, however large the process. Errors are those of clone and execve.
[[nodiscard]] Result<DetachedProcess> start_detached(const DetachedRequest& request);
// SIGKILL, where it is still this process.
void end_detached(const DetachedProcess& process);
// Reaps it where this process has become its parent after all: as PID 1 of a container, or as a subreaper.
void reap_detached(pid_t pid);

}  // namespace carbontracker
