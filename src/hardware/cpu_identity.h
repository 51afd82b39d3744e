#pragma once
// Who this CPU is, as far as the kernel says: /proc/cpuinfo and the topology in sysfs.

#include <string>
#include <string_view>
#include <vector>

#include "base/host.h"

namespace carbontracker {

struct CpuSocket {
  int id = 0;             // physical id; may be any number, not only 0, 1, ...
  std::vector<int> cpus;  // online logical CPUs, ascending
};

// What is unknown stays empty or -1: a machine without any readable file is an unknown CPU, not an error.
struct CpuIdentity {
  std::string vendor;    // "intel", "amd", "arm", "hygon"; empty: unknown
  std::string name;      // "AMD EPYC 7763 64-Core Processor"; empty on most ARM machines
  int family = -1;
  int model = -1;
  int stepping = -1;
  int implementer = -1;  // ARM MIDR fields
  int part = -1;
  bool virtual_machine = false;  // a guest: the sockets and their sizes are the hypervisor's choice, not the chip's
  std::vector<CpuSocket> sockets;  // ascending by id; empty when nothing lists a CPU

  [[nodiscard]] std::size_t cpu_count() const;
};

// From the text of /proc/cpuinfo alone (x86 gives sockets there, ARM does not: then all CPUs are in socket 0).
[[nodiscard]] CpuIdentity parse_cpuinfo(std::string_view text);

// From the host's files. Never fails.
[[nodiscard]] CpuIdentity identify_cpu(const Host& host);

}  // namespace carbontracker
