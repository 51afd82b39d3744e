#pragma once
// Which sensors a run is measured by: every family is opened or refused, and what two families both give is taken from one of them.
//
//   processors   rapl-powercap, else rapl-perf, else hwmon (Grace, Ampere, amd_energy), else the model by utilisation
//   memory       the dram counters of the family taken; the model where there are none and nothing else includes the memory
//   whole chips  a soc channel (Jetson) counts processor, memory and GPU: then neither model nor vendor library is opened
//   GPUs         hwmon's always; vendor libraries on threads of their own, see vendor_backends()
//   cross-checks psys, platform, module: kept, never summed
// A synthetic declaration (CARBONTRACKER_SYNTHETIC) replaces all of this, models and vendor libraries included.

#include <span>

#include "hardware/backend.h"

namespace carbontracker {

// The families by the part they play; constant tables in production, fakes in tests.
struct Families {
  const Backend* synthetic = nullptr;
  std::span<const Backend* const> processors;  // counters, best first; the first that gives a package is taken
  const Backend* hwmon = nullptr;
  const Backend* cpu_model = nullptr;
  const Backend* memory_model = nullptr;
  std::span<const Backend* const> vendors;     // own_thread
};
[[nodiscard]] const Families& all_families();

// Whether CARBONTRACKER_SYNTHETIC declares the machine.
[[nodiscard]] bool is_synthetic(const Host& host);

// Opens everything that needs no thread of its own. Blocks no longer than a few small files take; the clock outlives the inventory.
[[nodiscard]] Inventory open_inventory(const Host& host, const Clock& clock, const Families& families = all_families());

// The vendor libraries to open afterwards, each on its thread: none where the inventory already counts the GPUs or the machine is synthetic.
[[nodiscard]] std::span<const Backend* const> vendor_backends(const Host& host, const Inventory& inventory, const Families& families = all_families());

}  // namespace carbontracker
