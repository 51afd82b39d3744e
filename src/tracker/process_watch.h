#pragma once
// Looks at /proc once a second: processor time of the run's process tree against that of the machine.

#include <memory>
#include <mutex>
#include <optional>

#include "hardware/job_limits.h"
#include "hardware/proc_stat.h"
#include "hardware/process_tree.h"
#include "metering/sampler.h"

namespace carbontracker {

// watch() and reaped() from any thread, look() from the sampler's.
class ProcessWatch {
 public:
  explicit ProcessWatch(const Clock& clock, const JobLimits& limits = {});
  // The tree below `pid`; orphans of it come to this process. `helper`: one of our own, left out; 0: none.
  void watch(int pid, int helper);
  void reaped(int pid, Seconds cpu);
  // Another of ours, after watch(); let in again when it has ended, since its number will be another's.
  void leave_out(int pid, bool out);
  // Nothing before watch(), and where /proc cannot be read.
  [[nodiscard]] std::optional<ProcessLook> look();

 private:
  [[nodiscard]] ProcessTree::Usage usage();

  const Clock& clock_;
  std::mutex mutex_;
  ProcStat machine_;
  std::unique_ptr<ProcessTree> tree_;
  Seconds tree_before_{};
  double busy_before_ = 0;
  Instant looked_{};
  int root_ = 0;
  int allowed_ = 0;               // processors; 0: all
  double memory_limit_ = 0;
  bool scanned_ = false, ended_ = false;  // /proc was walked; the root has been reaped
  Seconds reaped_{};
};

}  // namespace carbontracker
