#pragma once
// RAPL counters through perf events: the sysfs description below the host's root, the counters from the kernel by a door that tests replace.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/host.h"
#include "hardware/cpu_list.h"
#include "hardware/energy_source.h"

namespace carbontracker {

struct PerfEvent {
  std::uint32_t type = 0;    // of the PMU "power"
  std::uint64_t config = 0;  // the event's code
  int cpu = 0;               // one of the PMU's cpumask
};
// A descriptor to read 8-byte counts from, or a negative errno.
using PerfDoor = std::function<int(const PerfEvent&)>;
[[nodiscard]] int open_perf_event(const PerfEvent& event);  // the kernel's: every process, that CPU, no sampling


[[nodiscard]] Result<std::vector<std::unique_ptr<EnergySource>>> open_rapl_perf(const Host& host, const PerfDoor& door, std::vector<Error>& notes);

}  // namespace carbontracker
