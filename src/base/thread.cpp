#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <string>
#include <system_error>

namespace carbontracker {

Result<std::thread> start_thread(std::string_view what, std::function<void()> body) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  Result<std::thread> started = unexpected(Errc::unavailable, "");
  try {
    started = std::thread(std::move(body));
  } catch (const std::system_error& error) {
    started = unexpected(Errc::unavailable, "starting the thread of " + std::string(what) + ": " + error.code().message(),
                         "look at the limits: ulimit -u, ulimit -v, pids.max");
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace carbontracker
