#include "hardware/nvml_library.h"

#include "base/dynamic_library.h"

namespace carbontracker::nvml {
namespace {

template <class Function>
void bind(const DynamicLibrary& library, Function*& slot, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (!slot) slot = library.find<Function>(name);
}

Library functions_of(const DynamicLibrary& in) {
  Library out;
  bind(in, out.device_count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
  bind(in, out.device_by_index, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
  bind(in, out.device_by_uuid, {"nvmlDeviceGetHandleByUUID"});
  bind(in, out.name, {"nvmlDeviceGetName"});
  bind(in, out.uuid, {"nvmlDeviceGetUUID"});
  bind(in, out.pci, {"nvmlDeviceGetPciInfo_v3"});  // older ones fill another layout
  bind(in, out.compute_capability, {"nvmlDeviceGetCudaComputeCapability"});
  bind(in, out.cores, {"nvmlDeviceGetNumGpuCores"});
  bind(in, out.max_clock, {"nvmlDeviceGetMaxClockInfo"});
  bind(in, out.energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  bind(in, out.power, {"nvmlDeviceGetPowerUsage"});
  bind(in, out.fields, {"nvmlDeviceGetFieldValues"});
  bind(in, out.limit_range, {"nvmlDeviceGetPowerManagementLimitConstraints"});
  bind(in, out.default_limit, {"nvmlDeviceGetPowerManagementDefaultLimit"});
  bind(in, out.limit, {"nvmlDeviceGetPowerManagementLimit"});
  bind(in, out.processes, {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
  bind(in, out.processes_v1, {"nvmlDeviceGetComputeRunningProcesses"});
  bind(in, out.mps_processes, {"nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2"});
  bind(in, out.utilization, {"nvmlDeviceGetProcessUtilization"});
  bind(in, out.device_utilization, {"nvmlDeviceGetUtilizationRates"});
  bind(in, out.memory, {"nvmlDeviceGetMemoryInfo"});
  bind(in, out.set_limit, {"nvmlDeviceSetPowerManagementLimit"});
  bind(in, out.max_instances, {"nvmlDeviceGetMaxMigDeviceCount"});
  bind(in, out.instance_by_index, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  return out;
}

}  // namespace

Result<Library> load(const Host& host) {
  const auto library = DynamicLibrary::open(host.nvml_library);
  if (!library)
    return unexpected(Errc::not_found, "no NVIDIA driver library: " + library.error().what,
                      "nothing to do if this machine has no NVIDIA GPU; otherwise install its driver, and start containers with --gpus all "
                      "and NVIDIA_DRIVER_CAPABILITIES=compute,utility");
  Return (*init)() = nullptr;
  bind(*library, init, {"nvmlInit_v2", "nvmlInit"});
  Library functions = functions_of(*library);
  if (!init || !functions.device_count || !functions.device_by_index)
    return unexpected(Errc::unsupported, host.nvml_library + " is not NVIDIA's management library: nvmlInit or the device list is missing",
                      "see which file the loader takes: ldconfig -p | grep libnvidia-ml");
  if (const Return code = init(); code != kSuccess) return unexpected(error(code, "starting NVML"));
  return functions;
}

}  // namespace carbontracker::nvml
