#include "launch/stop_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

#include "base/files.h"
#include "launch/signals.h"

namespace carbontracker {
namespace {

[[noreturn]] void guard(int line, pid_t child) {
  ::setsid();
  ::prctl(PR_SET_NAME, "ct-guard");
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  // Nothing of ours may be held open by it, our end of the line least of all.
  if (line > 0) ::syscall(SYS_close_range, 0u, static_cast<unsigned>(line) - 1, 0u);
  ::syscall(SYS_close_range, static_cast<unsigned>(line) + 1, ~0u, 0u);
  char word = 0;
  ssize_t got = 0;
  while ((got = ::read(line, &word, 1)) < 0 && errno == EINTR) {
  }
  if (got != 1) send_to_child(child, SIGCONT);  // the line ended without a word
  ::_exit(0);
}

}  // namespace

Result<StopGuard> StopGuard::start(pid_t child) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return unexpected(system_error("opening", "a pipe", errno));
  StopGuard out;
  const Descriptor theirs(ends[0]);
  out.line_ = Descriptor(ends[1]);
  out.pid_ = ::fork();
  if (out.pid_ < 0) return unexpected(system_error("starting", "the process that looks after a paused program", errno));
  if (out.pid_ == 0) guard(ends[0], child);
  return out;
}

StopGuard::~StopGuard() {
  if (!line_.open()) return;
  const char word = 'e';
  [[maybe_unused]] const ssize_t told = ::write(line_.get(), &word, 1);
  line_.close();
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace carbontracker
