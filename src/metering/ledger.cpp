#include "metering/ledger.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr Seconds kMinute{60};
// An edge that no tick has met by then is closed by extrapolation: the channel is failing, and says so elsewhere.
constexpr Seconds kLongestWait{3};

constexpr double kIdleMachine = 0.05, kIdleRun = 0.01;  // of all CPUs, of one CPU

std::chrono::nanoseconds nanoseconds(Seconds time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time); }

bool processor_side(Domain domain) { return domain != Domain::gpu; }

}  // namespace

Ledger::Ledger(Instant began, WallTime wall) : began_(began), wall_(wall), minute_start_(began) {}

bool Ledger::headline(const Slot& slot) const {
  const Channel& channel = slot.meter->channel();
  const bool within_module = whole_module_ && (channel.domain == Domain::package || channel.domain == Domain::dram);
  return slot.in_scope && slot.stands_in_for < 0 && is_headline(channel.domain) && channel.contained_in.empty() && !within_module;
}

SourceId Ledger::attach(std::span<const Channel> channels) {
  const std::lock_guard lock(mutex_);
  const SourceId source = sources_.size();
  sources_.emplace_back(slots_.size(), channels.size());
  for (const Channel& channel : channels) {
    Slot slot;
    slot.meter = std::make_unique<Meter>(channel, began_);
    slot.source = source;
    whole_module_ |= channel.whole_module && is_headline(channel.domain) && channel.contained_in.empty();
    for (std::size_t i = 0; i < slots_.size() && !channel.stands_in_for.empty(); ++i) {
      if (slots_[i].meter->channel().name == channel.stands_in_for) slot.stands_in_for = static_cast<int>(i);
    }
    slots_.push_back(std::move(slot));
  }
  return source;
}

void Ledger::add(SourceId source, Instant at, std::span<const Reading> readings) {
  const std::lock_guard lock(mutex_);
  const auto [first, count] = sources_.at(source);
  for (std::size_t i = 0; i < std::min(count, readings.size()); ++i) {
    Slot& slot = slots_[first + i];
    if (!slot.in_scope) continue;
    if (slot.stands_in_for >= 0) slots_[static_cast<std::size_t>(slot.stands_in_for)].meter->add_stand_in(at, slot.meter->channel(), readings[i]);
    else slot.meter->add(at, readings[i]);
  }
  if (!end_) open_minutes(at);
  settle(at);
}

void Ledger::set_scope(SourceId source, std::span<const char> in_scope) {
  const std::lock_guard lock(mutex_);
  const auto [first, count] = sources_.at(source);
  for (std::size_t i = 0; i < std::min(count, in_scope.size()); ++i) slots_[first + i].in_scope = in_scope[i] != 0;
}

// --- attribution ---

void Ledger::share_out(Slot& slot, double share, Instant at) {
  const Joules now = std::max(slot.attributed, slot.meter->at_least(at).energy - slot.start.value_or(CurvePoint{}).energy);
  slot.share = std::clamp(share, 0.0, 1.0);
  slot.has_share = true;
  slot.run += (now - slot.attributed) * slot.share;
  slot.attributed = now;
}

// Energy that a counter shows late is of all the time since it last showed any, and so is its share: not that of the last look alone, which
// at the end of a run may be of a few milliseconds.
void Ledger::share_out(Slot& slot, const CpuUsage& usage) {
  slot.tree += usage.tree;
  slot.busy += usage.busy;
  const Joules before = slot.attributed;
  share_out(slot, slot.busy > Seconds{} ? slot.tree / slot.busy : 0, usage.at);
  if (slot.attributed > before) slot.tree = slot.busy = Seconds{};
}

void Ledger::attribute_cpu(const CpuUsage& usage) {
  const std::lock_guard lock(mutex_);
  Joules total{};
  for (Slot& slot : slots_) {
    if (slot.stands_in_for >= 0) continue;
    if (processor_side(slot.meter->channel().domain)) share_out(slot, usage);
    if (headline(slot)) total += slot.meter->at_least(usage.at).energy;
  }
  have_usage_ = true;
  activity_.observe_cpu(usage, seconds_between(began_, usage.at));
  const bool idle = usage.busy < usage.elapsed * kIdleMachine * usage.cpus && usage.tree < usage.elapsed * kIdleRun;
  if (idle) {
    idle_time_ += usage.elapsed;
    idle_energy_ += total - idle_mark_;
  }
  idle_mark_ = total;
}

void Ledger::attribute(SourceId source, std::size_t channel, double share, Instant at) {
  const std::lock_guard lock(mutex_);
  const auto [first, count] = sources_.at(source);
  if (channel < count) share_out(slots_[first + channel], share, at);
}

void Ledger::observe(SourceId source, std::size_t channel, const Activity& seen, Instant at) {
  const std::lock_guard lock(mutex_);
  const auto [first, count] = sources_.at(source);
  if (channel < count && slots_[first + channel].in_scope && !end_) activity_.observe(slots_[first + channel].meter->channel().name, seen, seconds_between(began_, at));
}

void Ledger::resumed(Seconds slept) {
  const std::lock_guard lock(mutex_);
  suspended_ += slept;
  for (Slot& slot : slots_) slot.meter->rebase();
}

void Ledger::refused(const std::string& backend, const Error& error) {
  const std::lock_guard lock(mutex_);
  for (const Gap& known : refusals_)
    if (known.what == backend && known.reason == error.what) return;
  refusals_.push_back({backend, error.what, error.hint, Seconds{}});
}

// --- edges ---

RegionId Ledger::begin_region(const std::string& name, const std::string& parent, Instant at) {
  RegionId region = 0;
  {
    const std::lock_guard lock(mutex_);
    region = book_.begin(name, parent, book_.open_edge(at, slots_.size()));
  }
  if (wake_) wake_();
  return region;
}

void Ledger::end_region(RegionId region, Instant at) {
  {
    const std::lock_guard lock(mutex_);
    book_.end(region, book_.open_edge(at, slots_.size()));
  }
  if (wake_) wake_();
}

void Ledger::begin_region_where_it_ended(RegionId region) {
  const std::lock_guard lock(mutex_);
  book_.begins_where_it_ended(region);
}

std::shared_ptr<const Edge> Ledger::touch(Instant at) {
  std::shared_ptr<const Edge> edge;
  {
    const std::lock_guard lock(mutex_);
    edge = book_.open_edge(at, slots_.size());
  }
  if (wake_) wake_();
  return edge;
}

bool Ledger::met(const Edge& edge) const {
  const std::lock_guard lock(mutex_);
  return !edge.open();
}

void Ledger::finish(Instant at) {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    open_minutes(at);
    end_ = book_.open_edge(at, slots_.size());
  }
  if (wake_) wake_();
}

bool Ledger::settled() const {
  const std::lock_guard lock(mutex_);
  return !end_ || !end_->open();
}

void Ledger::settle_start(Slot& slot, Instant now) {
  if (slot.start || slot.meter->curve().empty()) return;
  slot.start = slot.meter->at(std::max(began_, slot.meter->curve().first_time()), now);
}

void Ledger::settle(Instant now) {
  for (Slot& slot : slots_) settle_start(slot, now);
  for (const auto& edge : book_.open_edges()) {
    const bool expired = seconds_between(edge->at, now) > kLongestWait;
    for (std::size_t i = 0; i < edge->points.size(); ++i) {
      if (edge->points[i]) continue;
      const bool unread = slots_[i].stands_in_for >= 0 || !slots_[i].in_scope;
      if (unread) edge->points[i] = CurvePoint{};
      else if (expired) edge->points[i] = slots_[i].meter->at_least(edge->at);
      else edge->points[i] = slots_[i].meter->at(edge->at, now);
    }
  }
  book_.drop_settled();
  while (!minute_ends_.empty() && !minute_ends_.front()->open()) {
    const Edge& end = *minute_ends_.front();
    close_minute(end, std::llround(seconds_between(began_, end.at) / kMinute) - 1);
    minute_ends_.pop_front();
  }
}

Ledger::Demand Ledger::demand(SourceId source, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto [first, count] = sources_.at(source);
  Demand demand;
  for (std::size_t i = first; i < first + count; ++i) {
    const Slot& slot = slots_[i];
    if (slot.stands_in_for >= 0) {
      demand.standing_in |= slots_[static_cast<std::size_t>(slot.stands_in_for)].meter->failing(now);
      continue;
    }
    const bool open = std::any_of(book_.open_edges().begin(), book_.open_edges().end(), [&](const auto& edge) {
      return i < edge->points.size() && !edge->points[i] && edge->at <= now;
    });
    demand.edge_open |= open;
    const bool starting = !slot.start && !slot.meter->curve().empty();  // the run's own first edge
    const Seconds refresh = slot.meter->refresh();
    if ((open || starting) && slot.meter->ticking()) {
      demand.poll = demand.tick == Seconds{} ? slot.meter->poll() : std::min(demand.poll, slot.meter->poll());
      demand.tick = std::max(demand.tick, refresh);
    }
    const CurvePoint point = slot.meter->curve().empty() ? CurvePoint{} : slot.meter->curve().last();
    if (point.energy > Joules{}) {
      demand.sampling_error = std::max(demand.sampling_error, 1.96 * std::sqrt(point.variance) / point.energy.value());
    }
  }
  return demand;
}

// --- minutes ---

void Ledger::open_minutes(Instant now) {
  for (;;) {
    const Instant end = began_ + nanoseconds(kMinute * static_cast<double>(minute_ + 1));
    if (end > now) return;
    minute_ends_.push_back(book_.open_edge(end, slots_.size()));
    ++minute_;
  }
}

void Ledger::close_minute(const Edge& end, std::int64_t number) {
  Minute minute;
  minute.number = number;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const CurvePoint before = i < minute_start_points_.size() ? minute_start_points_[i] : slots_[i].start.value_or(CurvePoint{});
    const CurvePoint after = i < end.points.size() ? end.point(i) : before;
    minute.joules.push_back(static_cast<float>((after.energy - before.energy).value()));
    minute.covered_s.push_back(static_cast<float>((after.covered - before.covered).count()));
  }
  for (std::size_t i = 0; i < end.points.size(); ++i) {
    if (i < minute_start_points_.size()) minute_start_points_[i] = end.point(i);
    else minute_start_points_.push_back(end.point(i));
  }
  minute.busy = activity_.take_minute(minute.number);
  minute_start_ = end.at;
  minutes_.push_back(std::move(minute));
}

std::vector<Minute> Ledger::take_minutes() {
  const std::lock_guard lock(mutex_);
  if (end_ && seconds_between(minute_start_, end_->at) > Seconds{}) {
    Edge last = *end_;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      last.points.resize(slots_.size());
      last.points[i] = end_point(i, end_->at);
    }
    close_minute(last, minute_);
  }
  return std::exchange(minutes_, {});
}

}  // namespace carbontracker
