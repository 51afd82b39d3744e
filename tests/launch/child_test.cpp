#include "launch/child.h"

#include <sys/resource.h>

#include "fakes/temp_dir.h"
#include "launch/wrapped.h"

namespace carbontracker {
namespace {

int run_quietly(Command command) {
  const Ends out = make_pipe();
  return run_wrapped({.command = std::move(command), .out = out.write.get(), .err = out.write.get()});
}

std::string output_of(Command command, ProgressMode mode = ProgressMode::automatic, int in = -1) {
  Ends out = make_pipe();
  const pid_t wrapper = start_wrapper({.command = std::move(command), .mode = mode, .in = in, .out = out.write.get()});
  out.write.close();
  std::string text = read_all(out.read.get());
  EXPECT_EQ(exit_of(wrapper), 0);
  return text;
}

TEST(Child, ExitCodesAreTheChildsOwn) {
  EXPECT_EQ(run_quietly({{"true"}, "", {}}), 0);
  EXPECT_EQ(run_quietly({{"false"}, "", {}}), 1);
  EXPECT_EQ(run_quietly(shell("exit 42")), 42);
  EXPECT_EQ(run_quietly(shell("exit 255")), 255);
  EXPECT_EQ(run_quietly(shell("kill -TERM $$")), 128 + 15);
  EXPECT_EQ(run_quietly(shell("kill -KILL $$")), 128 + 9);
  EXPECT_EQ(run_quietly(shell("kill -SEGV $$")), 128 + 11);
}

TEST(Child, ExitCodesOfWhatCannotBeStarted) {
  const TempDir dir;
  dir.write("plain.txt", "not a program");
  EXPECT_EQ(run_quietly({{"no-such-program-anywhere"}, "", {}}), 127);
  EXPECT_EQ(run_quietly({{dir.path("nothing")}, "", {}}), 127);
  EXPECT_EQ(run_quietly({{dir.path("plain.txt")}, "", {}}), 126);
  EXPECT_EQ(run_quietly({{dir.path()}, "", {}}), 126);
  EXPECT_EQ(run_quietly({{"true"}, dir.path("no-directory"), {}}), 125);
  EXPECT_EQ(run_quietly({{}, "", {}}), 125);
}

TEST(Child, B146_AProgramThatCannotBeStartedIsAnErrorValueWithARemedy) {
  auto signals = Signals::take();
  ASSERT_TRUE(signals);
  const auto child = Child::start({{"no-such-program-anywhere"}, "", {}}, {}, *signals);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().what, "starting no-such-program-anywhere: not found");
  EXPECT_EQ(child.error().hint, "check the spelling, and PATH");
}

TEST(Child, B142_MaskAndDispositionsAreAsBeforeOnceTheSignalsAreGivenBack) {
  struct sigaction before {}, after {};
  before.sa_handler = SIG_IGN;
  ::sigaction(SIGCHLD, &before, nullptr);
  { const auto signals = Signals::take(); }
  ::sigaction(SIGCHLD, nullptr, &after);
  EXPECT_EQ(after.sa_handler, SIG_IGN);
  before.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &before, nullptr);
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

TEST(Child, ArgumentsEnvironmentAndDirectoryArriveAsGiven) {
  const TempDir dir;
  Command command{{"sh", "-c", "pwd; printf '%s|' \"$@\"; echo $CARBONTRACKER_RUN_ID", "sh", "--epochs", "a b", "", "--"}, dir.path(), {}};
  command.environment = {{"CARBONTRACKER_RUN_ID", "r1"}};
  EXPECT_EQ(output_of(command), dir.path() + "\n--epochs|a b||--|r1\n");
}

TEST(Child, StandardInputPassesThrough) {
  Ends in = make_pipe();
  write_text(in.write.get(), "three\nlines\nhere\n");
  in.write.close();
  EXPECT_EQ(output_of({{"cat"}, "", {}}, ProgressMode::automatic, in.read.get()), "three\nlines\nhere\n");
}

TEST(Child, TheChildLeadsAGroupAndHasOurMaskAndDispositions) {
  Ends out = make_pipe();
  WrapperSetup setup{.command = helper("dispositions"), .out = out.write.get()};
  setup.before = [] {
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGCHLD, SIG_IGN);
  };
  const pid_t wrapper = start_wrapper(setup);
  EXPECT_EQ(read_until(out.read.get(), "\n"), "hup 1 chld 1 int 0 blocked-term 0 leader 1\n");
  EXPECT_EQ(exit_of(wrapper), 0);
}

TEST(Child, CpuTimeOfTheChildAndOfItsOrphansIsReported) {
  Ends out = make_pipe(), reaped = make_pipe();
  // The orphan burns CPU, its parent (a subshell) ends at once; the child waits for the orphan through the pipe.
  const std::string burn = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";
  WrapperSetup setup{.command = shell("( ( " + burn + "; echo done ) & ) | cat; sleep 0.2"), .out = out.write.get(), .reaped = reaped.write.get()};
  ASSERT_EQ(run_wrapped(setup), 0);
  reaped.write.close();
  const std::string lines = read_all(reaped.read.get());
  const auto orphan = lines.find(" orphan ");
  ASSERT_NE(orphan, std::string::npos) << lines;
  EXPECT_GT(std::stoi(lines.substr(orphan + 8)), 10) << lines;
  EXPECT_NE(lines.find(" child "), std::string::npos) << lines;
}

TEST(Child, BackgroundProcessesAreNotWaitedFor) {
  Ends out = make_pipe();
  const auto begin = std::chrono::steady_clock::now();
  const pid_t wrapper = start_wrapper({.command = shell("sleep 600 & echo $!"), .out = out.write.get()});
  EXPECT_EQ(exit_of(wrapper), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(5));
  ::kill(std::stoi(read_until(out.read.get(), "\n")), SIGKILL);
}

}  // namespace
}  // namespace carbontracker
