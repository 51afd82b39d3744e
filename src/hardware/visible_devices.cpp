#include "hardware/visible_devices.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include <fmt/format.h>

#include "base/text.h"

namespace carbontracker {
namespace {

using Gpus = std::span<const GpuIdentity>;

// One entry of the list, resolved. `id` tells repeats apart: two MIG instances of one card are no repeat.
struct Entry {
  std::size_t gpu;
  std::string id;
};

std::vector<std::size_t> in_pci_order(Gpus gpus) {
  std::vector<std::size_t> order(gpus.size());
  std::iota(order.begin(), order.end(), 0u);
  if (std::all_of(gpus.begin(), gpus.end(), [](const GpuIdentity& gpu) { return !gpu.pci.empty(); }))
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return gpus[a].pci < gpus[b].pci; });
  return order;
}

bool all_one_model(Gpus gpus) {
  return std::all_of(gpus.begin(), gpus.end(), [&](const GpuIdentity& gpu) { return gpu.name == gpus[0].name; });
}

// CUDA's default order, FASTEST_FIRST, is "a simple heuristic" that is not published. Cores x clock decides here where both
// cards tell it, the compute capability where not; cards that are alike keep the order of the bus.
std::vector<std::size_t> fastest_first(Gpus gpus) {
  std::vector<std::size_t> order = in_pci_order(gpus);
  const bool speeds_known = std::all_of(gpus.begin(), gpus.end(), [](const GpuIdentity& gpu) { return gpu.speed > 0; });
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    if (speeds_known && gpus[a].speed != gpus[b].speed) return gpus[a].speed > gpus[b].speed;
    return gpus[a].compute_capability > gpus[b].compute_capability;
  });
  return order;
}

// As strtoul: leading digits, whatever follows them; nothing where there is none, or a minus sign.
std::optional<std::uint64_t> leading_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
  return parse_uint(text.substr(0, digits));
}

std::optional<Entry> by_number(std::string_view text, const std::vector<std::size_t>& cuda_order) {
  const auto number = leading_number(text);
  if (!number || *number >= cuda_order.size()) return std::nullopt;
  return Entry{cuda_order[*number], std::to_string(*number)};
}

// The one card whose UUID starts so.
std::optional<Entry> by_uuid(std::string_view text, Gpus gpus) {
  std::optional<Entry> found;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (!starts_with_no_case(gpus[i].uuid, text)) continue;
    if (found) return std::nullopt;
    found = Entry{i, gpus[i].uuid};
  }
  return found;
}

// The card that an instance is cut from: named in the older spelling, looked up in the newer one.
std::optional<Entry> by_instance(std::string_view text, Gpus gpus) {
  constexpr std::string_view kOlder = "MIG-GPU-";
  if (starts_with_no_case(text, kOlder)) {
    auto parent = by_uuid(text.substr(4, text.find('/') - 4), gpus);
    if (parent) parent->id = lower(text);
    return parent;
  }
  std::optional<Entry> found;
  for (std::size_t i = 0; i < gpus.size(); ++i)
    for (const std::string& instance : gpus[i].instances) {
      if (!starts_with_no_case(instance, text)) continue;
      if (found) return std::nullopt;
      found = Entry{i, lower(instance)};
    }
  return found;
}

enum class Kind { number, uuid, instance };

Kind kind_of(std::string_view entry) {
  if (starts_with_no_case(entry, "GPU-")) return Kind::uuid;
  return starts_with_no_case(entry, "MIG-") ? Kind::instance : Kind::number;
}

std::optional<Entry> resolve(std::string_view text, Kind kind, Gpus gpus, const std::vector<std::size_t>& cuda_order) {
  if (kind_of(text) != kind) return std::nullopt;
  if (kind == Kind::uuid) return by_uuid(text, gpus);
  return kind == Kind::instance ? by_instance(text, gpus) : by_number(text, cuda_order);
}

// -1 is the usual way to end a list or to hide every card, as are Slurm's and PBS's words for "none": nothing to remark on.
bool means_none(std::string_view text) {
  const std::string word = lower(text);
  return word.empty() || word == "-1" || word == "none" || word == "void" || word == "nodevfiles";
}

void add(Visibility& result, std::size_t gpu) {
  if (std::find(result.gpus.begin(), result.gpus.end(), gpu) == result.gpus.end()) result.gpus.push_back(gpu);
}

Visibility read_list(std::string_view list, Gpus gpus, const std::vector<std::size_t>& cuda_order) {
  Visibility result;
  std::vector<std::string> seen;
  const Kind kind = kind_of(trim(list));
  for (std::string_view field : split(list, ',')) {
    const std::string_view text = trim(field);
    const auto entry = resolve(text, kind, gpus, cuda_order);
    if (!entry) {
      if (means_none(text)) break;
      result.note = fmt::format("CUDA_VISIBLE_DEVICES={}: \"{}\" names no single GPU of this machine; it and what follows are ignored, as CUDA does", list, text);
      result.remedy = "nvidia-smi -L lists the GPUs and their UUIDs";
      break;
    }
    if (std::find(seen.begin(), seen.end(), entry->id) != seen.end())
      return {{}, false, fmt::format("CUDA_VISIBLE_DEVICES={}: \"{}\" is there twice, so CUDA shows no GPU at all", list, text),
              "name each GPU once"};
    seen.push_back(entry->id);
    add(result, entry->gpu);
  }
  return result;
}

}  // namespace

Visibility visible_devices(std::optional<std::string_view> visible, std::optional<std::string_view> order, Gpus gpus) {
  if (gpus.empty()) return {};
  const bool by_bus = order && trim(*order) == "PCI_BUS_ID";
  const std::vector<std::size_t> cuda_order = by_bus ? in_pci_order(gpus) : fastest_first(gpus);
  if (!visible) return {cuda_order, false, "", ""};

  Visibility result = read_list(*visible, gpus, cuda_order);
  const bool some = !result.gpus.empty() && result.gpus.size() < gpus.size();
  if (some && !by_bus && !all_one_model(gpus) && kind_of(trim(*visible)) == Kind::number) {
    result.ambiguous = true;
    result.note = fmt::format("CUDA_VISIBLE_DEVICES={} counts in CUDA's own order, fastest card first, and the cards differ: which are meant is a guess", *visible);
    result.remedy = "set CUDA_DEVICE_ORDER=PCI_BUS_ID, or name the GPUs by UUID (nvidia-smi -L)";
  }
  return result;
}

std::string normal_pci_address(std::string_view address) {
  std::string text = lower(trim(address));
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (colons == 1) text = "0000:" + text;
  if (colons < 1 || colons > 2) return std::string(address);
  const std::size_t domain = text.find(':');
  if (domain > 4 && text.find_first_not_of('0') >= domain - 4) text.erase(0, domain - 4);
  return text;
}

}  // namespace carbontracker
