// Processors: amd_energy and zenergy (out of tree), ACPI power meters (NVIDIA Grace among them), Ampere's apm_xgene.
//
// Gives:
//   amd_energy, zenergy  package-<N> from "Esocket<N>", uJ, 64 bits (counted since the module was loaded). The cores' own counters are
//                        inside the socket's and are not opened: 128 reads a sample for no figure of the report.
//   power_meter          on Grace package-<N> from "Grace Power Socket N" (headline; includes its DRAM), the CPU and SysIO rails inside it
//                        and module-<N>, never summed, which includes the GPU; elsewhere platform, the whole machine, never summed.
//                        What the labels cover: Alumet's user book, "Grace Hopper plugin"; DRAM there is Grace - CPU - SysIO.
//   apm_xgene            package-<N> "CPU power" and package-io-<N> "IO power", two supplies of one chip (Documentation/hwmon/xgene-hwmon.rst).

#include <algorithm>
#include <cstdint>

#include "base/files.h"
#include "base/text.h"
#include "hardware/hwmon.h"
#include "hardware/mirror.h"

namespace carbontracker {
namespace {

constexpr int kMostSockets = 8;
constexpr int kMostSensors = 2048;  // two sockets of 512 cores, and to spare

std::string number_in(std::string_view text) {
  const auto last = text.find_last_of("0123456789");
  if (last == std::string_view::npos) return "0";
  auto first = last;
  while (first > 0 && text[first - 1] >= '0' && text[first - 1] <= '9') --first;
  const auto value = parse_uint(text.substr(first, last + 1 - first));
  return std::to_string(value.value_or(0));
}

// zenergy reads by the number of the NUMA node, and with several nodes a socket "Esocket1" is socket 0 once more.
void mark_mirror(HwmonSensor& sensor, const std::vector<HwmonSensor>& before) {
  const auto joules = [](const HwmonSensor& s) { return Joules(1e-6 * static_cast<double>(SensorFile(s.file).read_uint().value_or(0))); };
  for (const HwmonSensor& other : before) {
    if (!is_one_counter([&](int which) { return joules(which == 0 ? other : sensor); })) continue;
    sensor.channel.contained_in = other.channel.name;
    sensor.channel.note = "shows the same count as " + other.channel.name + " and is not added to it";
    return;
  }
}

void amd_energy(const HwmonDevice& device, const std::vector<HwmonDevice>&, std::vector<HwmonSensor>& out) {
  std::vector<HwmonSensor> sockets;
  for (int i = 1; i < kMostSensors && sockets.size() < kMostSockets; ++i) {
    const auto label_file = device.find("energy" + std::to_string(i) + "_label");
    if (!label_file) break;
    const std::string label = device.text("energy" + std::to_string(i) + "_label");
    const auto file = device.find("energy" + std::to_string(i) + "_input");
    if (label.rfind("Esocket", 0) != 0 || !file) continue;
    const std::string socket = number_in(label);
    HwmonSensor sensor = energy_sensor("package-" + socket, Domain::package, "socket " + socket, *file);
    sensor.channel.gain_error = 0.10;  // the RAPL registers of AMD: rapl.h
    sensor.channel.refresh = Seconds(0.001);
    sensor.channel.max_power = Watts(2000);
    mark_mirror(sensor, sockets);
    sockets.push_back(std::move(sensor));
  }
  std::move(sockets.begin(), sockets.end(), std::back_inserter(out));
}

struct GraceLabel {
  std::string_view prefix;
  const char* name;
  Domain domain;
  bool inside_package;
};
constexpr GraceLabel kGraceLabels[] = {{"Grace Power Socket", "package-", Domain::package, false}, {"CPU Power Socket", "core-", Domain::core, true},
    {"SysIO Power Socket", "uncore-", Domain::uncore, true}, {"Module Power Socket", "module-", Domain::module, false}};

// 50 ms on Grace, minutes on some servers; what is not below an hour is no interval.
Seconds averaged_over(const HwmonDevice& device) {
  const Seconds stated(1e-3 * static_cast<double>(parse_uint(device.text("power1_average_interval")).value_or(0)));
  return stated < Seconds(3600) ? stated : Seconds{};
}

HwmonSensor meter_of(const HwmonDevice& device, const std::string& label, const std::string& file) {
  for (const GraceLabel& known : kGraceLabels) {
    if (label.rfind(known.prefix, 0) != 0) continue;
    const std::string socket = number_in(label);
    HwmonSensor sensor = power_sensor(known.name + socket, known.domain, "socket " + socket, file);
    if (known.inside_package) sensor.channel.contained_in = "package-" + socket;
    if (known.domain == Domain::package) sensor.channel.note = "the whole Grace socket, its memory included";
    if (known.domain == Domain::module) sensor.channel.note = "the whole module: Grace, GPU and memory; not added to them";
    return sensor;
  }
  HwmonSensor sensor = power_sensor("platform" + (device.device.empty() ? "" : "-" + device.device), Domain::platform, device.device, file);
  sensor.channel.note = "the machine's power meter (ACPI): includes what the other channels measure";
  return sensor;
}

void power_meter(const HwmonDevice& device, const std::vector<HwmonDevice>&, std::vector<HwmonSensor>& out) {
  const auto file = device.find("power1_average");
  if (!file) return;
  HwmonSensor sensor = meter_of(device, device.text("power1_oem_info"), *file);
  sensor.channel.label = device.text("power1_oem_info");
  sensor.channel.window = averaged_over(device);
  if (sensor.channel.window < Seconds(1)) sensor.channel.refresh = sensor.channel.window;  // a long mean is renewed more often than that
  out.push_back(std::move(sensor));
}

void xgene(const HwmonDevice& device, const std::vector<HwmonDevice>&, std::vector<HwmonSensor>& out) {
  const std::string socket = number_in(device.device);  // "APMC0D29:01": the firmware's number of the chip
  for (const auto& [label, name] : {std::pair{"CPU power", "package-"}, std::pair{"IO power", "package-io-"}})
    for (const char* number : {"1", "2"}) {
      const auto file = device.find(std::string("power") + number + "_input");
      if (!file || device.text(std::string("power") + number + "_label") != label) continue;
      out.push_back(power_sensor(name + socket, Domain::package, "socket " + socket, *file));
      out.back().channel.label = label;
    }
}

constexpr HwmonRule kRules[] = {{"amd_energy", amd_energy}, {"zenergy", amd_energy}, {"power_meter", power_meter}, {"apm_xgene", xgene}};

}  // namespace

std::span<const HwmonRule> hwmon_cpu_rules() { return kRules; }

}  // namespace carbontracker
