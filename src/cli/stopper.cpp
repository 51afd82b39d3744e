#include "cli/stopper.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/signals.h"

namespace carbontracker::cli {
namespace {

constexpr int kLookMs = 20;

bool told_to_hurry() {
  sigset_t waiting;
  return ::sigpending(&waiting) == 0 && (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGHUP) == 1);
}

}  // namespace

void Stopper::stop(pid_t child, pid_t relay) {
  if (asked_) return;
  child_ = child;
  relay_ = relay;
  asked_ = clock_.now();
  send_to_child(child_, SIGTERM);
  send_to_child(child_, SIGCONT);  // a stopped process acts on no other signal
}

void Stopper::kill() {
  killed_ = true;
  if (relay_ > 0) ::setpgid(relay_, 0);  // what was printed is still to be passed on
  send_to_child(child_, SIGKILL);
}

void Stopper::tick() {
  if (!asked_ || killed_ || !grace_is_over()) return;
  kill();
}

// Orphans of the group are ours to reap: until then they count as its members.
bool Stopper::group_lives() const {
  while (::waitpid(-child_, nullptr, WNOHANG) > 0) {
  }
  return ::kill(-child_, 0) == 0;
}

void Stopper::finish() {
  if (!asked_) return;
  if (relay_ > 0) ::setpgid(relay_, 0);
  bool killed = killed_;
  while (group_lives()) {
    if (!killed && (grace_is_over() || told_to_hurry())) {
      ::kill(-child_, SIGKILL);
      killed = true;
    } else if (killed && seconds_between(*asked_, clock_.now()) >= kGrace * 2) {
      return;  // in the kernel's hands: it cannot be killed
    }
    ::poll(nullptr, 0, kLookMs);
  }
}

}  // namespace carbontracker::cli
