#include "launch/streams.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <fstream>
#include <sstream>

#include "fakes/temp_dir.h"
#include "launch/wrapped.h"

namespace carbontracker {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int open_for_writing(const std::string& path) { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); }

struct Terminal {
  Descriptor master, slave;
  explicit Terminal(int columns) {
    int ends[2];
    winsize size{};
    size.ws_col = static_cast<unsigned short>(columns);
    size.ws_row = 40;
    termios raw{};
    ::cfmakeraw(&raw);
    raw.c_cflag |= CS8;
    if (::openpty(&ends[0], &ends[1], nullptr, &raw, &size) != 0) throw std::runtime_error("openpty failed");
    master = Descriptor(ends[0]);
    slave = Descriptor(ends[1]);
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  }
};

TEST(Streams, APipeStaysAPipeAndItsBytesAreSampled) {
  Ends out = make_pipe(), samples = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("test -p /dev/stdout && echo pipe; printf 'no newline'; exit 3"), .out = out.write.get(), .samples = samples.write.get()});
  out.write.close();
  samples.write.close();
  EXPECT_EQ(read_all(out.read.get()), "pipe\nno newline");
  EXPECT_EQ(exit_of(wrapper), 3);
  EXPECT_EQ(read_all(samples.read.get()), "pipe\nno newline");
}

TEST(Streams, PartialLinesArePassedOnAtOnce) {
  Ends out = make_pipe(), in = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("printf '\\r 10%%'; read go; echo $go"), .in = in.read.get(), .out = out.write.get()});
  EXPECT_EQ(read_until(out.read.get(), "%"), "\r 10%");  // the child is still waiting for its input
  write_text(in.write.get(), "on\n");
  EXPECT_EQ(exit_of(wrapper), 0);
  out.write.close();
  EXPECT_EQ(read_all(out.read.get()), "on\n");
}

TEST(Streams, OnePipeForBothKeepsTheirOrder) {
  Ends out = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("for i in 1 2 3 4; do echo o$i; echo e$i >&2; done"), .out = out.write.get(), .err = out.write.get()});
  out.write.close();
  EXPECT_EQ(read_all(out.read.get()), "o1\ne1\no2\ne2\no3\ne3\no4\ne4\n");
  EXPECT_EQ(exit_of(wrapper), 0);
}

TEST(Streams, TwoPipesStayTwo) {
  Ends out = make_pipe(), err = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("echo to-out; echo to-err >&2"), .out = out.write.get(), .err = err.write.get()});
  out.write.close();
  err.write.close();
  EXPECT_EQ(read_all(out.read.get()), "to-out\n");
  EXPECT_EQ(read_all(err.read.get()), "to-err\n");
  EXPECT_EQ(exit_of(wrapper), 0);
}

TEST(Streams, AFileIsTheChildsOwnAndFollowedFromOutside) {
  const TempDir dir;
  dir.write("log", "before\n");
  Ends samples = make_pipe();
  Descriptor file(open_for_writing(dir.path("log")));
  WrapperSetup setup{.command = shell("readlink /proc/self/fd/1; echo e >&2"), .out = file.get(), .err = file.get(), .samples = samples.write.get()};
  EXPECT_EQ(run_wrapped(setup), 0);
  samples.write.close();
  EXPECT_EQ(content(dir.path("log")), "before\n" + dir.path("log") + "\ne\n");
  EXPECT_EQ(read_all(samples.read.get()), dir.path("log") + "\ne\n");
}

TEST(Streams, AFollowedFileThatIsTruncatedOrFloodedIsReadFromWhereItMakesSense) {
  const TempDir dir;
  dir.write("log", "old\n");
  Descriptor file(open_for_writing(dir.path("log")));
  FileFollower follower = FileFollower::open(file.get());
  ASSERT_TRUE(follower.valid());
  char buffer[8];
  bool skipped = false;
  EXPECT_EQ(follower.read(buffer, sizeof buffer, skipped), 0u);
  write_text(file.get(), "0123456789abc");
  EXPECT_EQ(std::string(buffer, follower.read(buffer, sizeof buffer, skipped)), "56789abc");
  EXPECT_TRUE(skipped);
  skipped = false;
  ASSERT_EQ(::ftruncate(file.get(), 0), 0);
  write_text(file.get(), "new\n");
  EXPECT_EQ(std::string(buffer, follower.read(buffer, sizeof buffer, skipped)), "new\n");
  EXPECT_TRUE(skipped);
}

TEST(Streams, AFollowedFileThatIsRotatedOrGrowsAHoleIsReadOn) {
  const TempDir dir;
  dir.write("log", "old\n");
  Descriptor file(::open(dir.path("log").c_str(), O_WRONLY | O_CLOEXEC));  // no O_APPEND: `> log`
  ::lseek(file.get(), 0, SEEK_END);
  FileFollower follower = FileFollower::open(file.get());
  char buffer[64];
  bool skipped = false;
  ASSERT_EQ(::rename(dir.path("log").c_str(), dir.path("log.1").c_str()), 0);  // logrotate: the program goes on in the same file
  write_text(file.get(), "after\n");
  EXPECT_EQ(std::string(buffer, follower.read(buffer, sizeof buffer, skipped)), "after\n");
  EXPECT_FALSE(skipped);
  ASSERT_EQ(::truncate(dir.path("log.1").c_str(), 0), 0);  // copytruncate: it writes on where it was, behind a hole
  EXPECT_EQ(follower.read(buffer, sizeof buffer, skipped), 0u);
  write_text(file.get(), "epoch 3/10\n");
  const std::string seen(buffer, follower.read(buffer, sizeof buffer, skipped));
  EXPECT_EQ(seen, std::string(10, '\0') + "epoch 3/10\n");
  ASSERT_GT(::lseek(file.get(), 1'000'000'000, SEEK_CUR), 0);  // a gigabyte of nothing costs nothing
  write_text(file.get(), "\nepoch 4/10\n");
  const std::string end(buffer, follower.read(buffer, sizeof buffer, skipped));
  EXPECT_TRUE(skipped);
  EXPECT_TRUE(end.ends_with("\nepoch 4/10\n"));
}

TEST(Streams, ProgressOffTouchesNothing) {
  Ends out = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("readlink /proc/self/fd/1"), .mode = ProgressMode::off, .out = out.write.get()});
  const std::string ours = "/proc/self/fd/" + std::to_string(out.read.get());
  char name[64] = {};
  ASSERT_GT(::readlink(ours.c_str(), name, sizeof name - 1), 0);
  EXPECT_EQ(exit_of(wrapper), 0);
  out.write.close();
  EXPECT_EQ(read_all(out.read.get()), std::string(name) + "\n");
}

TEST(Streams, ATerminalStaysATerminalOfTheSameWidth) {
  Terminal terminal(123);
  Ends samples = make_pipe();
  const pid_t wrapper = start_wrapper({.command = helper("width"), .out = terminal.slave.get(), .err = terminal.slave.get(), .samples = samples.write.get()});
  samples.write.close();
  EXPECT_EQ(read_until(terminal.master.get(), "\n"), "out 1 err 1 columns 123\n");
  EXPECT_EQ(exit_of(wrapper), 0);
  EXPECT_EQ(read_all(samples.read.get()), "out 1 err 1 columns 123\n");
}

TEST(Streams, TerminalBytesPassUnchanged) {
  Terminal terminal(80);
  const pid_t wrapper = start_wrapper({.command = shell("printf '\\033[1mbold\\033[0m\\r 50%%\\t\\n\\001\\377.'"), .out = terminal.slave.get()});
  EXPECT_EQ(read_until(terminal.master.get(), "."), "\033[1mbold\033[0m\r 50%\t\n\001\377.");
  EXPECT_EQ(exit_of(wrapper), 0);
}

TEST(Streams, AReaderThatGoesAwayEndsTheChildAsItWouldWithoutUs) {
  Ends out = make_pipe();
  const pid_t wrapper = start_wrapper({.command = {{"yes"}, "", {}}, .out = out.write.get(), .before = [&] { out.read.close(); }});
  out.write.close();
  read_until(out.read.get(), "y\n");
  out.read.close();
  EXPECT_EQ(exit_of(wrapper), 128 + SIGPIPE);
}

TEST(Streams, AReaderThatDoesNotReadHoldsTheChildBack) {
  Ends out = make_pipe();
  const TempDir dir;
  const std::string done = dir.path("done");
  const pid_t wrapper = start_wrapper({.command = shell("head -c 4000000 /dev/zero; echo > " + done), .out = out.write.get()});
  out.write.close();
  char first;
  ASSERT_EQ(::read(out.read.get(), &first, 1), 1);
  EXPECT_NE(::access(done.c_str(), F_OK), 0);  // 4 MB do not fit in the pipes between
  EXPECT_EQ(read_all(out.read.get()).size(), 4'000'000u - 1);
  EXPECT_EQ(exit_of(wrapper), 0);
}

TEST(Streams, AFloodPassesWholeAndIsSampledInPart) {
  Ends out = make_pipe(), samples = make_pipe();
  const TempDir dir;
  Descriptor sampled(open_for_writing(dir.path("samples")));
  const pid_t wrapper = start_wrapper({.command = shell("yes 0123456 | head -c 80000000"), .out = out.write.get(), .samples = sampled.get()});
  out.write.close();
  const std::string all = read_all(out.read.get());
  EXPECT_EQ(exit_of(wrapper), 0);
  ASSERT_EQ(all.size(), 80'000'000u);
  for (std::size_t at = 0; at < all.size(); at += 8) ASSERT_EQ(all.compare(at, 8, "0123456\n"), 0) << at;
  const std::string seen = content(dir.path("samples"));
  EXPECT_GT(seen.size(), 4096u);
  EXPECT_LT(seen.size(), all.size() / 4);
  EXPECT_NE(seen.find(kSampleGap), std::string::npos);
}

class WrapperKilled : public testing::Test {
 protected:
  // Starts a child that waits for a word, kills the wrapper, gives the word.
  void kill_wrapper_and_go_on(WrapperSetup setup, int ready_fd) {
    Ends in = make_pipe();
    setup.command = shell("echo ready; read word; echo \"$word again\"; echo end");
    setup.in = in.read.get();
    const pid_t wrapper = start_wrapper(setup);
    ASSERT_NE(read_until(ready_fd, "ready\n").find("ready"), std::string::npos);
    ::kill(wrapper, SIGKILL);
    ASSERT_EQ(exit_of(wrapper), -SIGKILL);
    write_text(in.write.get(), "here\n");
  }
};

TEST_F(WrapperKilled, TheChildGoesOnWritingToAPipe) {
  Ends out = make_pipe();
  kill_wrapper_and_go_on({.out = out.write.get()}, out.read.get());
  out.write.close();
  EXPECT_EQ(read_all(out.read.get()), "here again\nend\n");
}

TEST_F(WrapperKilled, TheChildGoesOnWritingToATerminal) {
  Terminal terminal(80);
  kill_wrapper_and_go_on({.out = terminal.slave.get(), .err = terminal.slave.get()}, terminal.master.get());
  EXPECT_NE(read_until(terminal.master.get(), "end").find("here again\nend"), std::string::npos);
}

TEST_F(WrapperKilled, TheChildGoesOnWritingToAFile) {
  const TempDir dir;
  Ends err = make_pipe();
  Descriptor file(open_for_writing(dir.path("log")));
  Ends in = make_pipe();
  WrapperSetup setup{.command = shell("echo ready >&2; read word; echo $word; echo end >&2"), .in = in.read.get(), .out = file.get(), .err = err.write.get()};
  const pid_t wrapper = start_wrapper(setup);
  read_until(err.read.get(), "ready");
  ::kill(wrapper, SIGKILL);
  ASSERT_EQ(exit_of(wrapper), -SIGKILL);
  write_text(in.write.get(), "here\n");
  read_until(err.read.get(), "end");
  EXPECT_EQ(content(dir.path("log")), "here\n");
}

// The relay of a wrapper: its child that is called ct-relay, and not the one before it, which may still be waited for.
pid_t relay_of(pid_t wrapper, pid_t before = 0) {
  std::ifstream children("/proc/" + std::to_string(wrapper) + "/task/" + std::to_string(wrapper) + "/children");
  for (pid_t pid = 0; children >> pid;) {
    if (pid != before && content("/proc/" + std::to_string(pid) + "/comm") == "ct-relay\n") return pid;
  }
  return 0;
}

class RelayKilled : public testing::Test {
 protected:
  // A child that waits for a word; meanwhile the relay is killed.
  void kill_relay_and_go_on(WrapperSetup setup, int ready_fd, std::string_view end) {
    Ends in = make_pipe();
    setup.command = shell("echo ready; read word; echo \"$word again\"; echo end; exit 4");
    setup.in = in.read.get();
    const pid_t wrapper = start_wrapper(setup);
    ASSERT_NE(read_until(ready_fd, "ready").find("ready"), std::string::npos);
    const pid_t relay = relay_of(wrapper);
    ASSERT_GT(relay, 0);
    ::kill(relay, SIGKILL);
    write_text(in.write.get(), "here\n");
    EXPECT_NE(read_until(ready_fd, end).find("here again"), std::string::npos);
    EXPECT_EQ(exit_of(wrapper), 4);
  }
};

TEST_F(RelayKilled, AnotherOneTakesThePipeUp) {
  Ends out = make_pipe(), samples = make_pipe();
  kill_relay_and_go_on({.out = out.write.get(), .samples = samples.write.get()}, out.read.get(), "end\n");
  samples.write.close();
  EXPECT_NE(read_all(samples.read.get()).find("here again\nend\n"), std::string::npos);  // read for progress as before
}

// Neither the dead relay nor the one in its place is a process of the run.
TEST_F(RelayKilled, TheOneInItsPlaceIsToldOfAndNoneCountsAsReaped) {
  Ends out = make_pipe(), in = make_pipe(), relays = make_pipe(), reaped = make_pipe();
  const pid_t wrapper = start_wrapper({.command = shell("echo ready; read word; echo end; read word"), .in = in.read.get(), .out = out.write.get(), .reaped = reaped.write.get(), .relays = relays.write.get()});
  read_until(out.read.get(), "ready");
  const pid_t first = relay_of(wrapper);
  ASSERT_GT(first, 0);
  ::kill(first, SIGKILL);
  write_text(in.write.get(), "go\n");
  read_until(out.read.get(), "end\n");
  const pid_t second = relay_of(wrapper, first);
  ASSERT_GT(second, 0);
  for (int i = 0; i < 60'000 && ::kill(first, 0) == 0; ++i) ::usleep(1000);  // a process closes its files some time before it can be waited for
  write_text(in.write.get(), "end\n");
  EXPECT_EQ(exit_of(wrapper), 0);
  relays.write.close(), reaped.write.close();
  const std::string told = read_all(relays.read.get()), ended = read_all(reaped.read.get());
  EXPECT_NE(told.find(std::to_string(second) + " begins"), std::string::npos) << told;
  EXPECT_NE(told.find(std::to_string(first) + " ended"), std::string::npos) << told;
  EXPECT_EQ(ended.find("orphan"), std::string::npos) << ended;
}

TEST_F(RelayKilled, AnotherOneTakesTwoPipesUp) {
  Ends out = make_pipe(), err = make_pipe();
  kill_relay_and_go_on({.out = out.write.get(), .err = err.write.get()}, out.read.get(), "end\n");
}

TEST_F(RelayKilled, AnotherOneTakesTheTerminalUp) {
  Terminal terminal(80);
  kill_relay_and_go_on({.out = terminal.slave.get(), .err = terminal.slave.get()}, terminal.master.get(), "end");
}

}  // namespace
}  // namespace carbontracker
