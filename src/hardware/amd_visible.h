#pragma once
// Which AMD cards a ROCm program of this job would see: the kernel's compute topology (/sys/class/kfd), what a device control group hides
// of it, and ROCm's variables.
//
// ROCm documentation, "GPU isolation techniques": ROCR_VISIBLE_DEVICES lists indices or UUIDs; HIP_VISIBLE_DEVICES, or in its place
// CUDA_VISIBLE_DEVICES, counts among what is left, as GPU_DEVICE_ORDINAL does. Indices follow the topology's nodes. A list ends at its first entry that names no card.
// The kernel refuses to read the properties of a node whose device the control group forbids (kfd_devcgroup_check_permission): such a
// node is no part of the count, in ROCm's runtime as here.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host.h"

namespace carbontracker {

struct AmdVisibility {
  bool restricted = false;           // false: every card
  std::vector<std::string> devices;  // else these: "0000:05:00", PCI addresses without the function, which tells partitions of one card apart
  std::string note, remedy;          // what was wrong with a list; empty when all is plain
  // `pci`: "0000:05:00.0"
  [[nodiscard]] bool shows(std::string_view pci) const;
};

[[nodiscard]] AmdVisibility visible_amd_devices(const Host& host);

}  // namespace carbontracker
