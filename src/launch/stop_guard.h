#pragma once
// Looks after a program that we have stopped: a small process that continues it should we be gone, whatever ended us.

#include <sys/types.h>

#include "carbontracker/result.h"
#include "launch/descriptor.h"

namespace carbontracker {

// One thread. Start it before the program is stopped, end it after it was continued.
class StopGuard {
 public:
  // Forks; the guard runs system calls alone and stands in a session of its own, so that a kill of our group leaves it. Errc::io where that fails.
  [[nodiscard]] static Result<StopGuard> start(pid_t child);
  ~StopGuard();  // tells it that it is not needed any more, and reaps it
  StopGuard(StopGuard&&) = default;
  StopGuard& operator=(StopGuard&&) = delete;
  // A process outside of the child's group that is about to be stopped: it is to be continued as well, the last one told first. False where nobody listens any more.
  bool tell(pid_t process) const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  StopGuard() = default;
  Descriptor line_;
  pid_t pid_ = -1;
};

}  // namespace carbontracker
