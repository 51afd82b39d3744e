#include "hardware/proc_stat.h"

#include <gtest/gtest.h>

#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

TEST(ProcStat, BusyAndTotalOfALine) {
  // user 100, nice 20, system 30, idle 400, iowait 50, irq 6, softirq 7, steal 80, guest 90 (already in user), guest_nice 1
  const auto ticks = parse_cpu_line("cpu12 100 20 30 400 50 6 7 80 90 1");
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->cpu, 12);
  EXPECT_EQ(ticks->busy, 163u);   // 100 + 20 + 30 + 6 + 7
  EXPECT_EQ(ticks->total, 693u);  // 163 + 400 + 50 + 80
}

TEST(ProcStat, OldKernelsHaveFewerFields) {
  const auto ticks = parse_cpu_line("cpu  10 0 5 85");
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->cpu, -1);
  EXPECT_EQ(ticks->busy, 15u);
  EXPECT_EQ(ticks->total, 100u);
}

TEST(ProcStat, OtherLinesAreNone) {
  for (const std::string_view line : {"", "intr 1 2 3", "cpu", "cpux 1 2 3 4", "cpu0 1 2", "cpu-1 1 2 3 4", "cpu0 a b c d"})
    EXPECT_FALSE(parse_cpu_line(line)) << line;
}

TEST(ProcStat, OfflineCpusAreAbsent) {
  TempDir dir;
  dir.write("stat", "cpu  3 0 0 7 0 0 0 0 0 0\ncpu0 1 0 0 4\ncpu3 2 0 0 3\nintr 5 0 0\nctxt 9\n");
  ProcStat stat(dir.path("stat"));
  const auto ticks = stat.read();
  ASSERT_TRUE(ticks) << ticks.error().what;
  ASSERT_EQ(ticks->size(), 2u);
  EXPECT_EQ((*ticks)[0].cpu, 0);
  EXPECT_EQ((*ticks)[1].cpu, 3);
  EXPECT_EQ((*ticks)[1].total, 5u);
  EXPECT_EQ(stat.all().busy, 3u);
}

TEST(ProcStat, ReadsAgainThroughTheSameDescriptor) {
  TempDir dir;
  dir.write("stat", "cpu  1 0 0 1\ncpu0 1 0 0 1\nintr 0\n");
  ProcStat stat(dir.path("stat"));
  ASSERT_TRUE(stat.read());
  dir.write("stat", "cpu  7 0 0 1\ncpu0 7 0 0 1\nintr 0\n");
  ASSERT_TRUE(stat.read());
  EXPECT_EQ(stat.all().busy, 7u);
}

TEST(ProcStat, ALargeMachineFits) {
  std::string text = "cpu  512 0 0 0\n";
  for (int cpu = 0; cpu < 512; ++cpu) text += "cpu" + std::to_string(cpu) + " 123456789 12345 6789012 345678901 2345 0 67890 0 0 0\n";
  TempDir dir;
  dir.write("stat", text + "intr 1" + std::string(20000, '0') + "\n");
  ProcStat stat(dir.path("stat"));
  const auto ticks = stat.read();
  ASSERT_TRUE(ticks);
  ASSERT_EQ(ticks->size(), 512u);
  EXPECT_EQ(ticks->back().cpu, 511);
  EXPECT_EQ(ticks->back().busy, 123456789u + 12345 + 6789012 + 67890);
}

TEST(ProcStat, AMissingFileSaysWhatToDo) {
  TempDir dir;
  ProcStat stat(dir.path("stat"));
  const auto ticks = stat.read();
  ASSERT_FALSE(ticks);
  EXPECT_EQ(ticks.error().code, Errc::not_found);
  EXPECT_NE(ticks.error().what.find(dir.path("stat")), std::string::npos);
  EXPECT_NE(ticks.error().hint.find("CARBONTRACKER_HOST_ROOT"), std::string::npos);
}

TEST(ProcStat, GarbageIsCorruptAndRecovers) {
  TempDir dir;
  dir.write("stat", "hello\n");
  ProcStat stat(dir.path("stat"));
  ASSERT_FALSE(stat.read());
  dir.write("stat", "cpu  1 0 0 1\ncpu0 1 0 0 1\n");
  EXPECT_TRUE(stat.read());
}

}  // namespace
}  // namespace carbontracker
