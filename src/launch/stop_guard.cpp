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

constexpr pid_t kEnd = 0;          // a word of the line: no process, the guard is not needed any more
constexpr int kMostOutside = 4096;  // processes outside of the child's group; the array is on the stack
constexpr int kMostHandles = 900;   // of them held by a descriptor, which the usual limit of 1024 allows

struct Outside {
  pid_t pid = 0;
  int handle = -1;                 // pidfd: it cannot come to mean another process
};

// What a fork of a program with threads may call: system calls, and nothing that takes memory.
void continue_all(const Outside* outside, int count, pid_t child) {
  for (int i = count - 1; i >= 0; --i) {
    if (outside[i].handle >= 0) ::syscall(SYS_pidfd_send_signal, outside[i].handle, SIGCONT, nullptr, 0);
    else ::kill(outside[i].pid, SIGCONT);
  }
  ::kill(-child, SIGCONT);  // also where its leader is gone
  if (::getpgid(child) != child) ::kill(child, SIGCONT);
}

[[noreturn]] void guard(int line, pid_t child) {
  ::setsid();
  ::prctl(PR_SET_NAME, "ct-guard");
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  // Nothing of ours may be held open by it, our end of the line least of all.
  if (line > 0) ::syscall(SYS_close_range, 0u, static_cast<unsigned>(line) - 1, 0u);
  ::syscall(SYS_close_range, static_cast<unsigned>(line) + 1, ~0u, 0u);
  Outside outside[kMostOutside];
  int count = 0;
  for (;;) {
    pid_t word = kEnd;
    const ssize_t got = ::read(line, &word, sizeof word);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof word) break;  // the line ended without the last word
    if (word == kEnd) ::_exit(0);
    if (count < kMostOutside) outside[count++] = {word, count < kMostHandles ? static_cast<int>(::syscall(SYS_pidfd_open, word, 0)) : -1};
  }
  continue_all(outside, count, child);
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

bool StopGuard::tell(pid_t process) const { return ::write(line_.get(), &process, sizeof process) == sizeof process; }

StopGuard::~StopGuard() {
  if (!line_.open()) return;
  (void)tell(kEnd);
  line_.close();
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace carbontracker
