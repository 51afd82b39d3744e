#include "hardware/process_tree.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

// A /proc whose processes the test sets; ticks are 10 ms (USER_HZ 100 on every Linux of today).
class FakeProc {
 public:
  void set(int pid, int parent, int own, int waited = 0, int start = 1, std::string name = "python") const {
    dir.write(std::to_string(pid) + "/stat", std::to_string(pid) + " (" + name + ") S " + std::to_string(parent) + " 1 1 0 -1 4194304 9 9 9 9 " +
                                                 std::to_string(own) + " 0 " + std::to_string(waited) + " 0 20 0 1 0 " + std::to_string(start) + " 1000 10\n");
  }
  void remove(int pid) const { std::filesystem::remove_all(dir.path(std::to_string(pid))); }
  TempDir dir;
};

TEST(ProcessTree, SumsDescendantsAndLeavesOthersOut) {
  FakeProc proc;
  proc.set(1, 0, 999);
  proc.set(100, 1, 50);
  proc.set(101, 100, 30, 5);
  proc.set(90, 101, 7);  // pids wrap: a child may be below its parent
  proc.set(200, 1, 1000);
  ProcessTree tree(100, 0, proc.dir.path());
  const auto usage = tree.read();
  EXPECT_NEAR(usage.cpu.count(), 0.92, 1e-9);
  EXPECT_EQ(usage.pids, (std::vector<int>{90, 100, 101}));
}

TEST(ProcessTree, NamesWithSpacesAndParentheses) {
  FakeProc proc;
  proc.set(100, 1, 50, 0, 1, "a) S 1 (b c");
  EXPECT_NEAR(ProcessTree(100, 0, proc.dir.path()).read().cpu.count(), 0.5, 1e-9);
}

TEST(ProcessTree, AChildThatWasWaitedForMovesAndIsNotLost) {
  FakeProc proc;
  proc.set(100, 1, 50);
  proc.set(101, 100, 30);
  ProcessTree tree(100, 0, proc.dir.path());
  EXPECT_NEAR(tree.read().cpu.count(), 0.8, 1e-9);
  proc.remove(101);
  proc.set(100, 1, 50, 33);  // it ran three ticks more before it ended
  EXPECT_NEAR(tree.read().cpu.count(), 0.83, 1e-9);
}

TEST(ProcessTree, ChildrenThatLivedBetweenTwoReadsCount) {
  FakeProc proc;
  proc.set(100, 1, 10);
  ProcessTree tree(100, 0, proc.dir.path());
  tree.read();
  proc.set(100, 1, 12, 500);
  EXPECT_NEAR(tree.read().cpu.count(), 5.12, 1e-9);
}

TEST(ProcessTree, ATimeThatNobodyWaitedForIsKept) {
  FakeProc proc;
  proc.set(100, 1, 50);
  proc.set(101, 100, 30);
  ProcessTree tree(100, 0, proc.dir.path());
  tree.read();
  proc.remove(101);  // SIGCHLD ignored: the parent's cutime does not grow
  EXPECT_NEAR(tree.read().cpu.count(), 0.8, 1e-9);
  proc.set(100, 1, 60);
  EXPECT_NEAR(tree.read().cpu.count(), 0.9, 1e-9);
}

TEST(ProcessTree, ParentAndChildThatEndTogether) {
  FakeProc proc;
  proc.set(100, 1, 10);
  proc.set(101, 100, 20);
  proc.set(102, 101, 30);
  ProcessTree tree(100, 0, proc.dir.path());
  EXPECT_NEAR(tree.read().cpu.count(), 0.6, 1e-9);
  proc.remove(101);
  proc.remove(102);
  proc.set(100, 1, 10, 50);
  EXPECT_NEAR(tree.read().cpu.count(), 0.6, 1e-9);
}

TEST(ProcessTree, OrphansComeToTheReaperAndCountOnce) {
  FakeProc proc;
  proc.set(10, 1, 5);      // the wrapper itself: not the run's
  proc.set(100, 10, 50);
  proc.set(101, 100, 30);
  ProcessTree tree(100, 10, proc.dir.path());
  EXPECT_NEAR(tree.read().cpu.count(), 0.8, 1e-9);
  proc.remove(100);
  proc.set(101, 10, 40);  // adopted
  proc.set(102, 10, 5);   // another orphan, never seen before
  tree.add_reaped(Seconds(0.52));
  const auto usage = tree.read();
  EXPECT_NEAR(usage.cpu.count(), 0.52 + 0.40 + 0.05, 1e-9);
  EXPECT_EQ(usage.pids, (std::vector<int>{101, 102}));
  proc.remove(101);
  proc.remove(102);
  tree.add_reaped(Seconds(0.41));
  tree.add_reaped(Seconds(0.06));
  EXPECT_NEAR(tree.read().cpu.count(), 0.52 + 0.41 + 0.06, 1e-9);
}

TEST(ProcessTree, AnOrphanReapedTogetherWithItsParentIsNotCountedTwice) {
  FakeProc proc;
  proc.set(100, 10, 50);
  proc.set(101, 100, 20);
  proc.set(102, 101, 30);
  ProcessTree tree(100, 10, proc.dir.path());
  tree.read();
  proc.remove(101);
  proc.remove(102);         // 102 was orphaned when 101 ended, and we waited for it
  proc.set(100, 10, 50, 20);
  tree.add_reaped(Seconds(0.3));
  EXPECT_NEAR(tree.read().cpu.count(), 1.0, 1e-9);
}

TEST(ProcessTree, TheTotalNeverDecreases) {
  FakeProc proc;
  proc.set(100, 10, 50);
  ProcessTree tree(100, 10, proc.dir.path());
  const double before = tree.read().cpu.count();
  proc.remove(100);  // waited for, not yet handed over
  EXPECT_GE(tree.read().cpu.count(), before);
  tree.add_reaped(Seconds(0.55));
  EXPECT_NEAR(tree.read().cpu.count(), 0.55, 1e-9);
}

TEST(ProcessTree, AReusedPidIsAStranger) {
  FakeProc proc;
  proc.set(100, 1, 50);
  proc.set(101, 100, 30, 0, 7);
  ProcessTree tree(100, 0, proc.dir.path());
  tree.read();
  proc.set(101, 1, 900, 0, 8);
  proc.set(100, 1, 50, 30);
  const auto usage = tree.read();
  EXPECT_NEAR(usage.cpu.count(), 0.8, 1e-9);
  EXPECT_EQ(usage.pids, (std::vector<int>{100}));
}

TEST(ProcessTree, B099_ParentAndChildAsRootsAreAUnion) {
  FakeProc proc;
  proc.set(100, 1, 50);
  proc.set(101, 100, 30);
  ProcessTree tree(std::vector<int>{100, 101}, 0, proc.dir.path());
  EXPECT_NEAR(tree.read().cpu.count(), 0.8, 1e-9);
}

TEST(ProcessTree, B097_AForkedTreeOutlivesItsParent) {
  FakeProc proc;
  proc.set(100, 1, 10);
  proc.set(101, 100, 20);
  ProcessTree tree(101, 0, proc.dir.path());
  tree.read();
  proc.remove(100);
  proc.set(101, 1, 25);
  const auto usage = tree.read();
  EXPECT_EQ(usage.pids, (std::vector<int>{101}));
  EXPECT_NEAR(usage.cpu.count(), 0.25, 1e-9);
}

TEST(ProcessTree, B148_APidThatVanishesIsNormal) {
  FakeProc proc;
  proc.set(100, 1, 10);
  std::filesystem::create_directories(proc.dir.path("101"));  // listed, and its files are already gone
  proc.dir.write("102/stat", "");
  proc.dir.write("103/stat", "103 (x");
  ProcessTree tree(100, 0, proc.dir.path());
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(tree.read().cpu.count(), 0.1, 1e-9);
  EXPECT_TRUE(ProcessTree(4711, 0, proc.dir.path()).read().pids.empty());
  EXPECT_TRUE(ProcessTree(100, 0, proc.dir.path("nowhere")).read().pids.empty());
}

double own_cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void burn(double seconds) {
  for (const double end = own_cpu() + seconds; own_cpu() < end;) {}
}

double cpu_of(const rusage& usage) {
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// A child that burns 60 ms and has a child of its own burn 60 ms and wait for it; we read it as a zombie, then as reaped.
TEST(ProcessTree, RealChildrenAreCountedOnceBeforeAndAfterWaiting) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      burn(0.06);
      ::_exit(0);
    }
    burn(0.06);
    ::waitpid(grandchild, nullptr, 0);
    ::_exit(0);
  }
  ProcessTree tree(child, ::getpid());
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  const auto zombie = tree.read();
  EXPECT_EQ(zombie.pids, (std::vector<int>{child}));
  rusage usage{};
  ASSERT_EQ(::wait4(child, nullptr, 0, &usage), child);
  tree.add_reaped(Seconds(cpu_of(usage)));
  const auto reaped = tree.read();
  EXPECT_TRUE(reaped.pids.empty());
  EXPECT_GE(reaped.cpu.count(), 0.12);
  EXPECT_NEAR(reaped.cpu.count(), cpu_of(usage), 0.045);  // four figures of whole ticks, each short by less than one
  EXPECT_NEAR(zombie.cpu.count(), reaped.cpu.count(), 0.045);
}

}  // namespace
}  // namespace carbontracker
