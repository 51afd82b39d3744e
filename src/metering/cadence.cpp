#include "metering/cadence.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kEnough = 0.004;        // relative sampling error below which swinging power needs no more samples
constexpr double kSwing = 0.05;          // relative change between samples that counts as swinging
constexpr Seconds kRemember{2};
constexpr double kMostTokens = 5;
constexpr Seconds kShortestGap{0.001};  // between two reads for regions' edges

std::chrono::nanoseconds nanoseconds(Seconds time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time); }

}  // namespace

Cadence::Cadence(std::span<const Channel> channels, Instant now, std::uint64_t seed)
    : watts_(channels.size(), 0.0), last_read_(now), tokens_at_(now), random_(seed | 1) {
  for (const Channel& channel : channels) {
    const bool gauge = std::holds_alternative<Gauge>(channel.kind);
    has_gauge_ |= gauge;
    if (channel.stands_in_for.empty()) only_stand_ins_ = false;
    if (!gauge) (channel.refresh > CounterTracker::kAtOnce ? has_ticking_ : has_smooth_counter_) = true;
  }
}

// xorshift64: all that is needed is to be out of step with the training.
Seconds Cadence::jittered(Seconds period) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const double unit = static_cast<double>(random_ >> 11) / 9007199254740992.0;
  return period * (0.75 + 0.5 * unit);
}

bool Cadence::swings(std::span<const Reading> readings) {
  bool swung = false;
  for (std::size_t i = 0; i < std::min(readings.size(), watts_.size()); ++i) {
    const auto* power = std::get_if<Watts>(&readings[i]);
    if (!power) continue;
    const double mean = (power->value() + watts_[i]) / 2;
    swung |= watts_[i] > 0 && std::abs(power->value() - watts_[i]) > kSwing * mean;
    watts_[i] = power->value();
  }
  return swung;
}

bool Cadence::has_token(Instant at) {
  tokens_ = std::min(kMostTokens, tokens_ + seconds_between(tokens_at_, at).count());
  tokens_at_ = at;
  return tokens_ >= 1;
}

std::optional<Instant> Cadence::edge_due(Instant now) {
  if (only_stand_ins_) return std::nullopt;
  const bool reading_helps = has_gauge_ || has_smooth_counter_ || bursting_ || has_token(now);
  if (!reading_helps) return std::nullopt;
  return std::max(now, last_read_ + nanoseconds(kShortestGap));
}

Instant Cadence::after_read(Instant at, std::span<const Reading> readings, const Ledger::Demand& demand, bool last) {
  last_read_ = at;
  if (swings(readings)) swung_ = at;
  Seconds period = kCounterPeriod;
  if (has_gauge_ && (!only_stand_ins_ || demand.standing_in)) {
    const bool fast = swung_ && seconds_between(*swung_, at) < kRemember && demand.sampling_error > kEnough;
    period = jittered(fast ? kSwingingPeriod : kGaugePeriod);
  }
  if (demand.tick > Seconds{}) {
    if (!bursting_ && (last || has_token(at))) {
      tokens_ -= 1;
      bursting_ = true;
      burst_began_ = at;
    }
    // A tick that does not come (an idle or frozen card) ends the burst: 3 refreshes at the start, when two ticks are wanted.
    if (bursting_ && seconds_between(burst_began_, at) < 3.2 * demand.tick) {
      return at + nanoseconds(std::min(period, demand.poll));
    }
  } else {
    bursting_ = false;
  }
  return at + nanoseconds(period);
}

}  // namespace carbontracker
