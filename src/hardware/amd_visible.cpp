#include "hardware/amd_visible.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr const char* kNodes = "/sys/class/kfd/kfd/topology/nodes";

struct Node {
  std::string device;  // without the function
  std::string uuid;    // "GPU-0123456789abcdef"
};
struct Topology {
  std::vector<Node> gpus;  // in the order of ROCm's indices
  bool hides = false;      // a node could not be read: its card is not this job's
};

std::map<std::string, std::uint64_t> properties_of(std::string_view text) {
  std::map<std::string, std::uint64_t> all;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    if (const auto value = parse_uint(trim(line.substr(space + 1)))) all[std::string(line.substr(0, space))] = *value;
  }
  return all;
}

// `location_id` is a PCI bus and its device and function (pci_dev_id of Linux); `unique_id` the UUID's number.
Node node_of(std::map<std::string, std::uint64_t>& properties) {
  const std::uint64_t location = properties["location_id"];
  return {fmt::format("{:04x}:{:02x}:{:02x}", properties["domain"], location >> 8 & 0xff, location >> 3 & 0x1f), fmt::format("GPU-{:016x}", properties["unique_id"])};
}

Topology read_topology(const Host& host) {
  Topology topology;
  std::vector<std::uint64_t> numbers;
  for (const std::string& entry : list_directory(host.path(kNodes)).value_or({}))
    if (const auto number = parse_uint(entry)) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers) {
    const auto text = read_file(host.path(fmt::format("{}/{}/properties", kNodes, number)), 16384);
    if (!text) topology.hides = topology.hides || text.error().code == Errc::permission;
    if (!text) continue;
    auto properties = properties_of(*text);
    if (properties["simd_count"] > 0) topology.gpus.push_back(node_of(properties));
  }
  return topology;
}

const Node* named(std::string_view entry, const std::vector<Node>& gpus) {
  if (const auto index = parse_uint(entry)) return *index < gpus.size() ? &gpus[*index] : nullptr;
  const Node* found = nullptr;
  for (const Node& node : gpus) {
    if (!starts_with_no_case(entry, "GPU-") || entry.size() < 5 || !starts_with_no_case(node.uuid, entry)) continue;
    if (found) return nullptr;
    found = &node;
  }
  return found;
}

// What `variable` leaves of `gpus`.
void filter(std::vector<Node>& gpus, const char* variable, std::string_view list, AmdVisibility& out) {
  std::vector<Node> kept;
  for (const std::string_view field : split(list, ',')) {
    const std::string_view entry = trim(field);
    const Node* node = named(entry, gpus);
    if (!node) {
      if (entry.empty() || entry == "-1") break;
      out.note = fmt::format("{}={}: \"{}\" names no single GPU of this machine; it and what follows are ignored, as ROCm does", variable, list, entry);
      out.remedy = "rocm-smi --showuniqueid lists the GPUs and their UUIDs";
      break;
    }
    kept.push_back(*node);
  }
  gpus = std::move(kept);
  out.restricted = true;
}

// HIP's; CUDA's spelling of it means NVIDIA's cards where their driver is.
std::optional<std::pair<const char*, std::string>> hip_list(const Host& host) {
  const bool nvidia = ::access(host.path("/proc/driver/nvidia/version").c_str(), F_OK) == 0;
  for (const char* variable : {"HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"}) {
    if (nvidia && std::string_view(variable) == "CUDA_VISIBLE_DEVICES") continue;
    if (auto list = host.env(variable)) return std::pair(variable, std::move(*list));
  }
  return std::nullopt;
}

}  // namespace

bool AmdVisibility::shows(std::string_view pci) const {
  return !restricted || std::find(devices.begin(), devices.end(), pci.substr(0, pci.rfind('.'))) != devices.end();
}

AmdVisibility visible_amd_devices(const Host& host) {
  AmdVisibility out;
  Topology topology = read_topology(host);
  if (topology.gpus.empty() && !topology.hides) return out;  // no compute driver: nothing to count in
  out.restricted = topology.hides;
  if (const auto list = host.env("ROCR_VISIBLE_DEVICES")) filter(topology.gpus, "ROCR_VISIBLE_DEVICES", *list, out);
  if (const auto list = hip_list(host)) filter(topology.gpus, list->first, list->second, out);
  for (Node& node : topology.gpus) out.devices.push_back(std::move(node.device));
  return out;
}

}  // namespace carbontracker
