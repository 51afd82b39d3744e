// Programs for the tests to wrap: with CT_TEST_HELPER set, the test program is one of them instead of running tests.

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

void say(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(1, text, std::strlen(text));
}

void tell_signal(int number) {
  char text[32];
  std::snprintf(text, sizeof text, "got %d.\n", number);
  say(text);
}

// Tells each signal it gets, once per arrival; ends only by SIGKILL or after 60 s.
void tell_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH}) {
    struct sigaction before {};
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = tell_signal;
    sigfillset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
  }
  char text[64];
  std::snprintf(text, sizeof text, "ready %d\n", ::getpid());
  say(text);
  ::alarm(60);
  for (;;) ::pause();
}

void tell_width() {
  winsize size{};
  ::ioctl(1, TIOCGWINSZ, &size);
  char text[64];
  std::snprintf(text, sizeof text, "out %d err %d columns %d\n", ::isatty(1), ::isatty(2), size.ws_col);
  say(text);
}

// The width of its output, again each time it changes; tells SIGWINCH too.
void tell_sizes() {
  struct sigaction action {};
  action.sa_handler = tell_signal;
  ::sigaction(SIGWINCH, &action, nullptr);
  int before = 0;
  ::alarm(60);
  for (;;) {
    winsize size{};
    ::ioctl(1, TIOCGWINSZ, &size);
    char text[32];
    std::snprintf(text, sizeof text, "columns %d\n", size.ws_col);
    if (size.ws_col != before) say(text);
    before = size.ws_col;
    ::usleep(2000);
  }
}

void tell_dispositions() {
  const auto ignored = [](int number) {
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    return action.sa_handler == SIG_IGN;
  };
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  char text[96];
  std::snprintf(text, sizeof text, "hup %d chld %d int %d blocked-term %d leader %d\n", ignored(SIGHUP), ignored(SIGCHLD), ignored(SIGINT),
                sigismember(&mask, SIGTERM), ::getpgrp() == ::getpid());
  say(text);
}

__attribute__((constructor)) void become_a_helper() {
  const char* name = std::getenv("CT_TEST_HELPER");
  if (!name) return;
  const std::string_view which = name;
  if (which == "signals") tell_signals();
  if (which == "width") tell_width();
  if (which == "sizes") tell_sizes();
  if (which == "dispositions") tell_dispositions();
  ::_exit(0);
}

}  // namespace
