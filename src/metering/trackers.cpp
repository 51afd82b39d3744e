#include "metering/trackers.h"

#include <algorithm>

namespace carbontracker {
namespace {

std::chrono::nanoseconds nanoseconds(Seconds time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time); }

// No energy counter of this field moves more seldom, but for those that say so.
constexpr Seconds kSlowest{0.1};

// A counter that stood still for a while and then moves on either caught up (the energy is all there) or lost it.
constexpr double kCaughtUp = 0.5;  // of the usual power

const Counter& counter_of(const Channel& channel) { return std::get<Counter>(channel.kind); }

}  // namespace

Watts plausible_power(const Channel& channel) {
  if (channel.max_power) return *channel.max_power;
  switch (channel.domain) {
    case Domain::package: case Domain::core: case Domain::uncore: return Watts(2000);
    case Domain::dram: return Watts(2000);
    case Domain::gpu: case Domain::soc: return Watts(4000);
    default: return Watts(100'000);
  }
}

CounterTracker::CounterTracker(const Channel& channel)
    : counter_(counter_of(channel)), cap_(plausible_power(channel)), declared_(channel.refresh),
      refresh_(declared_ > Seconds{} ? std::max(declared_, kSlowest) : declared_), refresh_error_(refresh_ * 0.02) {}

bool CounterTracker::frozen(Instant now) const {
  return tick_ && seconds_between(*tick_, now) > std::max(Seconds(2), 10 * refresh_);
}

EnergyStep CounterTracker::baseline(Instant at, std::uint64_t ticks, bool covered, std::string trouble) {
  const bool known = ticking();  // the last tick was somewhere within the last refresh
  value_ = ticks;
  tick_ = known ? at - nanoseconds(refresh_ / 2) : at;
  tick_slack_ = refresh_ / 2;
  rebase_ = false;
  return {*tick_, tick_slack_, Joules{}, 0, covered, std::move(trouble), std::nullopt};
}

// Two well-known ticks in a row measure the refresh. The baseline before them was one refresh before the first.
void CounterTracker::confirm_refresh(EnergyStep& step) {
  const Seconds apart = seconds_between(*tick_, step.at);
  const Seconds error = tick_slack_ + step.slack;
  if (confirmed_ || tick_slack_ > refresh_ / 4) return;
  if (apart + error < 0.8 * refresh_ || apart - error > 1.2 * refresh_ || apart <= kAtOnce * 1.5) {
    refresh_ = apart <= kAtOnce * 2 ? std::min(kAtOnce, declared_) : apart;  // each read of the burst had moved on
    refresh_error_ = error;
  }
  confirmed_ = true;
  step.earlier = EnergyStep::Refinement{2, *tick_ - nanoseconds(refresh_), tick_slack_ + refresh_error_};
}

// When the tick was that a reading at `at` shows for the first time.
void CounterTracker::locate(EnergyStep& step, Instant at) {
  if (!ticking()) {
    step.at = at;
    step.slack = refresh_ / 2;
    return;
  }
  const Seconds since_read = seconds_between(*read_, at);
  const Seconds window = std::min(since_read, refresh_);  // the tick lies in (at - window, at]
  step.at = at - nanoseconds(window / 2);
  step.slack = window / 2;
  if (since_read >= refresh_ / 2) return;  // not in a burst
  if (confirmed_) step.earlier = EnergyStep::Refinement{1, step.at - nanoseconds(refresh_), step.slack + refresh_error_};
  else confirm_refresh(step);
}

EnergyStep CounterTracker::tick(Instant at, std::uint64_t ticks, Joules energy) {
  EnergyStep step;
  step.energy = energy;
  locate(step, at);
  const Seconds gap = seconds_between(*tick_, step.at);
  const Watts mean = gap > Seconds{} ? energy / gap : Watts{};
  if (frozen(*read_) && mean < kCaughtUp * usual_) {
    step.covered = false;
    step.trouble = "the counter stood still and lost energy";
  }
  if (gap > Seconds(0.5)) usual_ = mean;
  value_ = ticks;
  tick_ = step.at;
  tick_slack_ = step.slack;
  return step;
}

std::optional<EnergyStep> CounterTracker::add(Instant at, std::uint64_t ticks) {
  std::optional<EnergyStep> step;
  if (!value_ || rebase_) {
    step = baseline(at, ticks, !value_, value_ ? "suspended" : "");
  } else if (ticks != *value_) {
    const Seconds elapsed = seconds_between(*tick_, at) + std::max(refresh_, kSlowest);
    const CounterStep moved = counter_step(counter_, *value_, ticks, elapsed, cap_);
    if (moved.counted()) step = tick(at, ticks, moved.energy);
    else step = baseline(at, ticks, false, moved.kind == StepKind::reset ? "the counter was reset" : "the counter jumped by more than the device can draw");
  }
  if (!began_) began_ = at;
  read_ = at;
  return step;
}

GaugeTracker::GaugeTracker(const Channel& channel)
    : lag_(channel.window / 2 + channel.refresh / 2), refresh_(channel.refresh), cap_(plausible_power(channel)) {}

EnergyStep GaugeTracker::add(Instant at, Watts power) {
  EnergyStep step;
  step.at = at - nanoseconds(lag_);
  step.slack = refresh_ / 2;
  if (last_) {
    const Seconds apart = seconds_between(last_->at, at);
    step.covered = apart <= kLongestHold;
    if (step.covered) {
      step.energy = 0.5 * (last_->power + power) * apart;
      // Where between two samples a step from one level to the other happens is unknown: uniform, so its variance is
      // (dP dt)^2 / 12; a wave faster than the samples has up to dP^2 dt^2 / 2, and cannot be told apart. The larger is kept.
      const double change = (power - last_->power).value() * apart.count();
      step.variance = change * change / 2;
    } else {
      step.trouble = "no reading for " + std::to_string(static_cast<long>(apart.count())) + " s";
    }
  }
  last_ = Sample{at, power};
  return step;
}

}  // namespace carbontracker
