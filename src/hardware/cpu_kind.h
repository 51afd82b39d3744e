#pragma once
// The little that the counter families need to know of the processor, from /proc/cpuinfo.

#include "base/host.h"

namespace carbontracker {

struct CpuKind {
  bool intel = false;
  bool amd = false;
  bool virtual_machine = false;  // the "hypervisor" flag (CPUID 1 ECX bit 31)
};
// All false where /proc/cpuinfo cannot be read or says nothing (ARM).
[[nodiscard]] CpuKind cpu_kind(const Host& host);

}  // namespace carbontracker
