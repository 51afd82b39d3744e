#include "hardware/power_limits.h"

#include <algorithm>
#include <cmath>

#include "hardware/nvml_gpu.h"
#include "hardware/visible_devices.h"

namespace carbontracker {
namespace {

using nvml::kSuccess;

Result<LimitedGpu> limits_of(const nvml::Library& library, const nvml::Gpu& gpu) {
  if (!library.limit || !library.set_limit || !library.limit_range)
    return unexpected(Errc::unsupported, "this driver's NVML has no power limits", "update the driver");
  LimitedGpu out{gpu.name, gpu.identity.name, gpu.identity.uuid.empty() ? gpu.identity.pci : gpu.identity.uuid, {}, {}, {}, gpu.handle};
  unsigned now = 0, least = 0, most = 0;
  auto code = library.limit(gpu.handle, &now);
  if (code == kSuccess) code = library.limit_range(gpu.handle, &least, &most);
  if (code != kSuccess) return unexpected(nvml::error(code, "reading the power limit of " + gpu.name));
  if (now == 0 || most < least) return unexpected(Errc::unsupported, gpu.name + " tells no sensible power limit", "");
  out.before = Watts(now / 1e3);
  out.least = Watts(least / 1e3);
  out.most = Watts(most / 1e3);
  return out;
}

}  // namespace

Result<PowerLimits> PowerLimits::open(const Host& host) {
  auto library = nvml::load(host);
  if (!library) return unexpected(library.error());
  unsigned count = 0;
  if (const auto code = library->device_count(&count); code != kSuccess) return unexpected(nvml::error(code, "counting the GPUs"));
  std::vector<nvml::Gpu> cards;
  std::vector<GpuIdentity> identities;
  for (unsigned i = 0; i < std::min(count, 256U); ++i) {
    auto gpu = nvml::describe(*library, i);
    if (!gpu) continue;
    identities.push_back(gpu->identity);
    cards.push_back(std::move(*gpu));
  }
  const auto list = host.env("CUDA_VISIBLE_DEVICES"), order = host.env("CUDA_DEVICE_ORDER");
  const Visibility visible = visible_devices(list, order, identities);
  if (visible.ambiguous) return unexpected(Errc::invalid_input, "which GPUs are meant is not settled: " + visible.note, visible.remedy);
  PowerLimits out;
  out.library_ = *library;
  for (const std::size_t i : visible.gpus) {
    auto limited = limits_of(*library, cards[i]);
    if (!limited) return unexpected(limited.error());
    out.gpus_.push_back(std::move(*limited));
  }
  if (out.gpus_.empty()) return unexpected(Errc::not_found, "no NVIDIA GPU is visible here", "carbontracker sources; CUDA_VISIBLE_DEVICES");
  return out;
}

Result<> PowerLimits::set(const LimitedGpu& gpu, Watts limit) const {
  const auto code = library_.set_limit(gpu.handle, static_cast<unsigned>(std::lround(limit.value() * 1e3)));
  if (code == kSuccess) return {};
  if (code == nvml::kNoPermission)
    return unexpected(Errc::permission, "setting the power limit of " + gpu.name + " is not allowed to this user", "run it as root (sudo), or ask the administrator for a limit of about 75 %");
  return unexpected(nvml::error(code, "setting the power limit of " + gpu.name));
}

Result<> PowerLimits::try_rights() const {
  for (const LimitedGpu& gpu : gpus_)
    if (const auto done = set(gpu, gpu.before); !done) return done;
  return {};
}

Result<> PowerLimits::set_share(double share) const {
  for (const LimitedGpu& gpu : gpus_)
    if (const auto done = set(gpu, std::clamp(gpu.before * share, gpu.least, gpu.most)); !done) return done;
  return {};
}

void PowerLimits::take_as_before(const std::map<std::string, Watts>& limits) {
  for (LimitedGpu& gpu : gpus_)
    if (const auto kept = limits.find(gpu.device); kept != limits.end()) gpu.before = std::clamp(kept->second, gpu.least, gpu.most);
}

Result<> PowerLimits::put_back() const {
  Result<> first;
  for (const LimitedGpu& gpu : gpus_)
    if (auto done = set(gpu, gpu.before); !done && first) first = std::move(done);
  return first;
}

}  // namespace carbontracker
