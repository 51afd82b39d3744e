#pragma once
// libnvidia-ml.so.1, opened and initialised: its functions by name, each null where this driver has none.

#include "base/host.h"
#include "carbontracker/result.h"
#include "hardware/nvml_abi.h"

namespace carbontracker::nvml {

// Constant after loading. NVML is thread safe; the library is neither shut down nor unloaded, so that a hung driver cannot
// hold up our exit, and so that the driver (and with it the energy counters) stays loaded for the whole run.
struct Library {
  Return (*device_count)(unsigned* count) = nullptr;
  Return (*device_by_index)(unsigned index, Device* device) = nullptr;
  Return (*device_by_uuid)(const char* uuid, Device* device) = nullptr;
  Return (*name)(Device, char* text, unsigned size) = nullptr;
  Return (*uuid)(Device, char* text, unsigned size) = nullptr;
  Return (*pci)(Device, PciInfo*) = nullptr;
  Return (*compute_capability)(Device, int* major, int* minor) = nullptr;
  Return (*cores)(Device, unsigned* count) = nullptr;
  Return (*max_clock)(Device, unsigned clock_type, unsigned* mhz) = nullptr;
  Return (*energy)(Device, unsigned long long* millijoules) = nullptr;
  Return (*power)(Device, unsigned* milliwatts) = nullptr;
  Return (*fields)(Device, int count, FieldValue* values) = nullptr;
  Return (*limit_range)(Device, unsigned* min_milliwatts, unsigned* max_milliwatts) = nullptr;
  Return (*default_limit)(Device, unsigned* milliwatts) = nullptr;
  Return (*limit)(Device, unsigned* milliwatts) = nullptr;
  Return (*processes)(Device, unsigned* count, Process*) = nullptr;       // _v3, or _v2
  Return (*processes_v1)(Device, unsigned* count, ProcessV1*) = nullptr;
  Return (*mps_processes)(Device, unsigned* count, Process*) = nullptr;   // clients of a multi-process server; _v3, or _v2
  Return (*utilization)(Device, Utilization*, unsigned* count, unsigned long long since_us) = nullptr;
  Return (*device_utilization)(Device, DeviceUtilization*) = nullptr;
  Return (*memory)(Device, Memory*) = nullptr;
  Return (*set_limit)(Device, unsigned milliwatts) = nullptr;             // of the whole board; needs root
  Return (*max_instances)(Device, unsigned* count) = nullptr;
  Return (*instance_by_index)(Device, unsigned index, Device* instance) = nullptr;
};

// Loads host.nvml_library and initialises it. May block as long as the driver does.
[[nodiscard]] Result<Library> load(const Host& host);

// What a return code means and what to do about it. `doing` says what was being asked of which thing: "reading the energy of gpu0".
[[nodiscard]] Error error(Return code, const std::string& doing);

// Whether asking again later cannot help: the card or the driver does not know the question.
[[nodiscard]] bool is_final(Return code);

}  // namespace carbontracker::nvml
