#pragma once
// What the files of the hwmon family share: a device below /sys/class/hwmon, a sensor in it, and the rules that know the chips.
// Everything is bound by driver name and parent device (PCI or I2C address, ACPI id), never by the number in hwmonN.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host.h"
#include "hardware/energy_source.h"

namespace carbontracker {

struct HwmonDevice {
  std::string path;    // .../hwmonN
  std::string name;    // of the driver: "amdgpu"
  std::string device;  // of the parent: "0000:03:00.0", "1-0040", "ACPI000D:00"; empty where the kernel names none

  // Trimmed content, empty when there is none. Drivers keep files in hwmonN or, older ones, in hwmonN/device.
  [[nodiscard]] std::string text(std::string_view file) const;
  [[nodiscard]] std::optional<std::string> find(std::string_view file) const;  // its path, when it exists
  [[nodiscard]] std::string channel_name() const { return device.empty() ? name : name + "-" + device; }
};
[[nodiscard]] std::vector<HwmonDevice> find_hwmon(const Host& host);

struct HwmonSensor {
  Channel channel;
  std::string file;            // energy in uJ, or power in uW
  std::string current_file;    // when set: `file` is in mV, this in mA, and the product is the power in uW
  double watts_per_unit = 1e-6;
  bool visible = true;         // false: a card that is not this job's
  std::string status_file;     // when set and it says "suspended": the device sleeps and is left asleep
};
// A driver's sensors: the chips' rules, one function a group of drivers. `all` is every device of the machine.
struct HwmonRule {
  std::string_view driver;
  void (*describe)(const HwmonDevice& device, const std::vector<HwmonDevice>& all, std::vector<HwmonSensor>& out);
};
[[nodiscard]] std::span<const HwmonRule> hwmon_gpu_rules();    // hwmon_gpu.cpp
[[nodiscard]] std::span<const HwmonRule> hwmon_cpu_rules();    // hwmon_cpu.cpp
[[nodiscard]] std::span<const HwmonRule> hwmon_board_rules();  // hwmon_board.cpp
// Jetson's older driver, which is no hwmon driver: /sys/bus/i2c/drivers/ina3221x/*/iio:device*.
[[nodiscard]] std::vector<HwmonSensor> jetson_iio_sensors(const Host& host);

// A gauge in uW, or a counter in uJ, with the fields that all have alike.
[[nodiscard]] HwmonSensor power_sensor(std::string name, Domain domain, std::string device, std::string file);
[[nodiscard]] HwmonSensor energy_sensor(std::string name, Domain domain, std::string device, std::string file);

// 95 %, relative. No driver states the accuracy of its sensor; the class of ours is that of on-board power sensors, +-5 %
// (docs/method/hardware-rapl-hwmon.md).
inline constexpr double kHwmonGainError = 0.05;

}  // namespace carbontracker
