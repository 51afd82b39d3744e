#include "termination.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace carbontracker::python {
namespace {

std::atomic<int> told{-1};    // the end of the pipe that is written to
std::atomic<pid_t> owner{0};  // a fork has the handler and the pipe as well, until it gives them back: its signal is no concern of ours

void on_term(int number) {
  const int before = errno;
  if (::getpid() == owner.load()) {
    [[maybe_unused]] const auto written = ::write(told.load(), "t", 1);
  } else {
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  errno = before;
}

}  // namespace

int hear_sigterm() {
  struct sigaction standing {};
  if (told.load() >= 0 || ::sigaction(SIGTERM, nullptr, &standing) != 0 || (standing.sa_flags & SA_SIGINFO) != 0 || standing.sa_handler != SIG_DFL) return -1;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  told = ends[1];
  owner = ::getpid();
  struct sigaction ours {};
  ours.sa_handler = on_term;
  ours.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &ours, nullptr);
  return ends[0];
}

void give_sigterm_back() {
  struct sigaction standing {};
  if (::sigaction(SIGTERM, nullptr, &standing) == 0 && (standing.sa_flags & SA_SIGINFO) == 0 && standing.sa_handler == on_term) ::signal(SIGTERM, SIG_DFL);
  if (const int end = told.exchange(-1); end >= 0) ::close(end);
}

}  // namespace carbontracker::python
