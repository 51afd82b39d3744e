#include "launch/foreground.h"

#include <fcntl.h>
#include <signal.h>

namespace carbontracker {
namespace {

// A background group that sets the foreground is stopped by SIGTTOU unless that is blocked.
void set_foreground(int terminal, pid_t group) {
  sigset_t output, mask;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &output, &mask);
  ::tcsetpgrp(terminal, group);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace

Foreground::Foreground() : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}

bool Foreground::ours() const { return terminal_.open() && ::tcgetpgrp(terminal_.get()) == ::getpgrp(); }

void Foreground::give_to(pid_t group) {
  if (!ours()) return;
  set_foreground(terminal_.get(), group);
  holder_ = group;
}

void Foreground::take_back() {
  if (holder_ == 0) return;
  const pid_t now = ::tcgetpgrp(terminal_.get());
  const bool nobodys = now > 0 && (now == holder_ || ::kill(-now, 0) != 0);
  if (nobodys) set_foreground(terminal_.get(), ::getpgrp());
  holder_ = 0;
}

}  // namespace carbontracker
