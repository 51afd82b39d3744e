#include "metering/activity_book.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr Seconds kLongest{10};     // what one observation may stand for
constexpr double kMinute = 60;
constexpr std::size_t kMinutesHeld = 10;  // minutes are taken when their counters have ticked: seconds after their end

double sane_share(double value) { return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0; }

}  // namespace

ActivityBook::Device& ActivityBook::device(const std::string& name) {
  const auto found = std::find_if(devices_.begin(), devices_.end(), [&](const Device& d) { return d.total.name == name; });
  if (found != devices_.end()) return *found;
  devices_.emplace_back();
  devices_.back().total.name = name;
  return devices_.back();
}

void ActivityBook::add_busy(Device& device, double busy, Seconds at, double weight) {
  device.busy.add(sane_share(busy), weight);
  device.minutes[static_cast<std::int64_t>(std::floor(std::max(0.0, at.count()) / kMinute))].add(sane_share(busy), weight);
  if (device.minutes.size() > kMinutesHeld) device.minutes.erase(device.minutes.begin());
}

void ActivityBook::observe(const std::string& name, const Activity& seen, Seconds at) {
  Device& d = device(name);
  const double weight = std::clamp(at - d.last, Seconds{}, kLongest).count();
  d.last = at;
  if (seen.busy) add_busy(d, *seen.busy, at, weight);
  if (seen.memory_used) {
    d.memory.add(*seen.memory_used, weight);
    d.total.memory_peak = std::max(d.total.memory_peak.value_or(0), *seen.memory_used);
  }
  if (seen.memory_total) d.total.memory_total = seen.memory_total;
  if (seen.limit) d.total.limit = seen.limit;
  if (seen.limit_default) d.total.limit_default = seen.limit_default;
  if (seen.limit_least) d.total.limit_least = seen.limit_least;
  if (seen.limit_most) d.total.limit_most = seen.limit_most;
}

void ActivityBook::observe_cpu(const CpuUsage& usage, Seconds at) {
  const double elapsed = usage.elapsed.count();
  if (elapsed <= 0 || usage.cpus <= 0) return;
  Device& d = device("cpu");
  d.last = at;
  d.total.cpus = usage.allowed > 0 ? std::min(usage.allowed, usage.cpus) : usage.cpus;
  if (usage.resident > 0) {
    d.memory.add(usage.resident, elapsed);
    d.total.memory_peak = std::max(d.total.memory_peak.value_or(0), usage.resident);
  }
  if (usage.memory_limit > 0) d.total.memory_total = usage.memory_limit;
  add_busy(d, usage.busy.count() / elapsed / usage.cpus, at, elapsed);
  d.own.add(std::clamp(usage.tree.count() / elapsed, 0.0, double(usage.cpus)), elapsed);
}

std::vector<ActivityTotal> ActivityBook::totals() const {
  std::vector<ActivityTotal> out;
  for (const Device& d : devices_) {
    ActivityTotal total = d.total;
    total.busy = d.busy.value();
    total.seen = Seconds(d.busy.weight);
    if (d.memory.weight > 0) total.memory_mean = d.memory.value();
    if (d.own.weight > 0) total.own = d.own.value();
    out.push_back(std::move(total));
  }
  return out;
}

std::vector<std::uint8_t> ActivityBook::take_minute(std::int64_t number) {
  std::vector<std::uint8_t> out;
  for (Device& d : devices_) {
    const auto found = d.minutes.find(number);
    out.push_back(found == d.minutes.end() || found->second.weight <= 0 ? kBusyUnknown : static_cast<std::uint8_t>(std::lround(100 * found->second.value())));
    d.minutes.erase(d.minutes.begin(), d.minutes.upper_bound(number));
  }
  return out;
}

}  // namespace carbontracker
