#pragma once
// One NVIDIA GPU: what it is, which of its energy and power queries work, and their readings.

#include <optional>
#include <string>

#include "base/clock.h"
#include "hardware/energy_source.h"
#include "hardware/nvml_library.h"
#include "hardware/visible_devices.h"

namespace carbontracker::nvml {

// The ways to ask for power, best first. The fields say what they cover; nvmlDeviceGetPowerUsage is a mean over 1 s from Ampere
// on, except on GA100 (compute capability 8.0), and momentary before (NVML API reference).
enum class Gauge { none, instant, module_instant, usage };

struct Gpu {
  std::string name;                  // "gpu0": NVML's index, the one nvidia-smi shows
  Device handle = nullptr;
  GpuIdentity identity;
  bool counter = false;              // the energy query works, or may come to work
  Gauge gauge = Gauge::none;
  bool whole_module = false;         // only the module's figure can be had: GPU and CPU of a superchip
  Seconds window{};                  // what the gauge averages over
  std::optional<Watts> max_power;
  std::string trouble;               // why neither works; empty where one does
  bool in_scope = false;
  Instant renewed{};                 // when a lost card's handle was last asked for again
};

// Finds out what the card is and what it can do, by asking. Only energy or power is essential, whatever else fails is left out.
[[nodiscard]] Result<Gpu> describe(const Library& library, unsigned index);

// Millijoules since the driver was loaded. A counter at 0 while power flows is refused (Errc::unsupported).
[[nodiscard]] Reading read_energy(const Library& library, Gpu& gpu, const Clock& clock);
// Watts. What is not above 0 is no reading: some cards answer 0 mW now and then when asked quickly.
[[nodiscard]] Reading read_power(const Library& library, Gpu& gpu, const Clock& clock);

// What it does. A question that the card does not know leaves its figure out.
[[nodiscard]] Activity read_activity(const Library& library, const Gpu& gpu);

}  // namespace carbontracker::nvml
