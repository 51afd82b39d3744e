// NVML's return codes in plain words: the table of causes and remedies.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "hardware/nvml_library.h"

namespace carbontracker::nvml {
namespace {

struct Meaning {
  Return code;
  Errc kind;
  std::string_view cause;
  std::string_view remedy;
};

constexpr std::string_view kSeeKernelLog = "look for Xid messages: dmesg | grep -i nvrm";

constexpr std::array kMeanings{
    Meaning{kUninitialized, Errc::internal, "NVML is not initialised", ""},
    Meaning{kInvalidArgument, Errc::unsupported, "this driver does not know the question", "update the NVIDIA driver"},
    Meaning{kNotSupported, Errc::unsupported, "this card or driver does not support it", ""},
    Meaning{kNoPermission, Errc::permission, "this user may not ask it", "check the rights of /dev/nvidia*: ls -l /dev/nvidia*"},
    Meaning{kNotFound, Errc::not_found, "the driver does not know the thing asked for", ""},
    Meaning{kInsufficientPower, Errc::unavailable, "a power cable of the card is missing", "plug in the card's power cables"},
    Meaning{kDriverNotLoaded, Errc::not_found, "the NVIDIA kernel driver is not loaded", "sudo modprobe nvidia"},
    Meaning{kTimeout, Errc::timeout, "the driver gave no answer in time", kSeeKernelLog},
    Meaning{kIrqIssue, Errc::unavailable, "the kernel has an interrupt problem with the card", kSeeKernelLog},
    Meaning{kLibraryNotFound, Errc::not_found, "a library of the driver is missing", "reinstall the NVIDIA driver"},
    Meaning{kFunctionNotFound, Errc::unsupported, "this driver has no such function", "update the NVIDIA driver"},
    Meaning{kCorruptedInforom, Errc::corrupt, "the card's infoROM is damaged", "nvidia-smi -q -d INFOROM shows it; the maker of the card replaces it"},
    Meaning{kGpuIsLost, Errc::unavailable, "the GPU has fallen off the bus", "dmesg | grep -i nvrm shows why; nvidia-smi --gpu-reset or a reboot brings it back"},
    Meaning{kResetRequired, Errc::unavailable, "the GPU needs a reset", "sudo nvidia-smi --gpu-reset once nothing runs on it"},
    Meaning{kOperatingSystem, Errc::permission, "the operating system or a device cgroup blocks the card", "allow /dev/nvidia* in the container or the job's device list"},
    Meaning{kVersionMismatch, Errc::unsupported, "driver and library versions differ, as after an update of the driver without a restart",
            "reboot, or reload the driver: sudo rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia; sudo modprobe nvidia"},
    Meaning{kInUse, Errc::unavailable, "the GPU is in use by someone else", ""},
    Meaning{kMemory, Errc::unavailable, "the driver is out of memory", ""},
    Meaning{kNoData, Errc::unavailable, "the driver has no data yet", ""},
    Meaning{kInsufficientResources, Errc::unavailable, "the driver is out of resources", ""},
    Meaning{kArgumentVersionMismatch, Errc::unsupported, "this driver expects another version of the call", "update the NVIDIA driver"},
    Meaning{kDeprecated, Errc::unsupported, "this driver has given the call up", ""},
    Meaning{kNotReady, Errc::unavailable, "the system is not ready (it may become so)", "on confidential-computing GPUs: sudo nvidia-smi conf-compute -srs 1"},
    Meaning{kGpuNotFound, Errc::not_found, "there is no such GPU", "nvidia-smi -L lists those there are"},
    Meaning{kInvalidState, Errc::unavailable, "the driver is in the wrong state", ""},
    Meaning{kUnknown, Errc::unavailable, "the driver reports an internal error", kSeeKernelLog},
};

}  // namespace

Error error(Return code, const std::string& doing) {
  const auto known = std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& meaning) { return meaning.code == code; });
  const std::string number = " (NVML code " + std::to_string(code) + ")";
  if (known == kMeanings.end()) return {Errc::unavailable, doing + " failed" + number, std::string(kSeeKernelLog)};
  return {known->kind, doing + ": " + std::string(known->cause) + number, std::string(known->remedy)};
}

bool is_final(Return code) {
  constexpr std::array kFinal{kInvalidArgument, kNotSupported, kNoPermission, kNotFound, kFunctionNotFound, kArgumentVersionMismatch, kDeprecated};
  return std::find(kFinal.begin(), kFinal.end(), code) != kFinal.end();
}

}  // namespace carbontracker::nvml
