#pragma once
// The part of NVML's public binary interface that is used here, in our own words: sizes, numbers and argument orders as the
// NVML API reference documents them (docs.nvidia.com/deploy/nvml-api), checked against the layouts of drivers 418 to 575.
// No header of NVIDIA's is needed to build, and nothing is linked: every function is looked up at run time.

#include <cstddef>
#include <cstdint>

namespace carbontracker::nvml {

using Device = void*;       // an opaque handle, valid between init and shutdown
using Return = unsigned;    // a C enum of non-negative values

inline constexpr Return kSuccess = 0, kUninitialized = 1, kInvalidArgument = 2, kNotSupported = 3, kNoPermission = 4, kNotFound = 6,
                        kInsufficientSize = 7, kInsufficientPower = 8, kDriverNotLoaded = 9, kTimeout = 10, kIrqIssue = 11,
                        kLibraryNotFound = 12, kFunctionNotFound = 13, kCorruptedInforom = 14, kGpuIsLost = 15, kResetRequired = 16,
                        kOperatingSystem = 17, kVersionMismatch = 18, kInUse = 19, kMemory = 20, kNoData = 21,
                        kInsufficientResources = 23, kArgumentVersionMismatch = 25, kDeprecated = 26, kNotReady = 27, kGpuNotFound = 28,
                        kInvalidState = 29, kUnknown = 999;

// Lengths that hold any answer (the documented maxima are 96, 96 and 32).
inline constexpr unsigned kNameSize = 96, kUuidSize = 96;

struct PciInfo {            // nvmlPciInfo_t, filled by nvmlDeviceGetPciInfo_v3
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];          // "00000000:65:00.0"
};
static_assert(sizeof(PciInfo) == 68);

// Fields of nvmlDeviceGetFieldValues: milliwatts, with a scope.
inline constexpr unsigned kPowerAverage = 185;  // mean over 1 s; Ampere (not GA100) and newer
inline constexpr unsigned kPowerInstant = 186;
inline constexpr unsigned kScopeGpu = 0, kScopeModule = 1;  // module: GPU and CPU of a superchip

enum class ValueType : unsigned { real = 0, u32 = 1, u_long = 2, u64 = 3, s64 = 4, s32 = 5, u16 = 6 };
union Value {
  double real;
  unsigned u32;
  unsigned long u_long;
  unsigned long long u64;
  long long s64;
  int s32;
  unsigned short u16;
};
struct FieldValue {         // nvmlFieldValue_t
  unsigned field;           // in
  unsigned scope;           // in
  long long timestamp_us;   // of the CPU, since 1970
  long long latency_us;
  ValueType type;
  Return result;            // of this field alone
  Value value;
};
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, type) == 24 && offsetof(FieldValue, value) == 32);

struct Process {            // nvmlProcessInfo_t as the _v2 and _v3 calls fill it
  unsigned pid;
  unsigned long long memory_bytes;
  unsigned gpu_instance, compute_instance;
};
static_assert(sizeof(Process) == 24);
struct ProcessV1 {          // as the call without a suffix fills it
  unsigned pid;
  unsigned long long memory_bytes;
};
static_assert(sizeof(ProcessV1) == 16);

struct Utilization {        // nvmlProcessUtilizationSample_t; percent
  unsigned pid;
  unsigned long long timestamp_us;
  unsigned sm, memory, encoder, decoder;
};
static_assert(sizeof(Utilization) == 32 && offsetof(Utilization, sm) == 16);

struct DeviceUtilization {  // nvmlUtilization_t; percent of the last 1/6 to 1 s
  unsigned gpu, memory;
};
struct Memory {             // nvmlMemory_t; bytes
  unsigned long long total, free, used;
};
static_assert(sizeof(DeviceUtilization) == 8 && sizeof(Memory) == 24);

inline constexpr unsigned kClockSm = 1;  // nvmlClockType_t

}  // namespace carbontracker::nvml
