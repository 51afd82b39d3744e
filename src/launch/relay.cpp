#include "launch/relay.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <utility>

#include "base/files.h"
#include "launch/relay_loop.h"

namespace carbontracker {
namespace {

// Keeps only `keep` (sorted): a descriptor more would hold somebody else's pipe or file open for as long as we live.
void close_others(const int* keep, int count) {
  unsigned from = 0;
  for (int i = 0; i < count; ++i) {
    const auto kept = static_cast<unsigned>(keep[i]);
    if (kept > from) ::syscall(SYS_close_range, from, kept - 1, 0u);
    from = kept + 1;
  }
  ::syscall(SYS_close_range, from, ~0u, 0u);
}

// What is meant for the training must not end its relay, which shares its group where there is a terminal.
void ignore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE}) ::signal(signal, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void be_the_relay(RelayLine* lines, int count, int control) {
  ignore_signals();
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "ct-relay");
  int keep[8] = {control};
  int kept = 1;
  for (int i = 0; i < count; ++i) {
    for (const int fd : {lines[i].in, lines[i].out, lines[i].tap}) keep[kept++] = fd;
  }
  for (int i = 1; i < kept; ++i) {  // a handful: sorted by insertion
    for (int j = i; j > 0 && keep[j - 1] > keep[j]; --j) std::swap(keep[j - 1], keep[j]);
  }
  close_others(keep, kept);
  if (::chdir("/") != 0) ::_exit(1);
  run_relay_loop(lines, count, control);
  ::_exit(0);
}

}  // namespace

Result<Relay> Relay::start(RelayedStream* streams, int count) {
  Relay relay;
  RelayLine lines[2];
  Descriptor taps[2];
  for (int i = 0; i < count; ++i) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return unexpected(system_error("opening", "a pipe", errno));
    relay.samples_[i] = Descriptor(ends[0]);
    taps[i] = Descriptor(ends[1]);
    lines[i] = {streams[i].in.get(), streams[i].out.get(), ends[1], streams[i].terminal};
  }
  int control[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, control) != 0) return unexpected(system_error("opening", "a socket pair", errno));
  relay.control_ = Descriptor(control[0]);
  const Descriptor theirs(control[1]);
  relay.count_ = count;
  relay.pid_ = ::fork();
  if (relay.pid_ < 0) return unexpected(system_error("starting", "the output relay", errno));
  if (relay.pid_ == 0) be_the_relay(lines, count, control[1]);
  for (int i = 0; i < count; ++i) relay.kept_[i] = {std::move(streams[i].in), std::move(streams[i].out), streams[i].terminal};
  return relay;
}

void Relay::hear() {
  char word = 0;
  ssize_t got = 0;
  while ((got = ::recv(control_.get(), &word, 1, MSG_DONTWAIT)) == 1) {
    if (word == '0' || word == '1') kept_[word - '0'] = {};
    else drained_ = true;
  }
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) control_.close();
}

Result<Relay> Relay::again(int* which) {
  RelayedStream streams[2];
  int count = 0;
  for (int i = 0; i < count_; ++i) {
    if (!kept_[i].in.open()) continue;
    which[count] = i;
    streams[count].in = std::move(kept_[i].in);
    streams[count].out = std::move(kept_[i].out);
    streams[count++].terminal = kept_[i].terminal;
  }
  return start(streams, count);
}

void Relay::ask_drained() {
  drained_ = false;
  const char question = 'd';
  [[maybe_unused]] const ssize_t sent = ::send(control_.get(), &question, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace carbontracker
