// Boards and supplies: INA3221 and its kin (NVIDIA Jetson), single-channel monitors, power supplies.
//
// Gives:
//   Jetson   soc from the module's input rail (VDD_IN, POM_5V_IN, VIN: headline, the whole module), the other rails inside it
//            (jetson_stats#51: NVIDIA says the input rail is the total). Where no input rail is measured (AGX Xavier, AGX Orin) the rails
//            feed the module side by side and are soc channels that add up; VDDQ_VDD2_1V8AO hangs on VIN_SYS_5V0.
//   others   platform channels, never summed: what hangs on an unnamed rail is not known.
// INA3221: in1 to in3 are voltages of the rails, in4 to in6 of the shunts, in7 their sum; power = mV x mA = uW
// (Documentation/hwmon/ina3221.rst). A channel whose in<N>_enable is 0 answers no read and is left out.

#include <algorithm>
#include <array>

#include "base/files.h"
#include "base/text.h"
#include "hardware/hwmon.h"

namespace carbontracker {
namespace {

constexpr std::array<std::string_view, 4> kInputRails = {"VDD_IN", "POM_5V_IN", "VIN", "VIN_TOTAL"};
constexpr std::array<std::string_view, 7> kRailPrefixes = {"VDD", "VIN", "POM_", "GPU", "CPU", "SOC", "SYS5V"};
constexpr std::string_view kInputRail = "soc";

bool is_input(std::string_view label) { return std::find(kInputRails.begin(), kInputRails.end(), label) != kInputRails.end(); }
bool is_jetson_rail(std::string_view label) {
  return label == "CV" || std::any_of(kRailPrefixes.begin(), kRailPrefixes.end(), [&](std::string_view p) { return label.rfind(p, 0) == 0; });
}

std::string label_of(const HwmonDevice& device, const std::string& number) {
  for (const std::string& file : {"in" + number + "_label", "power" + number + "_label", std::string("label")})
    if (std::string label = device.text(file); !label.empty()) return label;
  return {};
}

bool has_input_rail(const std::vector<HwmonDevice>& all) {
  for (const HwmonDevice& device : all)
    for (const char* number : {"1", "2", "3"})
      if (device.name.rfind("ina", 0) == 0 && is_input(label_of(device, number))) return true;
  return false;
}

// Name, domain and nesting of a rail, from its label.
HwmonSensor rail(const std::string& label, const std::string& fallback, const std::string& device, bool total_known, std::string file) {
  if (is_input(label)) {
    HwmonSensor sensor = power_sensor(std::string(kInputRail), Domain::soc, device, std::move(file));
    sensor.channel.note = "the whole module: CPU, GPU and memory";
    sensor.channel.whole_module = true;
    return sensor;
  }
  if (!is_jetson_rail(label)) return power_sensor("platform-" + fallback, Domain::platform, device, std::move(file));
  HwmonSensor sensor = power_sensor("soc-" + lower(label), total_known ? Domain::other : Domain::soc, device, std::move(file));
  if (total_known) sensor.channel.contained_in = kInputRail;
  else if (label == "VDDQ_VDD2_1V8AO") sensor.channel.contained_in = "soc-vin_sys_5v0";
  return sensor;
}

void ina3221(const HwmonDevice& device, const std::vector<HwmonDevice>& all, std::vector<HwmonSensor>& out) {
  const bool total_known = has_input_rail(all);
  for (const std::string number : {"1", "2", "3"}) {
    const auto volts = device.find("in" + number + "_input");
    const auto amperes = device.find("curr" + number + "_input");
    const std::string label = device.text("in" + number + "_label");
    if (!volts || !amperes || label == "NC" || device.text("in" + number + "_enable") == "0") continue;
    HwmonSensor sensor = rail(label, device.device + "-" + number, device.device, total_known, *volts);
    sensor.current_file = *amperes;
    sensor.channel.label = label;
    out.push_back(std::move(sensor));
  }
}

// Which voltage belongs to the current: by chip, since their numbers do not match (variorum and the drivers' sources).
struct Pair {
  std::string_view driver;
  const char* volts;
};
constexpr Pair kPairs[] = {{"ltc2947", "in0_input"}, {"max20730", "in2_input"}};

void monitor(const HwmonDevice& device, const std::vector<HwmonDevice>& all, std::vector<HwmonSensor>& out) {
  const std::string label = label_of(device, "1");
  const std::string name = device.channel_name();
  const bool total_known = has_input_rail(all);
  if (const auto power = device.find("power1_input")) {
    out.push_back(rail(label, name, device.device, total_known, *power));
  } else {
    const char* voltage = "in1_input";
    for (const Pair& pair : kPairs)
      if (pair.driver == device.name) voltage = pair.volts;
    const auto volts = device.find(voltage);
    const auto amperes = device.find("curr1_input");
    if (!volts || !amperes) return;
    out.push_back(rail(label, name, device.device, total_known, *volts));
    out.back().current_file = *amperes;
  }
  out.back().channel.label = label;
}

// The total is what comes in; power1 where nothing is said. The other figures are parts of it.
void supply(const HwmonDevice& device, const std::vector<HwmonDevice>&, std::vector<HwmonSensor>& out) {
  std::string number = "1";
  for (const char* candidate : {"1", "2", "3", "4"}) {
    const std::string label = lower(device.text(std::string("power") + candidate + "_label"));
    if (label == "pin" || label == "pin1" || label == "power total") number = candidate;
  }
  const auto file = device.find("power" + number + "_input");
  if (!file) return;
  out.push_back(power_sensor("platform-" + device.channel_name(), Domain::platform, device.device, *file));
  out.back().channel.note = "a power supply: includes what the other channels measure";
}

constexpr HwmonRule kRules[] = {
    {"ina3221", ina3221}, {"ina219", monitor}, {"ina220", monitor}, {"ina226", monitor}, {"ina228", monitor}, {"ina230", monitor},
    {"ina231", monitor}, {"ina233", monitor}, {"ina237", monitor}, {"ina238", monitor}, {"ina260", monitor}, {"ltc2945", monitor},
    {"ltc2947", monitor}, {"max20730", monitor}, {"corsairpsu", supply}, {"ym2151e", supply}, {"yh5151e", supply}, {"pmbus", supply},
    {"dps920ab", supply}, {"pfe1100", supply}, {"pfe3000", supply}, {"cffps", supply}};

}  // namespace

std::span<const HwmonRule> hwmon_board_rules() { return kRules; }

std::vector<HwmonSensor> jetson_iio_sensors(const Host& host) {
  struct Found {
    std::string label, device, file;
  };
  std::vector<Found> rails;
  const std::string driver = host.path("/sys/bus/i2c/drivers/ina3221x");
  for (const std::string& chip : list_directory(driver).value_or({}))
    for (const std::string& entry : list_directory(driver + "/" + chip).value_or({})) {
      if (entry.rfind("iio:device", 0) != 0 && entry != "iio_device") continue;
      const HwmonDevice device{driver + "/" + chip + "/" + entry, "ina3221x", chip};
      for (const char* number : {"0", "1", "2"}) {
        const std::string label = device.text(std::string("rail_name_") + number);
        const auto file = device.find(std::string("in_power") + number + "_input");
        if (!label.empty() && label != "NC" && file) rails.push_back({label, chip, *file});
      }
    }
  const bool total_known = std::any_of(rails.begin(), rails.end(), [](const Found& found) { return is_input(found.label); });
  std::vector<HwmonSensor> sensors;
  for (const Found& found : rails) {
    sensors.push_back(rail(found.label, found.device, found.device, total_known, found.file));
    sensors.back().watts_per_unit = 1e-3;
    sensors.back().channel.label = found.label;
  }
  return sensors;
}

}  // namespace carbontracker
