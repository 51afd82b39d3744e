#pragma once
// /proc/stat: how long each logical CPU was busy, in clock ticks (USER_HZ, 100 a second) since boot.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "carbontracker/result.h"

namespace carbontracker {

// busy: user, nice, system, irq and softirq (guest time is already in user). total: busy, idle, iowait and steal.
// Stolen time is time in which the hypervisor ran somebody else: neither ours nor idle power saved.
struct CpuTicks {
  int cpu = -1;  // -1: all CPUs together
  std::uint64_t busy = 0;
  std::uint64_t total = 0;
};

// One line "cpu3 1 2 3 ..." or "cpu  1 2 3 ..."; nothing for any other line.
[[nodiscard]] std::optional<CpuTicks> parse_cpu_line(std::string_view line);

// The file, kept open and read from its start again and again. One thread at a time.
class ProcStat {
 public:
  explicit ProcStat(std::string path);
  ~ProcStat();
  ProcStat(const ProcStat&) = delete;
  ProcStat& operator=(const ProcStat&) = delete;

  // Ticks of every online CPU, ascending; offline ones are absent. Valid until the next call.
  [[nodiscard]] Result<std::span<const CpuTicks>> read();
  // Of the whole machine, as of the last read().
  [[nodiscard]] const CpuTicks& all() const { return all_; }

 private:
  [[nodiscard]] Result<std::string_view> head();
  [[nodiscard]] Result<> open();
  void close();

  std::string path_;
  int fd_ = -1;
  std::vector<char> buffer_;
  std::vector<CpuTicks> cpus_;
  CpuTicks all_;
};

}  // namespace carbontracker
