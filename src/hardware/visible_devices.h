#pragma once
// Which GPUs a CUDA program would see, given its environment. A pure function of the variables and the list of cards.
//
// Rules: CUDA Programming Guide, "CUDA Environment Variables" (unset: all; empty: none; what follows an invalid entry is
// ignored; a UUID may be cut short as long as it stays unique; MIG-<uuid> and MIG-GPU-<uuid>/<gi>/<ci>). What the guide
// leaves open is as PyTorch's torch.cuda found the driver to behave: numbers are read as strtoul does ("1gpu" is 1), a
// repeated entry leaves no device at all, and a list is of one kind, the kind of its first entry.
// NVIDIA_VISIBLE_DEVICES is not looked at: it decides which cards a container is given, and NVML lists no others there.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carbontracker {

struct GpuIdentity {
  std::string uuid;                    // "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"; empty: unknown
  std::string pci;                     // "0000:65:00.0"; empty: unknown
  std::string name;                    // the model
  double speed = 0;                    // an estimate, cores x MHz; 0: unknown
  int compute_capability = 0;          // 86 for 8.6; 0: unknown
  std::vector<std::string> instances;  // UUIDs of its MIG instances: "MIG-..."
};

struct Visibility {
  std::vector<std::size_t> gpus;  // positions in the list of cards, in CUDA's order, each at most once
  bool ambiguous = false;         // the variables do not settle which cards are meant; `gpus` is the likeliest reading
  std::string note;               // why it is ambiguous, or what was wrong with the list; empty when all is plain
  std::string remedy;             // what would settle it
};

// `gpus` in NVML's order. `visible` is CUDA_VISIBLE_DEVICES, `order` is CUDA_DEVICE_ORDER; nothing where a variable is unset.
[[nodiscard]] Visibility visible_devices(std::optional<std::string_view> visible, std::optional<std::string_view> order,
                                         std::span<const GpuIdentity> gpus);

// A PCI address as sysfs and lspci -D write it ("00000000:65:00.0" and "65:00.0" are 0000:65:00.0); unchanged if it is none.
[[nodiscard]] std::string normal_pci_address(std::string_view address);

}  // namespace carbontracker
