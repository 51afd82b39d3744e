#include "hardware/nvml_gpu.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace carbontracker::nvml {
namespace {

// The limiter holds a moving average, so means over its loop stay at the limit; a tenth above it bounds what a gap may hide.
constexpr double kAboveLimit = 1.1;
constexpr Seconds kRenewEvery{1};
constexpr unsigned kMostInstances = 64;  // of one card; there are at most 7 today

double milliwatts_in(const FieldValue& field) {
  switch (field.type) {
    case ValueType::real: return field.value.real;
    case ValueType::u32: return field.value.u32;
    case ValueType::u_long: return static_cast<double>(field.value.u_long);
    case ValueType::u64: return static_cast<double>(field.value.u64);
    case ValueType::s64: return static_cast<double>(field.value.s64);
    case ValueType::s32: return field.value.s32;
    case ValueType::u16: return field.value.u16;
  }
  return 0;
}

Return ask_field(const Library& library, Device device, unsigned scope, double& milliwatts) {
  if (!library.fields) return kFunctionNotFound;
  FieldValue field{};
  field.field = kPowerInstant;
  field.scope = scope;
  const Return code = library.fields(device, 1, &field);
  if (code != kSuccess) return code;
  milliwatts = milliwatts_in(field);
  return field.result;
}

Return ask_usage(const Library& library, Device device, double& milliwatts) {
  if (!library.power) return kFunctionNotFound;
  unsigned value = 0;
  const Return code = library.power(device, &value);
  milliwatts = value;
  return code;
}

Return ask_power(const Library& library, Device device, Gauge gauge, double& milliwatts) {
  switch (gauge) {
    case Gauge::instant: return ask_field(library, device, kScopeGpu, milliwatts);
    case Gauge::module_instant: return ask_field(library, device, kScopeModule, milliwatts);
    case Gauge::usage: return ask_usage(library, device, milliwatts);
    case Gauge::none: break;
  }
  return kNotSupported;
}

Return ask_energy(const Library& library, Device device, std::uint64_t& millijoules) {
  if (!library.energy) return kFunctionNotFound;
  unsigned long long value = 0;
  const Return code = library.energy(device, &value);
  millijoules = value;
  return code;
}

std::string text_of(Return (*ask)(Device, char*, unsigned), Device device, unsigned size) {
  std::array<char, 256> buffer{};
  if (!ask || ask(device, buffer.data(), size) != kSuccess) return "";
  std::string text(buffer.data());
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string pci_of(const Library& library, Device device) {
  PciInfo info{};
  if (!library.pci || library.pci(device, &info) != kSuccess) return "";
  info.bus_id[sizeof info.bus_id - 1] = '\0';
  return normal_pci_address(info.bus_id);
}

std::vector<std::string> instances_of(const Library& library, Device device) {
  std::vector<std::string> uuids;
  unsigned count = 0;
  if (!library.max_instances || !library.instance_by_index || library.max_instances(device, &count) != kSuccess) return uuids;
  for (unsigned i = 0; i < std::min(count, kMostInstances); ++i) {
    Device instance = nullptr;
    if (library.instance_by_index(device, i, &instance) != kSuccess) continue;
    if (auto uuid = text_of(library.uuid, instance, kUuidSize); !uuid.empty()) uuids.push_back(std::move(uuid));
  }
  return uuids;
}

GpuIdentity identify(const Library& library, Device device) {
  GpuIdentity identity{text_of(library.uuid, device, kUuidSize), pci_of(library, device), text_of(library.name, device, kNameSize)};
  int major = 0, minor = 0;
  if (library.compute_capability && library.compute_capability(device, &major, &minor) == kSuccess)
    identity.compute_capability = 10 * major + minor;
  unsigned cores = 0, megahertz = 0;
  if (library.cores && library.max_clock && library.cores(device, &cores) == kSuccess &&
      library.max_clock(device, kClockSm, &megahertz) == kSuccess)
    identity.speed = double(cores) * megahertz;
  identity.instances = instances_of(library, device);
  return identity;
}

std::optional<Watts> power_bound(const Library& library, Device device) {
  unsigned least = 0, most = 0;
  const bool known = (library.limit_range && library.limit_range(device, &least, &most) == kSuccess && most > 0) ||
                     (library.default_limit && library.default_limit(device, &most) == kSuccess && most > 0) ||
                     (library.limit && library.limit(device, &most) == kSuccess && most > 0);
  return known ? std::optional(Watts(most / 1e3 * kAboveLimit)) : std::nullopt;
}

// Some drivers know the field and answer 0: that is as good as none. A single 0 may be a hiccup (read_power), so it is asked again.
Return try_gauge(const Library& library, Device device, Gauge gauge) {
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    double milliwatts = 0;
    const Return code = ask_power(library, device, gauge, milliwatts);
    if (code != kSuccess || milliwatts > 0 || gauge == Gauge::usage) return code;
  }
  return kNoData;
}

// The first way that works; failing that, the first that may come to work.
Gauge find_gauge(const Library& library, Device device, Return& why) {
  Gauge later = Gauge::none;
  for (const Gauge gauge : {Gauge::instant, Gauge::module_instant, Gauge::usage}) {
    if (gauge == Gauge::module_instant && later == Gauge::instant) continue;  // not to take the module's power for the card's
    why = try_gauge(library, device, gauge);
    if (why == kSuccess) return gauge;
    if (!is_final(why) && later == Gauge::none) later = gauge;
  }
  return later;
}

// Unknown (0) is a driver from before Ampere.
Seconds window_of(Gauge gauge, int compute_capability) {
  return Seconds(gauge == Gauge::usage && compute_capability > 80 ? 1 : 0);
}

// A card that was reset has another handle when it is back.
void renew(const Library& library, Gpu& gpu, Return code, const Clock& clock) {
  if (code != kGpuIsLost && code != kInvalidArgument && code != kGpuNotFound) return;
  if (!library.device_by_uuid || gpu.identity.uuid.empty() || seconds_between(gpu.renewed, clock.now()) < kRenewEvery) return;
  gpu.renewed = clock.now();
  Device handle = nullptr;
  if (library.device_by_uuid(gpu.identity.uuid.c_str(), &handle) == kSuccess) gpu.handle = handle;
}

}  // namespace

Result<Gpu> describe(const Library& library, unsigned index) {
  Gpu gpu;
  gpu.name = fmt::format("gpu{}", index);
  if (const Return code = library.device_by_index(index, &gpu.handle); code != kSuccess)
    return unexpected(error(code, "opening " + gpu.name));
  gpu.identity = identify(library, gpu.handle);
  std::uint64_t ignored = 0;
  const Return energy = ask_energy(library, gpu.handle, ignored);
  gpu.counter = energy == kSuccess || !is_final(energy);
  Return power = kSuccess;
  gpu.gauge = find_gauge(library, gpu.handle, power);
  gpu.whole_module = gpu.gauge == Gauge::module_instant;
  gpu.window = window_of(gpu.gauge, gpu.identity.compute_capability);
  if (!gpu.whole_module) gpu.max_power = power_bound(library, gpu.handle);
  if (!gpu.counter && gpu.gauge == Gauge::none) gpu.trouble = error(power, "asking for energy and for power").what;
  return gpu;
}

Reading read_energy(const Library& library, Gpu& gpu, const Clock& clock) {
  std::uint64_t millijoules = 0;
  const Return code = ask_energy(library, gpu.handle, millijoules);
  if (code != kSuccess) {
    renew(library, gpu, code, clock);
    return error(code, "reading the energy of " + gpu.name);
  }
  double milliwatts = 0;
  if (millijoules == 0 && ask_power(library, gpu.handle, gpu.gauge, milliwatts) == kSuccess && milliwatts > 0)
    return Error{Errc::unsupported, fmt::format("the energy counter of {} stands at 0 while the card takes {:.1f} W", gpu.name, milliwatts / 1e3),
                 "nothing to do: its power is integrated instead"};
  return millijoules;
}

Activity read_activity(const Library& library, const Gpu& gpu) {
  Activity out;
  DeviceUtilization use{};
  if (library.device_utilization && library.device_utilization(gpu.handle, &use) == kSuccess && use.gpu <= 100) out.busy = use.gpu / 100.0;
  Memory memory{};
  if (library.memory && library.memory(gpu.handle, &memory) == kSuccess && memory.total > 0 && memory.used <= memory.total) {
    out.memory_used = static_cast<double>(memory.used);
    out.memory_total = static_cast<double>(memory.total);
  }
  const auto watts = [&](Return (*ask)(Device, unsigned*)) -> std::optional<Watts> {
    unsigned milliwatts = 0;
    return ask && ask(gpu.handle, &milliwatts) == kSuccess && milliwatts > 0 ? std::optional(Watts(milliwatts / 1e3)) : std::nullopt;
  };
  out.limit = watts(library.limit);
  out.limit_default = watts(library.default_limit);
  unsigned least = 0, most = 0;
  if (library.limit_range && library.limit_range(gpu.handle, &least, &most) == kSuccess && least > 0 && most >= least) {
    out.limit_least = Watts(least / 1e3);
    out.limit_most = Watts(most / 1e3);
  }
  return out;
}

Reading read_power(const Library& library, Gpu& gpu, const Clock& clock) {
  double milliwatts = 0;
  const Return code = ask_power(library, gpu.handle, gpu.gauge, milliwatts);
  if (code != kSuccess) {
    renew(library, gpu, code, clock);
    return error(code, "reading the power of " + gpu.name);
  }
  if (!(milliwatts > 0)) return Error{Errc::unavailable, gpu.name + " reports no power for the moment (0 mW)", ""};
  return Watts(milliwatts / 1e3);
}

}  // namespace carbontracker::nvml
