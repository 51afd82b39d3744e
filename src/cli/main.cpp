#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"

// Ends by _exit: a vendor library's thread that hangs must not hold up the exit, and there is nothing left to destroy.
int main(int argc, char** argv) {
  const int code = carbontracker::cli::dispatch({argv + 1, argv + argc}, carbontracker::this_host());
  std::fflush(nullptr);
  ::_exit(code);
}
