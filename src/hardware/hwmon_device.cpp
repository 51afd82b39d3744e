#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "hardware/hwmon.h"

namespace carbontracker {
namespace {

// The last part of what the `device` link points to; the link itself is enough, its target may be out of sight in a container.
std::string parent_of(const std::string& path) {
  char target[4096];
  const ssize_t got = ::readlink((path + "/device").c_str(), target, sizeof target);
  if (got <= 0) return {};
  const std::string_view text(target, static_cast<std::size_t>(got));
  return std::string(text.substr(text.rfind('/') + 1));
}

void add_from(const std::string& directory, std::vector<HwmonDevice>& devices) {
  const auto entries = list_directory(directory);
  if (!entries) return;
  for (const std::string& entry : *entries) {
    HwmonDevice device{directory + "/" + entry, "", ""};
    device.name = device.text("name");
    if (device.name.empty()) continue;  // a link that dangles, a device on its way out
    device.device = parent_of(device.path);
    devices.push_back(std::move(device));
  }
}

HwmonSensor sensor(std::string name, Domain domain, std::string device, std::string file) {
  HwmonSensor made;
  made.channel.name = std::move(name);
  made.channel.domain = domain;
  made.channel.device = std::move(device);
  made.channel.gain_error = kHwmonGainError;
  made.file = std::move(file);
  return made;
}

}  // namespace

std::string HwmonDevice::text(std::string_view file) const {
  for (const char* where : {"/", "/device/"}) {
    const auto content = read_file(path + where + std::string(file), 4096);
    if (content) return std::string(trim(*content));
  }
  return {};
}

std::optional<std::string> HwmonDevice::find(std::string_view file) const {
  for (const char* where : {"/", "/device/"}) {
    std::string candidate = path + where + std::string(file);
    if (::access(candidate.c_str(), F_OK) == 0) return candidate;
  }
  return std::nullopt;
}

std::vector<HwmonDevice> find_hwmon(const Host& host) {
  std::vector<HwmonDevice> devices;
  add_from(host.path("/sys/class/hwmon"), devices);
  const bool jetson = std::any_of(devices.begin(), devices.end(), [](const HwmonDevice& d) { return d.name == "ina3221"; });
  const std::string driver = host.path("/sys/bus/i2c/drivers/ina3221");
  const auto chips = jetson ? Result<std::vector<std::string>>(std::vector<std::string>{}) : list_directory(driver);
  for (const std::string& chip : chips.value_or({})) {
    const std::size_t before = devices.size();
    add_from(driver + "/" + chip + "/hwmon", devices);
    for (std::size_t i = before; i < devices.size(); ++i) devices[i].device = chip;
  }
  // hwmonN is renumbered at boot; the order of ours is not.
  std::stable_sort(devices.begin(), devices.end(), [](const HwmonDevice& a, const HwmonDevice& b) { return a.channel_name() < b.channel_name(); });
  return devices;
}

HwmonSensor power_sensor(std::string name, Domain domain, std::string device, std::string file) {
  HwmonSensor made = sensor(std::move(name), domain, std::move(device), std::move(file));
  made.channel.kind = Gauge{};
  made.channel.origin = Origin::power;
  return made;
}

HwmonSensor energy_sensor(std::string name, Domain domain, std::string device, std::string file) {
  HwmonSensor made = sensor(std::move(name), domain, std::move(device), std::move(file));
  made.channel.kind = Counter{Joules(1e-6), 0};  // the drivers that count energy extend it to 64 bits themselves
  made.channel.origin = Origin::counter;
  return made;
}

}  // namespace carbontracker
