#include "cli/limit_guardian.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/files.h"
#include "hardware/power_limits.h"

namespace carbontracker::cli {
namespace {

constexpr int kLookMs = 100;
constexpr int kAnswerMs = 20'000;   // NVML may take seconds to start

// One answer: "ok\n", or the error's code, what and hint, each a line.
std::string answer_of(const Result<>& done) {
  if (done) return "ok\n";
  return std::to_string(static_cast<int>(done.error().code)) + "\n" + done.error().what + "\n" + done.error().hint + "\n";
}

void say(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t sent = ::send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;   // nobody listens any more
    at += static_cast<std::size_t>(sent);
  }
}

// Until the parent says a word or closes its end, or is gone: a copy of that end may live on in another child of it.
void wait_for_the_end(int line, pid_t parent) {
  pollfd fd{line, POLLIN, 0};
  while (::getppid() == parent && ::poll(&fd, 1, kLookMs) <= 0) {
  }
}

void leave_the_terminal() {
  ::setsid();
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
}

[[noreturn]] void guard(const Host& host, int line, pid_t parent) {
  leave_the_terminal();
  const auto limits = PowerLimits::open(host);
  const Result<> ready = limits ? limits->try_rights() : Result<>(unexpected(limits.error()));
  say(line, answer_of(ready));
  if (!ready) ::_exit(0);
  wait_for_the_end(line, parent);
  say(line, answer_of(limits->put_back()));
  ::_exit(0);
}

// What the other side says next, up to its end or three lines.
Result<> heard(int fd) {
  std::string text;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    char buffer[512];
    const int polled = ::poll(&ready, 1, kAnswerMs);
    if (polled < 0 && errno == EINTR) continue;
    const ssize_t got = polled > 0 ? ::read(fd, buffer, sizeof buffer) : -1;
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text == "ok\n") return {};
    if (std::count(text.begin(), text.end(), '\n') >= 3) break;
  }
  const auto first = text.find('\n'), second = text.find('\n', first + 1);
  if (first == std::string::npos || second == std::string::npos)
    return unexpected(Errc::io, "the process that looks after the power limits gave no answer", "nvidia-smi -q -d POWER shows the limits; nvidia-smi -pl WATTS sets one");
  const int code = std::atoi(text.c_str());
  return unexpected(static_cast<Errc>(code), text.substr(first + 1, second - first - 1), text.substr(second + 1, text.find('\n', second + 1) - second - 1));
}

}  // namespace

Result<LimitGuardian> LimitGuardian::start(const Host& host) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return unexpected(system_error("making", "a pair of sockets", errno));
  LimitGuardian out;
  out.line_ = Descriptor(ends[0]);
  Descriptor theirs(ends[1]);
  const pid_t parent = ::getpid(), pid = ::fork();
  if (pid < 0) return unexpected(system_error("starting", "the process that looks after the power limits", errno));
  if (pid == 0) {
    out.line_.close();
    guard(host, theirs.get(), parent);
  }
  theirs.close();   // so that its death is heard
  if (const auto ready = heard(out.line_.get()); !ready) {
    out.line_.close();
    return unexpected(ready.error());
  }
  return out;
}

LimitGuardian::~LimitGuardian() {
  if (line_.open()) (void)release();
}

Result<> LimitGuardian::release() {
  say(line_.get(), "end\n");
  auto done = heard(line_.get());
  line_.close();
  return done;
}

}  // namespace carbontracker::cli
