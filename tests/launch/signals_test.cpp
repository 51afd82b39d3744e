#include "launch/signals.h"

#include <regex>

#include "launch/wrapped.h"

namespace carbontracker {
namespace {

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// A wrapped helper that tells its signals through a pipe.
struct Teller {
  Ends out = make_pipe();
  pid_t wrapper = -1, child = -1;
  explicit Teller(std::function<void()> before = {}) {
    wrapper = start_wrapper({.command = helper("signals"), .out = out.write.get(), .before = std::move(before)});
    out.write.close();
    const std::string line = read_until(out.read.get(), "\n");
    if (line.starts_with("ready ")) child = std::stoi(line.substr(6));
  }
  // What is told from now to the end; a last SIGUSR1 straight to the child closes the account.
  std::string finish() {
    ::kill(child, SIGUSR1);
    std::string told = read_until(out.read.get(), "got 10.");
    ::kill(child, SIGKILL);
    EXPECT_EQ(exit_of(wrapper), 128 + SIGKILL);
    told += read_all(out.read.get());
    return told;
  }
};

class EachSignal : public testing::TestWithParam<int> {};

TEST_P(EachSignal, ReachesTheChildOnceWhenSentToTheWrapper) {
  Teller teller;
  ASSERT_GT(teller.child, 0);
  ::kill(teller.wrapper, GetParam());
  const std::string name = "got " + std::to_string(GetParam()) + ".";
  std::string told = read_until(teller.out.read.get(), name);
  told += teller.finish();
  EXPECT_EQ(count(told, name), 1) << told;
}

TEST_P(EachSignal, ReachesTheChildOnceWhenSentToTheWrappersGroup) {
  Teller teller;
  ASSERT_GT(teller.child, 0);
  ::kill(-teller.wrapper, GetParam());
  const std::string name = "got " + std::to_string(GetParam()) + ".";
  std::string told = read_until(teller.out.read.get(), name);
  told += teller.finish();
  EXPECT_EQ(count(told, name), 1) << told;
}

INSTANTIATE_TEST_SUITE_P(Signals, EachSignal, testing::Values(SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH));

TEST(Signals, AnIgnoredHangUpStaysIgnored) {
  Teller teller([] { ::signal(SIGHUP, SIG_IGN); });
  ASSERT_GT(teller.child, 0);
  ::kill(teller.wrapper, SIGHUP);
  ::kill(teller.wrapper, SIGUSR2);
  std::string told = read_until(teller.out.read.get(), "got 12.");
  told += teller.finish();
  EXPECT_EQ(count(told, "got 1."), 0) << told;
}

TEST(Signals, TheReportStillComesAfterATermination) {
  Ends out = make_pipe(), reaped = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("echo up; exec sleep 60"), .out = out.write.get(), .reaped = reaped.write.get()});
  read_until(out.read.get(), "up");
  ::kill(wrapper, SIGTERM);
  EXPECT_EQ(exit_of(wrapper), 128 + SIGTERM);
  EXPECT_NE(read_until(reaped.read.get(), "\n").find(" child "), std::string::npos);
}

TEST(Signals, AStopStopsBothAndAContinueContinuesBoth) {
  Ends out = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("echo ready; exec sleep 60"), .out = out.write.get()});
  read_until(out.read.get(), "ready");
  ::kill(wrapper, SIGTSTP);
  int raw = 0;
  ASSERT_EQ(::waitpid(wrapper, &raw, WUNTRACED), wrapper);
  ASSERT_TRUE(WIFSTOPPED(raw));
  ::kill(wrapper, SIGCONT);
  ASSERT_EQ(::waitpid(wrapper, &raw, WCONTINUED), wrapper);
  EXPECT_TRUE(WIFCONTINUED(raw));
  ::kill(wrapper, SIGTERM);
  EXPECT_EQ(exit_of(wrapper), 128 + SIGTERM);  // it could not have died of it while stopped
}

}  // namespace
}  // namespace carbontracker
