#include "advice/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "prediction/accelerators.h"
#include "progress/mark.h"

namespace carbontracker {
namespace {

constexpr double kRestingPercent = 5;    // busy for less than this of a minute: at rest
// A GPU at rest with a context draws 10 to 17 % of its limit, an idle node 30 % of its load (docs/method/advice.md).
constexpr double kRestingPower = 0.3;
constexpr double kEnoughOfMinute = 30;   // covered seconds
constexpr double kUnused = 0.01;         // busy for at most this share of the time, with
constexpr double kEmpty = 0.05;          // ... less of its memory than this in use (a context alone)
constexpr double kAtRest = 1.2;          // of the draw at rest by table
constexpr Seconds kPausedOfMinute{6};    // a minute that was paused for longer says nothing of the work
constexpr double kMinute = 60;

std::optional<double> sane(std::optional<double> value, double most) {
  return value && std::isfinite(*value) && *value >= 0 && *value <= most ? value : std::nullopt;
}
std::optional<Watts> sane(std::optional<Watts> value) {
  return value && std::isfinite(value->value()) && value->value() > 0 && value->value() < 1e5 ? value : std::nullopt;
}
double sane_sum(double value) { return std::isfinite(value) && value > 0 && value < 1e18 ? value : 0; }

const ActivityTotal* activity_of(const Segment& segment, const std::string& name) {
  for (const ActivityTotal& activity : segment.totals.activity)
    if (activity.name == name) return &activity;
  return nullptr;
}

struct Stop {
  Seconds begin{}, end{};
};

// The run's own pauses; a damaged length counts as none.
std::vector<Stop> stops_of(const Segment& segment) {
  std::vector<Stop> out;
  for (const RegionTotal& region : segment.totals.regions) {
    if (region.name != kPausedRegion || region.parent == kPausedRegion || !std::isfinite(region.start.count())) continue;
    if (const double length = sane_sum(region.duration.count()); length > 0) out.push_back({region.start, region.start + Seconds(length)});
  }
  return out;
}
Seconds paused_within(const std::vector<Stop>& stops, Seconds from, Seconds to) {
  Seconds sum{};
  for (const Stop& stop : stops) sum += std::max(Seconds{}, std::min(to, stop.end) - std::max(from, stop.begin));
  return std::min(sum, to - from);
}

// A mean over all the time, as one over the time that was not paused: nothing was done in the rest.
std::optional<double> while_running(std::optional<double> mean, Seconds all, Seconds paused, double most) {
  if (!mean || !(paused > Seconds{}) || !(all > paused)) return mean;
  return std::min(most, *mean * (all / (all - paused)));
}

GpuEvidence gpu_of(const Segment& segment, const ChannelTotal& total, Seconds paused) {
  GpuEvidence gpu{total.channel.name, segment.node, total.channel.label, Joules(sane_sum(total.measured.joules.value())), Joules(sane_sum(total.run.value())),
                  Seconds(sane_sum(total.measured.covered.count())), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, false};
  if (gpu.covered > Seconds(1)) gpu.watts = gpu.working_watts = sane(gpu.joules / gpu.covered);
  gpu.covered = std::max(Seconds{}, gpu.covered - paused);
  if (const auto known = find_accelerator(gpu.label); known && !gpu.label.empty()) {
    gpu.idle = known->idle;
    gpu.matrix_units = known->bf16 && known->fp32 && *known->bf16 >= 2 * *known->fp32;
  }
  const ActivityTotal* seen = activity_of(segment, gpu.name);
  if (!seen) return gpu;
  if (seen->seen > Seconds{}) gpu.busy = gpu.working = while_running(sane(seen->busy, 1), seen->seen, paused, 1);
  gpu.memory_peak = sane(seen->memory_peak, 1e15);
  gpu.memory_total = sane(seen->memory_total, 1e15);
  if (gpu.memory_total && *gpu.memory_total <= 0) gpu.memory_total.reset();
  gpu.limit = sane(seen->limit);
  gpu.limit_default = sane(seen->limit_default);
  gpu.limit_least = sane(seen->limit_least);
  return gpu;
}

// Reads the minutes of one segment.
class Minutes {
 public:
  Minutes(const Segment& segment, std::vector<GpuEvidence>& gpus, std::size_t first, std::vector<Stop> stops) : segment_(segment), gpus_(gpus), first_(first), stops_(std::move(stops)) {
    const auto& channels = segment.totals.channels;
    for (std::size_t i = 0; i < channels.size(); ++i) {
      if (channels[i].headline) headline_.push_back(i);
      if (channels[i].headline && channels[i].channel.domain == Domain::gpu) gpu_channels_.push_back(i);
    }
    for (std::size_t i = 0; i < segment.totals.activity.size(); ++i) {
      const std::string& name = segment.totals.activity[i].name;
      const bool gpu = std::any_of(gpu_channels_.begin(), gpu_channels_.end(), [&](std::size_t c) { return channels[c].channel.name == name; });
      if (gpu) watched_.push_back(i);
    }
    by_processors_ = std::all_of(gpus.begin() + static_cast<std::ptrdiff_t>(first), gpus.end(), [](const GpuEvidence& gpu) { return gpu.unused(); });
    by_power_ = !by_processors_ && watched_.size() < gpu_channels_.size();
    if (by_processors_) watch_processors();
    if (by_power_) full_power_ = usual_power();
  }

  void read(Evidence& into) {
    for (const Minute& minute : segment_.minutes) {
      if (!has_data(minute) || stood_still(minute)) continue;
      const auto resting = rests(minute);
      if (!resting) continue;
      ++into.minutes;
      if (*resting) {
        ++into.idle_minutes;
        into.idle_joules += sum(minute, headline_);
      } else {
        note_working(minute);
      }
    }
    into.idle_by_power |= by_power_;
    into.idle_by_processors |= by_processors_;
    for (std::size_t i = 0; i < working_.size(); ++i) {
      if (working_[i].minutes > 0) gpus_[first_ + i].working = working_[i].busy / working_[i].minutes;
      if (working_[i].time > Seconds{}) gpus_[first_ + i].working_watts = sane(working_[i].joules / working_[i].time);
    }
  }

 private:
  struct Work {                 // of one GPU, over the minutes that were not idle
    double busy = 0, minutes = 0;
    Joules joules{};
    Seconds time{};
  };
  void watch_processors() {
    watched_.clear();
    for (std::size_t i = 0; i < segment_.totals.activity.size(); ++i)
      if (segment_.totals.activity[i].name == "cpu") watched_.push_back(i);
  }
  bool stood_still(const Minute& minute) const {
    const double begins = kMinute * static_cast<double>(minute.number);
    return paused_within(stops_, Seconds(begins), Seconds(begins + kMinute)) > kPausedOfMinute;
  }
  static Joules sum(const Minute& minute, const std::vector<std::size_t>& channels) {
    Joules total{};
    for (const std::size_t i : channels)
      if (i < minute.joules.size()) total += Joules(sane_sum(static_cast<double>(minute.joules[i])));
    return total;
  }
  bool has_data(const Minute& minute) const {
    return std::any_of(headline_.begin(), headline_.end(), [&](std::size_t i) {
      return i < minute.covered_s.size() && static_cast<double>(minute.covered_s[i]) >= kEnoughOfMinute;
    });
  }
  // The 90th percentile of the minutes' GPU energy: what they take while working.
  Joules usual_power() const {
    std::vector<double> all;
    for (const Minute& minute : segment_.minutes)
      if (has_data(minute) && !stood_still(minute)) all.push_back(sum(minute, gpu_channels_).value());
    if (all.empty()) return {};
    std::sort(all.begin(), all.end());
    return Joules(all[(all.size() - 1) * 9 / 10]);
  }
  std::optional<bool> rests(const Minute& minute) const {
    if (by_power_) return full_power_ > Joules{} ? std::optional(sum(minute, gpu_channels_) < kRestingPower * full_power_) : std::nullopt;
    bool any = false;
    for (const std::size_t i : watched_) {
      if (i >= minute.busy.size() || minute.busy[i] > 100) continue;
      any = true;
      if (minute.busy[i] >= kRestingPercent) return false;
    }
    return any ? std::optional(true) : std::nullopt;
  }
  void note_working(const Minute& minute) {
    if (by_power_ || by_processors_) return;
    working_.resize(gpu_channels_.size());
    for (std::size_t g = 0; g < gpu_channels_.size(); ++g) {
      const std::size_t channel = gpu_channels_[g];
      if (channel < minute.joules.size() && channel < minute.covered_s.size() && std::isfinite(minute.covered_s[channel])) {
        working_[g].joules += sum(minute, {channel});
        working_[g].time += Seconds(static_cast<double>(minute.covered_s[channel]));
      }
      const std::string& name = segment_.totals.channels[gpu_channels_[g]].channel.name;
      for (const std::size_t i : watched_) {
        if (segment_.totals.activity[i].name != name || i >= minute.busy.size() || minute.busy[i] > 100) continue;
        working_[g].busy += minute.busy[i] / 100.0;
        working_[g].minutes += 1;
      }
    }
  }

  const Segment& segment_;
  std::vector<GpuEvidence>& gpus_;
  std::size_t first_;
  std::vector<Stop> stops_;
  std::vector<std::size_t> headline_, gpu_channels_, watched_;  // channels, channels, activities
  bool by_power_ = false, by_processors_ = false;
  Joules full_power_{};
  std::vector<Work> working_;   // by GPU
};

// Mean over the segments by time: nodes side by side are told as one of them.
void take_cpu(const Segment& segment, Seconds before, Seconds paused, Evidence& into) {
  const ActivityTotal* cpu = activity_of(segment, "cpu");
  const auto own = cpu ? while_running(sane(cpu->own, 1e5), segment.totals.duration, paused, std::max(sane(cpu->cpus, 1e5).value_or(0), sane(cpu->own, 1e5).value_or(0))) : std::nullopt;
  if (!own || into.duration <= Seconds{}) return;
  const double past = before / into.duration;
  into.own_cpus = into.own_cpus.value_or(*own) * past + *own * (1 - past);
  into.cpus = std::max(into.cpus, sane(cpu->cpus, 1e5).value_or(0));
}

// How much memory the job asked for and how much the run had of it: of the node where it was fullest.
void take_memory(const Segment& segment, Evidence& into) {
  const ActivityTotal* cpu = activity_of(segment, "cpu");
  const auto peak = cpu ? sane(cpu->memory_peak, 1e15) : std::nullopt, limit = cpu ? sane(cpu->memory_total, 1e15) : std::nullopt;
  if (!peak || !limit || *limit <= 0) return;
  for (const ChannelTotal& total : segment.totals.channels)
    if (total.headline && total.channel.domain == Domain::dram) into.dram_joules += Joules(sane_sum(total.measured.joules.value()));
  if (into.memory_limit && *into.memory_peak / *into.memory_limit >= *peak / *limit) return;
  into.memory_peak = peak;
  into.memory_limit = limit;
}

// By node and attempt: ranks whose GPUs nobody else sees have segments of their own ("n1.rank1"), the job's count stands in the node's.
void count_hidden_gpus(const RunRecord& run, Evidence& into) {
  std::map<std::pair<std::string, int>, std::pair<double, double>> given_and_shown;
  for (const Segment& segment : run.segments) {
    auto& [given, shown] = given_and_shown[{segment.node.substr(0, segment.node.find(".rank")), segment.attempt}];
    if (const ActivityTotal* job = activity_of(segment, kJobGpus)) given += sane(job->cpus, 256).value_or(0);
    for (const ChannelTotal& total : segment.totals.channels) shown += total.headline && total.channel.domain == Domain::gpu;
  }
  double most = 0;
  for (const auto& [key, counts] : given_and_shown)
    if (counts.second > 0) most += std::max(0.0, counts.first - counts.second);  // a node that shows none has no driver to be read, or ended before it was
  into.hidden_gpus = static_cast<std::size_t>(most);
}

void name_gauges(Evidence& e) {
  const auto any = [&](auto has) { return std::any_of(e.gpus.begin(), e.gpus.end(), has); };
  if (e.joules > Joules{}) e.gauges.emplace_back("energy by device");
  if (e.minutes > 0) e.gauges.emplace_back("energy by minute");
  if (any([](const GpuEvidence& g) { return g.busy.has_value(); })) e.gauges.emplace_back("GPU utilisation");
  if (any([](const GpuEvidence& g) { return g.memory_peak.has_value(); })) e.gauges.emplace_back("GPU memory");
  if (any([](const GpuEvidence& g) { return g.limit.has_value(); })) e.gauges.emplace_back("power limit");
  if (e.own_cpus) e.gauges.emplace_back("processor time");
  if (e.memory_limit) e.gauges.emplace_back("the job's memory");
}

}  // namespace

bool GpuEvidence::unused() const {
  if (memory_peak && memory_total && *memory_peak >= kEmpty * *memory_total) return false;
  if (busy) return *busy <= kUnused;
  return idle && watts && !(own > Joules{}) && *watts <= kAtRest * *idle;
}

Evidence evidence_of(const RunRecord& run) {
  Evidence e;
  for (const Segment& segment : run.segments) {
    const std::size_t first = e.gpus.size();
    std::vector<Stop> stops = stops_of(segment);
    const Seconds paused = paused_within(stops, Seconds{}, Seconds(sane_sum(segment.totals.duration.count())));
    for (const ChannelTotal& total : segment.totals.channels) {
      if (!total.headline) continue;
      e.joules += Joules(sane_sum(total.measured.joules.value()));
      if (total.channel.domain != Domain::gpu) continue;
      e.gpus.push_back(gpu_of(segment, total, paused));
      e.gpu_joules += e.gpus.back().joules;
    }
    const Seconds before = e.duration;
    e.duration += Seconds(sane_sum(segment.totals.duration.count()));
    e.paused += paused;
    Minutes(segment, e.gpus, first, std::move(stops)).read(e);
    take_cpu(segment, before, paused, e);
    take_memory(segment, e);
  }
  count_hidden_gpus(run, e);
  name_gauges(e);
  return e;
}

}  // namespace carbontracker
