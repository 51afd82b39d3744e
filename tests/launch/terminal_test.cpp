// The wrapper as a job of a shell on a terminal: keys, stops, sizes, and who has the foreground.

#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>

#include "launch/wrapped.h"

namespace carbontracker {
namespace {

void set_foreground(pid_t group) {
  ::signal(SIGTTOU, SIG_IGN);
  ::tcsetpgrp(0, group);
}

// A shell with one job, the wrapper. It tells "stopped" and "exit N" on `told`, and continues the job for a byte on `orders`.
[[noreturn]] void be_a_shell(const Command& command, int told, int orders) {
  const pid_t job = ::fork();
  if (job == 0) {
    ::setpgid(0, 0);
    set_foreground(::getpid());
    ::signal(SIGTTOU, SIG_DFL);
    WrapperSetup setup{.command = command};
    ::_exit(wrapper_main(setup));
  }
  ::setpgid(job, job);
  for (;;) {
    int raw = 0;
    if (::waitpid(job, &raw, WUNTRACED) != job) ::_exit(1);
    const bool ours = ::tcgetpgrp(0) == job;
    if (!WIFSTOPPED(raw)) {
      write_text(told, "exit " + std::to_string(WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw)) + (ours ? " taken back" : " lost") + "\n");
      ::_exit(0);
    }
    set_foreground(::getpgrp());
    write_text(told, "stopped\n");
    char order = 0;
    if (::read(orders, &order, 1) != 1) ::_exit(1);
    set_foreground(job);
    ::kill(-job, SIGCONT);
  }
}

struct Session {
  Descriptor master;
  Ends told = make_pipe(), orders = make_pipe();
  pid_t shell = -1;

  explicit Session(const Command& command) {
    int end = -1;
    winsize size{40, 100, 0, 0};
    shell = ::forkpty(&end, nullptr, nullptr, &size);
    if (shell == 0) be_a_shell(command, told.write.get(), orders.read.get());
    master = Descriptor(end);
    told.write.close();
  }
  ~Session() {
    ::kill(shell, SIGKILL);
    ::waitpid(shell, nullptr, 0);
  }
  std::string until(std::string_view text) const { return read_until(master.get(), text); }
  void type(std::string_view keys) const { write_text(master.get(), keys); }
  [[nodiscard]] std::string tells() const { return read_until(told.read.get(), "\n"); }
};

int count(const std::string& text, std::string_view part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Terminal, TheInterruptKeyReachesTheChildOnce) {
  Session session(helper("signals"));
  const std::string ready = session.until("\n");
  const auto word = ready.find("ready ");
  ASSERT_NE(word, std::string::npos) << ready;
  const pid_t child = std::stoi(ready.substr(word + 6));
  session.type("\x03");
  std::string told = session.until("got 2.");
  ::kill(child, SIGUSR1);
  told += session.until("got 10.");
  EXPECT_EQ(count(told, "got 2."), 1) << told;
  ::kill(child, SIGKILL);
  EXPECT_EQ(session.tells(), "exit 137 taken back\n");
}

TEST(Terminal, TheInterruptKeyEndsAPlainChild) {
  Session session(shell("echo up; exec sleep 60"));
  session.until("up");
  session.type("\x03");
  EXPECT_EQ(session.tells(), "exit 130 taken back\n");
}

TEST(Terminal, TheStopKeyStopsTheJobAndTheShellContinuesIt) {
  Session session(shell("echo up; read line; echo \"read $line\""));
  session.until("up");
  session.type("\x1a");
  ASSERT_EQ(session.tells(), "stopped\n");
  write_text(session.orders.write.get(), "f");
  session.type("after\n");
  EXPECT_NE(session.until("read after").find("read after"), std::string::npos);
  EXPECT_EQ(session.tells(), "exit 0 taken back\n");
}

TEST(Terminal, TypedInputEndOfInputAndTheControllingTerminalWork) {
  Session session(shell("read line; echo \"got:$line\"; cat; echo question >/dev/tty; read answer </dev/tty; echo \"then:$answer\""));
  session.type("first\n");
  session.until("got:first");
  session.type("\x04");
  session.until("question");
  session.type("second\n");
  EXPECT_NE(session.until("then:second").find("then:second"), std::string::npos);
  EXPECT_EQ(session.tells(), "exit 0 taken back\n");
}

TEST(Terminal, ANewWindowSizeIsToldOnceAndPassedOn) {
  Session session(helper("sizes"));
  EXPECT_NE(session.until("columns 100").find("columns 100"), std::string::npos);
  winsize size{50, 77, 0, 0};
  ASSERT_EQ(::ioctl(session.master.get(), TIOCSWINSZ, &size), 0);
  const std::string told = session.until("columns 77");
  EXPECT_NE(told.find("columns 77"), std::string::npos) << told;
  EXPECT_EQ(count(told, "got 28."), 1) << told;
  session.type("\x03");
}

}  // namespace
}  // namespace carbontracker
