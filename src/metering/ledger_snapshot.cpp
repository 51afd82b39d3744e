// The reading side of the ledger: what has been seen, as plain values.

#include <algorithm>
#include <cmath>
#include <map>

#include "metering/ledger.h"

namespace carbontracker {
namespace {

using Kind = std::pair<Domain, Origin>;
constexpr double kSigmas = 1.96;  // 95 %
constexpr Seconds kEnoughIdleTime{5};

double square(Joules j) { return j.value() * j.value(); }

Measured measured_between(const CurvePoint& from, const CurvePoint& to, double gain_error) {
  Measured out;
  out.joules = to.energy - from.energy;
  out.systematic = out.joules * gain_error;
  out.random = Joules(std::sqrt(square(from.error) + square(to.error) + kSigmas * kSigmas * std::max(0.0, to.variance - from.variance)));
  out.covered = to.covered - from.covered;
  return out;
}

// What the uncovered time can hide at most. A sliver (the first milliseconds) is bounded by twice the mean power.
std::optional<Joules> missing_energy(const Channel& channel, const Measured& m, Seconds expected) {
  const Seconds uncovered = std::max(Seconds{}, expected - m.covered);
  const Seconds sliver = std::max(Seconds(0.05), expected * 0.002);
  if (uncovered <= sliver && m.covered > Seconds{}) return 2 * (m.joules / m.covered) * uncovered;
  if (channel.max_power) return *channel.max_power * uncovered;
  return std::nullopt;
}

struct Sum {
  std::map<Kind, Joules> systematic;
  Measured total;
  double random_squared = 0;

  void add(const Channel& channel, const Measured& m) {
    total.joules += m.joules;
    systematic[{channel.domain, channel.origin}] += m.systematic;
    random_squared += square(m.random);
    if (!m.missing) total.missing.reset();
    else if (total.missing) *total.missing += *m.missing;
    total.covered = std::max(total.covered, m.covered);
  }
  Measured result() {
    double squared = 0;
    for (const auto& [kind, width] : systematic) squared += square(width);
    total.systematic = Joules(std::sqrt(squared));
    total.random = Joules(std::sqrt(random_squared));
    return total;
  }
};

}  // namespace

Energy interval(const Measured& m) {
  const Joules half(std::sqrt(square(m.systematic) + square(m.random)));
  Energy energy{m.joules, std::max(Joules{}, m.joules - half), std::nullopt};
  if (m.missing) energy.high = m.joules + half + *m.missing;
  return energy;
}

Energy combine(const std::vector<const ChannelTotal*>& channels) {
  Sum sum;
  for (const ChannelTotal* channel : channels) sum.add(channel->channel, channel->measured);
  return interval(sum.result());
}

CurvePoint Ledger::end_point(std::size_t index, Instant now) const {
  if (end_ && index < end_->points.size() && end_->points[index]) return *end_->points[index];
  const Instant when = end_ ? end_->at : now;
  return slots_[index].meter->at_least(when);
}

Joules Ledger::run_part(const Slot& slot, Joules counted) const {
  const Joules rest = std::max(Joules{}, counted - slot.attributed);
  const double share = slot.has_share ? slot.share : (have_usage_ || slot.meter->channel().domain == Domain::gpu ? 1.0 : 0.0);
  return std::min(counted, slot.run + rest * share);
}

ChannelTotal Ledger::total_of(const Slot& slot, std::size_t index, Instant now) const {
  ChannelTotal total;
  const Meter& meter = *slot.meter;
  total.channel = meter.channel();
  total.expected = seconds_between(began_, end_ ? end_->at : now);
  total.headline = headline(slot);
  total.measured = measured_between(slot.start.value_or(CurvePoint{}), end_point(index, now), meter.channel().gain_error);
  total.measured.covered = std::min(total.measured.covered, total.expected);
  total.measured.missing = missing_energy(meter.channel(), total.measured, total.expected);
  total.by_power = meter.by_power();
  total.cross_check = meter.cross_check();
  total.run = run_part(slot, total.measured.joules);
  return total;
}

std::vector<ChannelBrief> Ledger::brief(Instant at) const {
  const std::lock_guard lock(mutex_);
  std::vector<ChannelBrief> out;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (!headline(slot)) continue;
    const Channel& channel = slot.meter->channel();
    const CurvePoint from = slot.start.value_or(CurvePoint{});
    const CurvePoint to = end_ && at < end_->at ? slot.meter->at_least(at) : end_point(i, at);
    const Joules counted = std::max(Joules{}, to.energy - from.energy);
    const bool data = to.covered > from.covered;
    out.push_back({channel.name, channel.label, channel.domain, data ? std::optional(counted) : std::nullopt, run_part(slot, counted)});
  }
  return out;
}

RegionTotal Ledger::region_total(const Region& region, Instant now) const {
  RegionTotal total;
  total.name = region.name;
  total.parent = region.parent;
  total.start = seconds_between(began_, region.begin->at);
  total.open = !region.end && !end_;
  const std::shared_ptr<Edge> end = region.end ? region.end : end_;
  const Instant until = end ? end->at : now;
  total.duration = seconds_between(region.begin->at, until);
  total.provisional = region.begin->open() || !end || end->open();
  Sum sum;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!headline(slots_[i])) continue;
    const Meter& meter = *slots_[i].meter;
    const auto at_edge = [&](const Edge& edge) {
      if (i >= edge.points.size() || edge.points[i]) return edge.point(i);
      return meter.at_least(edge.at);
    };
    Measured m = measured_between(at_edge(*region.begin), end ? at_edge(*end) : meter.at_least(now), meter.channel().gain_error);
    m.missing = missing_energy(meter.channel(), m, total.duration);
    sum.add(meter.channel(), m);
  }
  total.measured = sum.result();
  return total;
}

void Ledger::add_run_share(Snapshot& snapshot) const {
  Joules run{};
  bool any_gpu = false, gpu_shared = false;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!headline(slots_[i])) continue;
    run += snapshot.channels[i].run;
    if (slots_[i].meter->channel().domain != Domain::gpu) continue;
    any_gpu = true;
    gpu_shared |= slots_[i].has_share;
  }
  const double share = snapshot.total.joules > Joules{} ? run / snapshot.total.joules : 0;
  snapshot.run = {run, snapshot.total.low * share, std::nullopt};
  if (snapshot.total.high) snapshot.run.high = *snapshot.total.high * share;
  snapshot.run_method = have_usage_ ? "its processes' share of processor time" : "no process data";
  if (any_gpu) snapshot.run_method += gpu_shared ? ", GPUs by process use" : ", GPUs whole";
  if (!have_usage_ && !any_gpu) snapshot.run.high.reset();
}

Joules Ledger::energy_until(Instant at) const {
  const std::lock_guard lock(mutex_);
  Joules total{};
  for (const Slot& slot : slots_)
    if (headline(slot)) total += slot.meter->at_least(at).energy;
  return total;
}

Snapshot Ledger::snapshot(Instant now) const {
  const std::lock_guard lock(mutex_);
  Snapshot out;
  out.began = wall_;
  out.duration = seconds_between(began_, end_ ? end_->at : now);
  out.suspended = suspended_;
  for (std::size_t i = 0; i < slots_.size(); ++i) out.channels.push_back(total_of(slots_[i], i, now));
  std::vector<const ChannelTotal*> counted;
  for (const ChannelTotal& channel : out.channels)
    if (channel.headline) counted.push_back(&channel);
  out.total = combine(counted);
  out.coverage = counted.empty() ? 0 : 1;
  for (const ChannelTotal* channel : counted) {
    const double part = channel->expected > Seconds{} ? channel->measured.covered / channel->expected : 0;
    out.coverage = std::min(out.coverage, std::clamp(part, 0.0, 1.0));
  }
  add_run_share(out);
  if (idle_time_ >= kEnoughIdleTime) out.idle = (idle_energy_ / idle_time_) * out.duration;
  for (const Slot& slot : slots_) {
    if (slot.stands_in_for >= 0 || !slot.in_scope) continue;
    for (Gap& gap : slot.meter->gaps(end_ ? end_->at : now)) out.gaps.push_back(std::move(gap));
  }
  out.gaps.insert(out.gaps.end(), refusals_.begin(), refusals_.end());
  for (const Region& region : book_.regions()) out.regions.push_back(region_total(region, now));
  out.activity = activity_.totals();
  return out;
}

}  // namespace carbontracker
