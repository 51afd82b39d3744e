#include "launch/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.h"

namespace carbontracker {
namespace {

constexpr int kForwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t wanted() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (const int signal : kForwarded) {
    if (!is_ignored(signal)) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

Result<Signals> Signals::take() {
  Signals taken;
  taken.child_was_ignored_ = is_ignored(SIGCHLD);
  const sigset_t set = wanted();
  taken.fd_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (taken.fd_ < 0) return unexpected(system_error("opening", "signalfd", errno));
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;  // where it is ignored the kernel reaps our children itself and keeps their status
  ::sigaction(SIGCHLD, &standard, &taken.original_child_);
  // While the child has the terminal we are in the background: with `stty tostop` our own lines would stop us otherwise.
  sigset_t blocked = set;
  sigaddset(&blocked, SIGTTOU);
  sigaddset(&blocked, SIGPIPE);  // whoever read our own lines may have gone
  ::pthread_sigmask(SIG_BLOCK, &blocked, &taken.original_mask_);
  return taken;
}

Signals::Signals(Signals&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), original_mask_(other.original_mask_), original_child_(other.original_child_),
      child_was_ignored_(other.child_was_ignored_) {}

Signals::~Signals() {
  if (fd_ < 0) return;
  while (next().number != 0) {}  // meant for the child, which has ended; they must not end us now
  if (sigismember(&original_mask_, SIGPIPE) == 0) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    const timespec at_once{};
    while (::sigtimedwait(&pipe, nullptr, &at_once) > 0) {}
  }
  ::close(fd_);
  ::sigaction(SIGCHLD, &original_child_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &original_mask_, nullptr);
}

Signals::Arrival Signals::next() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return {};
  return {static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL};
}

bool send_to_child(pid_t child, int signal) {
  const bool leads_its_group = ::getpgid(child) == child;
  if (leads_its_group && ::kill(-child, signal) == 0) return true;
  return ::kill(child, signal) == 0;
}

bool stop_ourselves(bool whole_group) {
  struct sigaction standard {}, before {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &standard, &before);
  ::kill(whole_group ? 0 : ::getpid(), SIGTSTP);
  sigset_t stop, mask;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop, &mask);  // here it takes effect
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGTSTP, &before, nullptr);
  sigset_t waiting;
  return ::sigpending(&waiting) == 0 && sigismember(&waiting, SIGCONT) == 1;  // nothing else continues a stopped process
}

}  // namespace carbontracker
