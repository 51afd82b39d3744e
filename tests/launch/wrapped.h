#pragma once
// Runs a wrapper (Signals, Child::start, Child::wait) in a process of its own, with the descriptors that a test chooses.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>

#include "launch/child.h"

namespace carbontracker {

struct Ends {
  Descriptor read, write;
};
inline Ends make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

struct WrapperSetup {
  Command command;
  ProgressMode mode = ProgressMode::automatic;
  int in = -1, out = -1, err = -1;     // -1: the test's own
  int samples = -1;                    // where what on_output saw is written to
  int reaped = -1;                     // a line "pid cpu_ms" for each process that was reaped
  int relays = -1;                     // a line "pid begins" or "pid ended" for each relay that on_relay told of
  std::function<void()> before;        // runs first in the wrapper
};

inline void write_text(int fd, std::string_view text) {
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

// The wrapper itself; returns its exit code.
inline int wrapper_main(const WrapperSetup& setup) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that failed leaves nobody who holds the pipes that its runner reads
  if (setup.before) setup.before();
  if (setup.in >= 0) ::dup2(setup.in, 0);
  if (setup.out >= 0) ::dup2(setup.out, 1);
  if (setup.err >= 0) ::dup2(setup.err, 2);
  auto signals = Signals::take();
  if (!signals) return 99;
  auto child = Child::start(setup.command, plan_streams(setup.mode), *signals);
  if (!child) return exit_code_of(child.error());
  ChildEvents events;
  events.on_output = [&](int, std::string_view bytes) { write_text(setup.samples, bytes); };
  events.on_reaped = [&](pid_t pid, Seconds cpu) {
    write_text(setup.reaped, std::to_string(pid) + (pid == child->pid() ? " child " : " orphan ") + std::to_string(static_cast<int>(cpu.count() * 1000)) + "\n");
  };
  events.on_relay = [&](pid_t pid, bool begins) { write_text(setup.relays, std::to_string(pid) + (begins ? " begins\n" : " ended\n")); };
  const auto status = child->wait(*signals, events);
  return status ? status->code : 98;
}

inline pid_t start_wrapper(const WrapperSetup& setup) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(wrapper_main(setup));
  ::setpgid(pid, pid);
  return pid;
}

inline int exit_of(pid_t pid) {
  int raw = 0;
  if (::waitpid(pid, &raw, 0) != pid) return -1;
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
}

inline int run_wrapped(const WrapperSetup& setup) { return exit_of(start_wrapper(setup)); }

// Reads until `text` was seen, the end, or two minutes; returns all that was read.
inline std::string read_until(int fd, std::string_view text) {
  std::string got;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (got.find(text) == std::string::npos || text.empty()) {
    pollfd poll_fd{fd, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0 || ::poll(&poll_fd, 1, static_cast<int>(left)) <= 0) break;
    char buffer[65536];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    got.append(buffer, static_cast<std::size_t>(count));
  }
  return got;
}
inline std::string read_all(int fd) { return read_until(fd, ""); }

inline Command shell(const std::string& script) { return {{"sh", "-c", script}, "", {}}; }
// This program, as one of the helpers in helpers_test.cpp.
inline Command helper(const std::string& name) { return {{"/proc/self/exe"}, "", {{"CT_TEST_HELPER", name}}}; }

}  // namespace carbontracker
