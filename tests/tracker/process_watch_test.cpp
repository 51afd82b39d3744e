// The run's processor time against the machine's, on the real /proc.

#include "tracker/process_watch.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carbontracker {
namespace {

// A process that uses so much processor time and then waits to be ended.
pid_t burner(double seconds) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  rusage used{};
  do {
    ::getrusage(RUSAGE_SELF, &used);
  } while (double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) < seconds);
  ::_exit(0);
}

Seconds reap(pid_t pid) {
  rusage used{};
  ::wait4(pid, nullptr, 0, &used);
  return Seconds(double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * double(used.ru_utime.tv_usec + used.ru_stime.tv_usec));
}

TEST(ProcessWatch, TheTreesTimeIsItsOwnAndTheMachinesHoldsTheOthersToo) {
  ProcessWatch watch(system_clock());
  EXPECT_FALSE(watch.look());  // nothing is watched yet
  const pid_t ours = burner(0.4), other = burner(0.4);
  watch.watch(ours, other);  // a process of the wrapper's own is no part of the run
  const Seconds used = reap(ours), beside = reap(other);
  watch.reaped(ours, used);
  const auto look = watch.look();
  ASSERT_TRUE(look);
  EXPECT_NEAR(look->usage.tree.count(), used.count(), 1e-9);
  EXPECT_GE(look->usage.busy.count(), 0.8 * (used + beside).count());
  EXPECT_LE(look->usage.busy.count(), 1.2 * look->usage.elapsed.count() * look->usage.cpus + 0.1);
  const auto after = watch.look();
  ASSERT_TRUE(after);
  EXPECT_DOUBLE_EQ(after->usage.tree.count(), 0);  // counted once
}

}  // namespace
}  // namespace carbontracker
