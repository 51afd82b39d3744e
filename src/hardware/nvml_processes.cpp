#include "hardware/nvml_processes.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace carbontracker::nvml {
namespace {

constexpr Seconds kKeepAtLeast{0.5}, kKeepAtMost{10};
constexpr double kKeepPerCost = 500;
constexpr std::size_t kMostProcesses = 4096;

bool contains(std::span<const int> pids, unsigned pid) {
  return std::find(pids.begin(), pids.end(), static_cast<int>(pid)) != pids.end();
}

// Linux gives the first pid namespace this inode number (PROC_PID_INIT_INO, include/linux/proc_ns.h).
bool in_first_pid_namespace(const Host& host) {
  std::array<char, 64> text{};
  auto length = ::readlink(host.path("/proc/self/ns/pid").c_str(), text.data(), text.size());
  if (length < 0) length = ::readlink("/proc/self/ns/pid", text.data(), text.size());  // a root without /proc
  return length > 0 && std::string_view(text.data(), static_cast<std::size_t>(length)) == "pid:[4026531836]";
}

template <class Info>
std::optional<std::vector<unsigned>> list(Return (*ask)(Device, unsigned*, Info*), Device device) {
  std::vector<Info> infos(64);
  for (;;) {
    auto count = static_cast<unsigned>(infos.size());
    const Return code = ask(device, &count, infos.data());
    if (code == kInsufficientSize && infos.size() < kMostProcesses) {
      infos.resize(std::max<std::size_t>(count, 2 * infos.size()));
      continue;
    }
    if (code != kSuccess) return std::nullopt;
    infos.resize(std::min<std::size_t>(count, infos.size()));
    std::vector<unsigned> pids(infos.size());
    std::transform(infos.begin(), infos.end(), pids.begin(), [](const Info& info) { return info.pid; });
    return pids;
  }
}

// Under a multi-process server the ordinary list holds the server, and its clients stand in a list of their own.
std::optional<std::vector<unsigned>> list(const Library& library, Device device) {
  if (!library.processes) return library.processes_v1 ? list(library.processes_v1, device) : std::nullopt;
  auto pids = list(library.processes, device);
  if (!pids || pids->empty() || !library.mps_processes) return pids;
  if (const auto clients = list(library.mps_processes, device)) pids->insert(pids->end(), clients->begin(), clients->end());
  return pids;
}

}  // namespace

ProcessLists::ProcessLists(const Library& library, const Host& host, const Clock& clock, std::size_t gpus)
    : library_(library), clock_(clock), same_numbers_(in_first_pid_namespace(host)), cards_(gpus) {}

const std::optional<std::vector<unsigned>>& ProcessLists::on(std::size_t gpu, Device device) {
  Card& card = cards_[gpu];
  const Instant now = clock_.now();
  if (card.ask_again && now < *card.ask_again) return card.pids;
  card.pids = list(library_, device);
  card.utilization_due = true;
  const Seconds cost = seconds_between(now, clock_.now());
  const Seconds keep = std::clamp(cost * kKeepPerCost * double(cards_.size()), kKeepAtLeast, kKeepAtMost);
  card.ask_again = now + std::chrono::duration_cast<std::chrono::nanoseconds>(keep);
  return card.pids;
}

bool ProcessLists::runs_on(std::size_t gpu, Device device, std::span<const int> pids) {
  const auto& running = on(gpu, device);
  return running && std::any_of(running->begin(), running->end(), [&](unsigned pid) { return contains(pids, pid); });
}

std::optional<double> ProcessLists::share(std::size_t gpu, Device device, std::span<const int> pids) {
  const auto& running = on(gpu, device);
  if (!running) return std::nullopt;
  const auto ours = std::count_if(running->begin(), running->end(), [&](unsigned pid) { return contains(pids, pid); });
  if (ours == 0) return same_numbers_ ? std::optional(0.0) : std::nullopt;
  if (static_cast<std::size_t>(ours) == running->size()) return 1.0;
  return shared(cards_[gpu], device, pids);
}

// Percent of SM time since the last samples seen, ours over everyone's. Without new samples the last answer stands; before
// there is one, and on an idle card, there is nothing to go by.
std::optional<double> ProcessLists::shared(Card& card, Device device, std::span<const int> pids) {
  if (!library_.utilization) return std::nullopt;
  if (!std::exchange(card.utilization_due, false)) return card.last_shared >= 0 ? std::optional(card.last_shared) : std::nullopt;
  if (card.utilization_since_us == 0)  // only what is recent: the buffer reaches back many seconds
    card.utilization_since_us = static_cast<unsigned long long>(clock_.wall().time_since_epoch().count() - 1000) * 1000;
  std::array<Utilization, 512> samples{};
  auto count = static_cast<unsigned>(samples.size());
  const Return code = library_.utilization(device, samples.data(), &count, card.utilization_since_us);
  if (code != kSuccess && code != kNotFound) return std::nullopt;  // kNotFound: no new samples
  double ours = 0, all = 0;
  for (unsigned i = 0; code == kSuccess && i < std::min<unsigned>(count, samples.size()); ++i) {
    card.utilization_since_us = std::max(card.utilization_since_us, samples[i].timestamp_us);
    all += samples[i].sm;
    if (contains(pids, samples[i].pid)) ours += samples[i].sm;
  }
  if (all > 0) card.last_shared = ours / all;
  return card.last_shared >= 0 ? std::optional(card.last_shared) : std::nullopt;
}

}  // namespace carbontracker::nvml
