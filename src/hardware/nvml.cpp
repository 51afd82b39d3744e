// NVIDIA GPUs through the driver's management library (NVML).
//
// Two sources: "nvml" holds the energy counters, which lose energy on some cards when they are asked often (docs/method/
// hardware-nvml.md), "nvml-power" the gauges, which want 10 Hz. A card with a counter has both, the gauge as its stand-in; a
// card without one is headed by its gauge. Every card of the node is a channel; which of them concern the run is its scope.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "hardware/backend.h"
#include "hardware/nvml_gpu.h"
#include "hardware/nvml_processes.h"

namespace carbontracker {
namespace {

using nvml::Gpu;

// NVML: "since the driver was last reloaded", in mJ, 64 bits; new values every 20 to 100 ms (hardware-nvml.md).
constexpr Joules kMillijoule{1e-3};
constexpr Seconds kRefresh{0.1};
// Proportional, about 5 % by board: Yang, Adamek, Armour, "Part-time Power Measurements", SC'24, arXiv 2312.02741.
constexpr double kGainError = 0.05;
constexpr unsigned kMostGpus = 256;  // far more than any node holds: a damaged answer must not keep us counting

// What both sources share. Constant after opening but for scope, handles and process lists; one thread.
struct Node {
  Node(nvml::Library functions, std::vector<Gpu> cards, const Host& host, const Clock& time)
      : library(functions), clock(time), gpus(std::move(cards)), processes(library, host, time, gpus.size()) {}
  Node(const Node&) = delete;

  const nvml::Library library;
  const Clock& clock;
  std::vector<Gpu> gpus;
  nvml::ProcessLists processes;
};

using ReadOne = Reading (*)(const nvml::Library&, Gpu&, const Clock&);

class NvmlSource final : public EnergySource {
 public:
  NvmlSource(std::string_view name, ReadOne read_one, std::shared_ptr<Node> node)
      : name_(name), read_one_(read_one), node_(std::move(node)) {}
  void add(std::size_t gpu, Channel channel) {
    gpus_.push_back(gpu);
    channels_.push_back(std::move(channel));
  }

  std::string_view name() const override { return name_; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < gpus_.size() && i < out.size(); ++i) out[i] = read_channel(node_->gpus[gpus_[i]]);
  }
  void refresh_scope(std::span<const int> pids) override {
    for (std::size_t i = 0; i < node_->gpus.size(); ++i) {
      Gpu& gpu = node_->gpus[i];
      if (!gpu.in_scope) gpu.in_scope = node_->processes.runs_on(i, gpu.handle, pids);
    }
  }
  bool in_scope(std::size_t channel) const override { return node_->gpus[gpus_[channel]].in_scope; }
  std::optional<double> process_share(std::size_t channel, std::span<const int> pids) override {
    return node_->processes.share(gpus_[channel], node_->gpus[gpus_[channel]].handle, pids);
  }
  std::optional<Activity> activity(std::size_t channel) override {
    if (!channels_[channel].stands_in_for.empty()) return std::nullopt;
    return nvml::read_activity(node_->library, node_->gpus[gpus_[channel]]);
  }

 private:
  Reading read_channel(Gpu& gpu) const {
    if (!gpu.in_scope) return Error{Errc::unavailable, gpu.name + " is not visible to this run", ""};
    return read_one_(node_->library, gpu, node_->clock);
  }

  std::string_view name_;
  ReadOne read_one_;
  std::shared_ptr<Node> node_;
  std::vector<std::size_t> gpus_;  // by channel
  std::vector<Channel> channels_;
};

Channel common_channel(const Gpu& gpu, std::string_view scope_note) {
  Channel channel;
  channel.name = gpu.name;
  channel.domain = Domain::gpu;
  const GpuIdentity& id = gpu.identity;
  channel.device = !id.uuid.empty() ? id.uuid : !id.pci.empty() ? id.pci : "NVML " + gpu.name;
  channel.label = id.name;
  channel.refresh = kRefresh;
  channel.gain_error = kGainError;
  channel.max_power = gpu.max_power;
  channel.whole_module = gpu.whole_module;
  channel.note = gpu.whole_module ? "whole module: GPU + CPU" : "";
  if (!scope_note.empty()) channel.note += (channel.note.empty() ? "" : "; ") + std::string(scope_note);
  return channel;
}

Channel counter_channel(const Gpu& gpu, std::string_view scope_note) {
  Channel channel = common_channel(gpu, scope_note);
  channel.kind = Counter{kMillijoule, 0};
  channel.origin = Origin::counter;
  return channel;
}

Channel gauge_channel(const Gpu& gpu, std::string_view scope_note) {
  Channel channel = common_channel(gpu, scope_note);
  channel.kind = Gauge{};
  channel.origin = Origin::power;
  channel.window = gpu.window;
  if (gpu.counter) {
    channel.name += "-power";
    channel.stands_in_for = gpu.name;
  }
  return channel;
}

std::vector<std::unique_ptr<EnergySource>> make_sources(const std::shared_ptr<Node>& node, std::string_view scope_note) {
  auto counters = std::make_unique<NvmlSource>("nvml", &nvml::read_energy, node);
  auto gauges = std::make_unique<NvmlSource>("nvml-power", &nvml::read_power, node);
  for (std::size_t i = 0; i < node->gpus.size(); ++i) {
    const Gpu& gpu = node->gpus[i];
    if (gpu.counter) counters->add(i, counter_channel(gpu, scope_note));
    if (gpu.gauge != nvml::Gauge::none) gauges->add(i, gauge_channel(gpu, scope_note));
  }
  std::vector<std::unique_ptr<EnergySource>> sources;
  if (!counters->channels().empty()) sources.push_back(std::move(counters));
  if (!gauges->channels().empty()) sources.push_back(std::move(gauges));
  return sources;
}

// The cards that answer at all; the others are named in `notes`.
std::vector<Gpu> list_gpus(const nvml::Library& library, unsigned count, std::vector<Error>& notes) {
  std::vector<Gpu> gpus;
  for (unsigned i = 0; i < std::min(count, kMostGpus); ++i) {
    if (auto gpu = nvml::describe(library, i)) gpus.push_back(std::move(*gpu));
    else notes.push_back(gpu.error());
  }
  return gpus;
}

bool is_usable(const Gpu& gpu) { return gpu.counter || gpu.gauge != nvml::Gauge::none; }

void mark_scope(std::vector<Gpu>& gpus, const Visibility& visibility) {
  for (const std::size_t i : visibility.gpus) gpus[i].in_scope = true;
}

void note_unusable(const std::vector<Gpu>& gpus, std::vector<Error>& notes) {
  for (const Gpu& gpu : gpus)
    if (!is_usable(gpu)) notes.push_back({Errc::unsupported, fmt::format("{} ({}) is not measured: {}", gpu.name, gpu.identity.name, gpu.trouble), ""});
}

Visibility visibility_of(const std::vector<Gpu>& gpus, const Host& host) {
  std::vector<GpuIdentity> identities;
  identities.reserve(gpus.size());
  for (const Gpu& gpu : gpus) identities.push_back(gpu.identity);
  const auto list = host.env("CUDA_VISIBLE_DEVICES");
  const auto order = host.env("CUDA_DEVICE_ORDER");
  return visible_devices(list, order, identities);
}

Error nothing_usable(const std::vector<Gpu>& gpus) {
  const Gpu& first = gpus.front();
  return {Errc::unsupported, fmt::format("NVML starts and lists {} GPU(s), but none gives energy or power; {} ({}): {}", gpus.size(), first.name, first.identity.name, first.trouble),
          "on a Jetson the INA rails measure it: see the hwmon line of carbontracker sources; in a virtual machine with a vGPU only its host can measure"};
}

Result<std::vector<std::unique_ptr<EnergySource>>> open_nvml(const Host& host, const Clock& clock, std::vector<Error>& notes) {
  const auto library = nvml::load(host);
  if (!library) return unexpected(library.error());
  unsigned count = 0;
  if (const auto code = library->device_count(&count); code != nvml::kSuccess) return unexpected(nvml::error(code, "counting the GPUs"));
  std::vector<Gpu> gpus = list_gpus(*library, count, notes);
  if (gpus.empty())
    return unexpected(notes.empty() ? Error{Errc::not_found, "the NVIDIA driver lists no GPU", "nvidia-smi -L shows what the driver sees; start containers with --gpus all"} : notes.back());
  if (std::none_of(gpus.begin(), gpus.end(), is_usable)) return unexpected(nothing_usable(gpus));

  note_unusable(gpus, notes);
  const Visibility visibility = visibility_of(gpus, host);
  if (!visibility.note.empty()) notes.push_back({Errc::invalid_input, visibility.note, visibility.remedy});
  mark_scope(gpus, visibility);
  auto node = std::make_shared<Node>(*library, std::move(gpus), host, clock);
  return make_sources(node, visibility.ambiguous ? visibility.note : "");
}

}  // namespace

const Backend kNvmlBackend{"nvml", true, &open_nvml};

}  // namespace carbontracker
