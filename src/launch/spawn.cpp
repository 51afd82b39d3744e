#include "launch/spawn.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace carbontracker {
namespace {

struct Failure {
  SpawnOutcome::Stage stage;
  int error_number;
};

// Runs between vfork and exec in our memory: system calls only. Every signal is blocked until the mask is set. What fails is
// told through a pipe that exec closes: ThreadSanitizer makes a fork of every vfork, and memory is not shared then. Where no
// descriptor is left for a pipe (-1) the memory must do.
[[noreturn]] void become(const SpawnRequest& request, int failed, volatile Failure& shared) {
  ::setpgid(0, 0);
  if (request.terminal >= 0) ::tcsetpgrp(request.terminal, ::getpid());
  if (request.out >= 0) ::dup2(request.out, STDOUT_FILENO);
  if (request.err >= 0) ::dup2(request.err, STDERR_FILENO);
  if (request.ignore_child_signal) ::signal(SIGCHLD, SIG_IGN);
  Failure failure{SpawnOutcome::directory, 0};
  if (!request.directory || ::chdir(request.directory) == 0) {
    failure.stage = SpawnOutcome::exec;
    ::sigprocmask(SIG_SETMASK, &request.mask, nullptr);
    ::execvpe(request.argv[0], const_cast<char* const*>(request.argv), const_cast<char* const*>(request.environment));
  }
  failure.error_number = errno;
  shared.stage = failure.stage;
  shared.error_number = failure.error_number;
  [[maybe_unused]] const ssize_t told = ::write(failed, &failure, sizeof failure);
  ::_exit(127);
}

void close_end(int fd) {
  if (fd >= 0) ::close(fd);
}

[[gnu::noinline]] pid_t vfork_and_become(const SpawnRequest& request, int failed, volatile Failure& shared) {
  const pid_t pid = ::vfork();
  if (pid == 0) become(request, failed, shared);
  return pid;
}

}  // namespace

SpawnOutcome spawn(const SpawnRequest& request) {
  SpawnOutcome result;
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) pipe[0] = pipe[1] = -1;
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  Failure shared{SpawnOutcome::fork, 0};
  result.pid = vfork_and_become(request, pipe[1], shared);
  if (result.pid < 0) result.error_number = errno;
  close_end(pipe[1]);
  Failure failure = shared;
  const bool told = ::read(pipe[0], &failure, sizeof failure) == sizeof failure;
  if (result.pid > 0 && (told || failure.error_number != 0)) {
    ::waitpid(result.pid, nullptr, 0);
    result = {-1, failure.stage, failure.error_number};
  }
  close_end(pipe[0]);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result;
}

}  // namespace carbontracker
