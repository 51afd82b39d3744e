#pragma once
// The signals of the wrapper: taken out of the air before any thread exists, read from one descriptor, given to the child once.

#include <signal.h>
#include <sys/types.h>

#include "carbontracker/result.h"

namespace carbontracker {

// Blocks INT, TERM, HUP, QUIT, USR1, USR2, TSTP, CONT, WINCH and CHLD for this thread and for every thread it makes later, and
// reads them from a descriptor. A signal that we inherited as ignored (nohup) is left alone: nobody receives it, as without us.
// Take it in the main thread before other threads are made. The destructor puts mask and dispositions back (B142).
class Signals {
 public:
  [[nodiscard]] static Result<Signals> take();
  ~Signals();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  Signals(const Signals&) = delete;

  [[nodiscard]] int descriptor() const { return fd_; }
  // The mask as we got it: the child's.
  [[nodiscard]] const sigset_t& original_mask() const { return original_mask_; }
  // SIGCHLD came ignored; we need it, the child shall have it as it came.
  [[nodiscard]] bool child_signal_was_ignored() const { return child_was_ignored_; }

  struct Arrival {
    int number = 0;          // 0: none waiting
    bool from_kernel = false;  // made by a terminal, not by kill()
  };
  [[nodiscard]] Arrival next();

 private:
  Signals() = default;
  int fd_ = -1;
  sigset_t original_mask_{};
  struct sigaction original_child_ {};
  bool child_was_ignored_ = false;
};

// Gives `signal` to the group that `child` leads, or to the child alone once it has left for a group of its own. False, with errno, where nobody could be given it.
bool send_to_child(pid_t child, int signal);

// Stops us as the terminal's stop key would, with our whole group (the rest of a pipeline) or alone, and returns when continued.
// False where we were not stopped: the kernel stops no group that no shell looks after.
[[nodiscard]] bool stop_ourselves(bool whole_group);

}  // namespace carbontracker
