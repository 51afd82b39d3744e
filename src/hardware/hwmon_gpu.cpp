// Graphics cards: amdgpu, xe, i915, nouveau.
//
// Gives: one gpu channel a card (headline), named by driver and PCI address.
//   amdgpu   power1_average, else power1_input (Linux 6.6 moved some cards from one to the other), uW. On an APU the figure is that of the
//            whole package, so it is contained in it. APUs are told by in1_input, their north bridge's voltage, which only they have
//            (Documentation/gpu/amdgpu/thermal.rst and drivers/gpu/drm/amd/pm/amdgpu_pm.c of Linux).
//   xe       energy1_input "card", else energy2_input "pkg", which is inside it; uJ.
//   i915     energy1_input, uJ: a 32-bit register that the driver extends to 64 bits as long as it is read more than once a wrap, which is
//            "approximately every 3 days" at 1 W, so 14 minutes at 300 W (Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon).
//            i915_gtN are tiles of the card, inside its count.

#include <algorithm>

#include "base/text.h"
#include "hardware/hwmon.h"

namespace carbontracker {
namespace {

std::optional<Watts> microwatts(const HwmonDevice& device, std::initializer_list<const char*> files) {
  for (const char* file : files)
    if (const auto value = parse_uint(device.text(file)); value && *value > 0) return Watts(1e-6 * static_cast<double>(*value));
  return std::nullopt;
}

// Twice the sustained limit: short peaks go above it. `crit` is a threshold to shut down at, not a limit (bug case B062).
std::optional<Watts> power_cap(const HwmonDevice& device) {
  const auto limit = microwatts(device, {"power1_cap_max", "power1_cap", "power1_max", "power1_rated_max"});
  return limit ? std::optional(2.0 * *limit) : std::nullopt;
}

std::optional<std::string> power_file(const HwmonDevice& device) {
  const auto average = device.find("power1_average");
  return average ? average : device.find("power1_input");
}

void finish(HwmonSensor& sensor, const HwmonDevice& device) {
  sensor.channel.max_power = power_cap(device);
  if (const auto status = device.find("device/power/runtime_status")) sensor.status_file = *status;
}

void amdgpu(const HwmonDevice& device, const std::vector<HwmonDevice>&, std::vector<HwmonSensor>& out) {
  const auto file = power_file(device);
  if (!file) return;
  HwmonSensor sensor = power_sensor(device.channel_name(), Domain::gpu, device.device, *file);
  finish(sensor, device);
  if (device.find("in1_input")) {
    sensor.channel.contained_in = "package-0";
    sensor.channel.note = "an APU: its figure is that of the whole package, CPU included, and is not added to it";
  }
  out.push_back(std::move(sensor));
}

void nouveau(const HwmonDevice& device, const std::vector<HwmonDevice>&, std::vector<HwmonSensor>& out) {
  const auto file = power_file(device);
  if (!file) return;
  out.push_back(power_sensor(device.channel_name(), Domain::gpu, device.device, *file));
  finish(out.back(), device);
}

std::optional<std::string> energy_file(const HwmonDevice& device) {
  for (const char* wanted : {"card", "pkg"})
    for (const char* number : {"1", "2"})
      if (device.text(std::string("energy") + number + "_label") == wanted)
        if (auto file = device.find(std::string("energy") + number + "_input")) return file;
  auto first = device.find("energy1_input");
  return first ? first : device.find("energy2_input");
}

void intel(const HwmonDevice& device, const std::vector<HwmonDevice>& all, std::vector<HwmonSensor>& out) {
  if (const auto energy = energy_file(device)) out.push_back(energy_sensor(device.channel_name(), Domain::gpu, device.device, *energy));
  else if (const auto power = power_file(device)) out.push_back(power_sensor(device.channel_name(), Domain::gpu, device.device, *power));
  else return;
  finish(out.back(), device);
  const bool tile = device.name.rfind("i915_gt", 0) == 0;
  for (const HwmonDevice& card : all)
    if (tile && card.name == "i915" && card.device == device.device) out.back().channel.contained_in = card.channel_name();
}

constexpr HwmonRule kRules[] = {{"amdgpu", amdgpu}, {"xe", intel}, {"i915", intel}, {"i915_gt0", intel}, {"i915_gt1", intel},
    {"i915_gt2", intel}, {"i915_gt3", intel}, {"nouveau", nouveau}};

}  // namespace

std::span<const HwmonRule> hwmon_gpu_rules() { return kRules; }

}  // namespace carbontracker
