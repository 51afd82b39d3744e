#include "metering/meter.h"

#include <algorithm>

namespace carbontracker {
namespace {

constexpr Seconds kReach{1.1};             // a counter is read once a second
constexpr Seconds kSilence{5};
constexpr Seconds kEnoughToCompare{5};
constexpr double kApart = 0.2;
constexpr std::size_t kMostTroubles = 16;  // kinds kept; a channel that finds more reasons than that repeats itself

std::variant<CounterTracker, GaugeTracker> tracker_for(const Channel& channel) {
  if (std::holds_alternative<Counter>(channel.kind)) return CounterTracker(channel);
  return GaugeTracker(channel);
}

}  // namespace

Meter::Meter(Channel channel, Instant run_began) : channel_(std::move(channel)), began_(run_began), tracker_(tracker_for(channel_)) {}

void Meter::note(const std::string& reason, const std::string& remedy, Seconds length) {
  for (Trouble& known : troubles_) {
    if (known.reason != reason) continue;
    known.length += length;
    ++known.times;
    return;
  }
  if (troubles_.size() < kMostTroubles) troubles_.push_back({reason, remedy, length, 1});
}

void Meter::apply(const EnergyStep& step) {
  if (!step.covered && !curve_.empty()) {
    note(step.trouble, {}, std::max(Seconds{}, seconds_between(curve_.last_time(), step.at)));
  }
  curve_.append(step.at, step.energy, step.slack, step.covered, step.variance);
  if (step.earlier) curve_.refine(step.earlier->back, step.earlier->at, step.earlier->slack);
}

void Meter::add(Instant at, const Reading& reading) {
  const auto* error = std::get_if<Error>(&reading);
  answering_ = !error;
  last_read_ = at;
  if (error) {
    note(error->what, error->hint, Seconds{});
    return;
  }
  if (auto* counter = std::get_if<CounterTracker>(&tracker_)) {
    const auto* ticks = std::get_if<std::uint64_t>(&reading);
    if (!ticks) return note("a counter answered with a power", {}, Seconds{});
    auto step = counter->add(at, *ticks);
    if (!step) return;
    if (on_stand_in_) {  // the gauge has counted up to now: the counter goes on from here
      step->energy = Joules{};
      step->at = std::max(step->at, curve_.last_time());
      step->earlier.reset();
      on_stand_in_ = false;
    } else if (stand_in_ && !stand_in_->curve.empty() && step->covered) {
      compared_counter_ += step->energy;
    compared_time_ += curve_.empty() ? Seconds{} : seconds_between(curve_.last_time(), step->at);
      compared_gauge_ += stand_in_->curve.last().energy - stand_in_->used;
    }
    if (stand_in_) stand_in_->used = stand_in_->curve.last().energy;
    apply(*step);
    return;
  }
  auto& gauge = std::get<GaugeTracker>(tracker_);
  const auto* power = std::get_if<Watts>(&reading);
  if (!power) return note("a gauge answered with a count", {}, Seconds{});
  if (!gauge.plausible(*power)) return note("a reading beyond what the device can draw was rejected", {}, Seconds{});
  apply(gauge.add(at, *power));
}

// The counter is overdue: what the gauge has seen since the counter's last tick is the energy since then.
void Meter::take_over(Instant now) {
  if (!on_stand_in_) note("the energy counter stood still; integrated power stands in", {}, Seconds{});
  on_stand_in_ = true;
  const CurvePoint seen = stand_in_->curve.last();
  // The gauge is read at its own times: what it saw up to the counter's last tick, the counter has counted.
  const Joules before = stand_in_->curve.at(curve_.last_time()).value_or(seen).energy;
  const Joules energy = seen.energy - before;
  by_power_ += energy;
  curve_.append(now, energy, stand_in_->tracker.lag(), true);
}

void Meter::add_stand_in(Instant at, const Channel& gauge, const Reading& reading) {
  const auto* power = std::get_if<Watts>(&reading);
  if (!power) return;
  if (!stand_in_) stand_in_ = std::make_unique<StandIn>(StandIn{GaugeTracker(gauge), {}, {}});
  if (!stand_in_->tracker.plausible(*power)) return;
  const EnergyStep step = stand_in_->tracker.add(at, *power);
  stand_in_->curve.append(step.at, step.energy, step.slack, step.covered, step.variance);
  if (!failing(at)) return;
  if (curve_.empty()) curve_.append(stand_in_->curve.first_time(), Joules{}, step.slack, true);
  if (step.at > curve_.last_time()) take_over(step.at);
}

void Meter::rebase() {
  std::visit([](auto& tracker) { tracker.rebase(); }, tracker_);
  if (stand_in_) stand_in_->tracker.rebase();
}

bool Meter::failing(Instant now) const {
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  if (!counter) return false;
  const Instant since = counter->last_tick().value_or(began_);
  return on_stand_in_ || seconds_between(since, now) > std::max(Seconds(2), 10 * counter->refresh());
}

bool Meter::ticking() const {
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  return counter && counter->ticking();
}

Seconds Meter::refresh() const {
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  return counter ? counter->refresh() : channel_.refresh;
}

Seconds Meter::poll() const {
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  return counter ? counter->poll() : channel_.refresh;
}

std::optional<CurvePoint> Meter::at(Instant when, Instant now) const {
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  if (counter && !counter->settled(now)) return std::nullopt;
  return curve_.at(when);
}

CurvePoint Meter::at_least(Instant when) const {
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  const bool silent = !answering_ || (counter && !on_stand_in_ && counter->frozen(when));
  const Seconds lag = counter ? Seconds{} : std::get<GaugeTracker>(tracker_).lag();
  return curve_.extrapolate(when, silent ? Seconds{} : 2 * refresh() + lag + kReach);
}

std::optional<Joules> Meter::cross_check() const {
  return compared_gauge_ > Joules{} ? std::optional<Joules>(compared_gauge_) : std::nullopt;
}

// Both methods are kept; a counter and the power beside it that differ by more than a fifth want a second look.
std::string Meter::disagreement() const {
  if (compared_gauge_ <= Joules{} || compared_counter_ <= Joules{} || compared_time_ < kEnoughToCompare) return {};
  const double apart = compared_gauge_ / compared_counter_ - 1;
  if (apart < kApart && apart > -kApart / (1 + kApart)) return {};
  const int percent = static_cast<int>(apart * 100 + (apart > 0 ? 0.5 : -0.5));
  return "the energy counter is used; integrated power differs from it by " + std::string(percent > 0 ? "+" : "") + std::to_string(percent) + " %";
}

std::vector<Gap> Meter::gaps(Instant now) const {
  std::vector<Gap> out;
  for (const Trouble& t : troubles_) {
    const std::string times = t.times > 1 ? " (" + std::to_string(t.times) + " times)" : "";
    out.push_back({channel_.name, t.reason + times, t.remedy, t.length});
  }
  const auto* counter = std::get_if<CounterTracker>(&tracker_);
  if (counter && !on_stand_in_ && counter->frozen(now)) {
    out.push_back({channel_.name, "the counter stands still", {}, seconds_between(*counter->last_tick(), now)});
  }
  if (std::string split = disagreement(); !split.empty()) out.push_back({channel_.name, std::move(split), {}, {}});
  if (last_read_ && seconds_between(*last_read_, now) > kSilence) {
    out.push_back({channel_.name, "the sensor does not answer", {}, seconds_between(*last_read_, now)});
  }
  return out;
}

}  // namespace carbontracker
