#include "tracker/process_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ: what /proc/stat counts in on every Linux

}  // namespace

// The real /proc whatever the host root is: pids and their times are those of this process's own view.
ProcessWatch::ProcessWatch(const Clock& clock, const JobLimits& limits) : clock_(clock), machine_("/proc/stat") {
  if (limits.cpus) allowed_ = static_cast<int>(limits.cpus->size());
  if (limits.cpu_count && limits.cpu_count->value > 0 && (allowed_ == 0 || limits.cpu_count->value < allowed_)) allowed_ = static_cast<int>(std::ceil(std::min(limits.cpu_count->value, 1e6)));
  if (limits.memory_bytes) memory_limit_ = limits.memory_bytes->value;
}

void ProcessWatch::watch(int pid, int helper) {
  const std::lock_guard lock(mutex_);
  tree_ = std::make_unique<ProcessTree>(pid, ::getpid());
  if (helper > 0) tree_->exclude(helper);
  root_ = pid;
  scanned_ = ended_ = false;
  reaped_ = tree_before_ = Seconds{};
  looked_ = clock_.now();
  if (machine_.read()) busy_before_ = static_cast<double>(machine_.all().busy);
}

void ProcessWatch::reaped(int pid, Seconds cpu) {
  const std::lock_guard lock(mutex_);
  if (!tree_) return;
  tree_->add_reaped(cpu);
  reaped_ += cpu;
  ended_ |= pid == root_;
}

void ProcessWatch::leave_out(int pid, bool out) {
  const std::lock_guard lock(mutex_);
  if (tree_) tree_->exclude(pid, out);
}

// A run that was over before the first look has all its time in what was reaped: no need to walk /proc (half a millisecond
// on a quiet machine).
ProcessTree::Usage ProcessWatch::usage() {
  if (ended_ && !scanned_) return {reaped_, 0, {}};
  scanned_ = true;
  return tree_->read();
}

std::optional<ProcessLook> ProcessWatch::look() {
  const std::lock_guard lock(mutex_);
  if (!tree_) return std::nullopt;
  const auto cpus = machine_.read();
  if (!cpus) return std::nullopt;
  ProcessTree::Usage used = usage();
  ProcessLook look;
  look.usage.at = clock_.now();
  look.usage.elapsed = seconds_between(looked_, look.usage.at);
  look.usage.tree = std::max(Seconds{}, used.cpu - tree_before_);
  const double busy = static_cast<double>(machine_.all().busy);
  // /proc/stat moves in steps of 10 ms: over a short look it can lag behind the tree, which is busy time as well.
  look.usage.busy = std::max(look.usage.tree, Seconds((busy - busy_before_) / kTicksPerSecond));
  look.usage.cpus = static_cast<int>(cpus->size());
  look.usage.allowed = allowed_;
  look.usage.resident = used.resident;
  look.usage.memory_limit = memory_limit_;
  look.pids = std::move(used.pids);
  tree_before_ = used.cpu;
  busy_before_ = busy;
  looked_ = look.usage.at;
  return look;
}

}  // namespace carbontracker
