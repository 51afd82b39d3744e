#include "launch/spawn.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace carbontracker {
namespace {

// Runs between vfork and exec in our memory: system calls only. Every signal is blocked until the mask is set.
[[noreturn]] void become(const SpawnRequest& request, volatile SpawnOutcome& outcome) {
  ::setpgid(0, 0);
  if (request.terminal >= 0) ::tcsetpgrp(request.terminal, ::getpid());
  if (request.out >= 0) ::dup2(request.out, STDOUT_FILENO);
  if (request.err >= 0) ::dup2(request.err, STDERR_FILENO);
  if (request.ignore_child_signal) ::signal(SIGCHLD, SIG_IGN);
  outcome.stage = SpawnOutcome::directory;
  if (!request.directory || ::chdir(request.directory) == 0) {
    outcome.stage = SpawnOutcome::exec;
    ::sigprocmask(SIG_SETMASK, &request.mask, nullptr);
    ::execvpe(request.argv[0], const_cast<char* const*>(request.argv), const_cast<char* const*>(request.environment));
  }
  outcome.error_number = errno;
  ::_exit(127);
}

[[gnu::noinline]] pid_t vfork_and_become(const SpawnRequest& request, volatile SpawnOutcome& outcome) {
  const pid_t pid = ::vfork();
  if (pid == 0) become(request, outcome);
  if (pid < 0) outcome.error_number = errno;
  return pid;
}

}  // namespace

SpawnOutcome spawn(const SpawnRequest& request) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile SpawnOutcome outcome;
  const pid_t pid = vfork_and_become(request, outcome);
  if (pid > 0 && outcome.error_number != 0) ::waitpid(pid, nullptr, 0);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  SpawnOutcome result;
  result.stage = outcome.stage;
  result.error_number = outcome.error_number;
  result.pid = result.error_number == 0 ? pid : -1;
  return result;
}

}  // namespace carbontracker
