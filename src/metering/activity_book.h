#pragma once
// What devices did beside taking energy: means over the run, and a percentage a minute. For advice; no part of any account.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metering/snapshot.h"

namespace carbontracker {

// Processor time between two looks at /proc.
struct CpuUsage {
  Instant at{};     // of the second look
  Seconds elapsed{};
  Seconds tree{};   // of the run's process tree
  Seconds busy{};   // of the whole machine
  int cpus = 1;     // of the whole machine
  int allowed = 0;  // of them, that the run may use; 0: all
  double resident = 0, memory_limit = 0;  // bytes: of the run's processes, and what the job may use (0: no limit)
};

// Not locked: the ledger's lock covers it. Times are since the run began.
class ActivityBook {
 public:
  // An observation stands for the time since the last one of that device, 10 s at most.
  void observe(const std::string& name, const Activity& seen, Seconds at);
  void observe_cpu(const CpuUsage& usage, Seconds at);
  [[nodiscard]] std::vector<ActivityTotal> totals() const;
  // Percent busy in that minute, by device in the order of totals(); kBusyUnknown where nothing was seen. Forgets it.
  [[nodiscard]] std::vector<std::uint8_t> take_minute(std::int64_t number);

 private:
  struct Mean {
    double sum = 0, weight = 0;
    void add(double value, double by) { sum += value * by, weight += by; }
    [[nodiscard]] double value() const { return weight > 0 ? sum / weight : 0; }
  };
  struct Device {
    ActivityTotal total;
    Mean busy, memory, own;
    Seconds last{};
    std::map<std::int64_t, Mean> minutes;
  };
  Device& device(const std::string& name);
  static void add_busy(Device& device, double busy, Seconds at, double weight);

  std::vector<Device> devices_;
};

}  // namespace carbontracker
