#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/provider_settings.h"

namespace {

// A standard stream that we were started without stays closed for the command (close-on-exec), and no file of ours takes its
// number. Opened the wrong way round, so that using it still fails.
void occupy_closed_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int opened = ::open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    if (opened != fd && opened >= 0) ::close(opened);
  }
}

}  // namespace

// Ends by _exit: a vendor library's thread that hangs must not hold up the exit, and there is nothing left to destroy.
int main(int argc, char** argv) {
  occupy_closed_streams();
  const int code = carbontracker::cli::dispatch({argv + 1, argv + argc}, carbontracker::cli::with_provider_settings(carbontracker::this_host()));
  std::fflush(nullptr);
  ::_exit(code);
}
