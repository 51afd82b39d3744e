#pragma once
// The little that the counter families need to know of the processor, from /proc/cpuinfo.

#include <string>

#include "base/host.h"

namespace carbontracker {

struct CpuKind {
  bool intel = false;
  bool amd = false;
  bool virtual_machine = false;  // the "hypervisor" flag (CPUID 1 ECX bit 31)
  std::string name;              // "Intel(R) Xeon(R) Gold 5118 CPU @ 2.30GHz"; empty where it is not said
};
// All false and empty where /proc/cpuinfo cannot be read or says nothing (ARM).
[[nodiscard]] CpuKind cpu_kind(const Host& host);

}  // namespace carbontracker
