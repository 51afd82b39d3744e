#pragma once
// Scripted hardware on a fake clock, and the truth beside it.

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "fakes/fake_clock.h"
#include "metering/source_loop.h"

namespace carbontracker::simulation {

// Power as a function of time with its exact integral.
struct Wave {
  std::function<double(double)> watts;
  std::function<double(double)> joules;  // from 0 to t
};

inline Wave constant(double w) {
  return {[w](double) { return w; }, [w](double t) { return w * t; }};
}

// `low` for the first half of each period, `high` for the second; `phase` in seconds.
inline Wave square(double low, double high, double period, double phase = 0) {
  const auto whole = [=](double t) {
    const double n = std::floor(t / period), rest = t - n * period;
    return n * period * (low + high) / 2 + std::min(rest, period / 2) * low + std::max(0.0, rest - period / 2) * high;
  };
  return {[=](double t) { return std::fmod(t + phase, period) < period / 2 ? low : high; },
          [=](double t) { return whole(t + phase) - whole(phase); }};
}

struct Device {
  Channel channel;
  Wave wave;
  double tick = 0;            // a counter moves (a gauge updates) only every `tick` s
  double tick_phase = 0;      // of the first tick
  double start_count = 0;     // joules on the counter at time 0
  std::function<std::optional<Error>(double)> failure;
  double freeze_from = 1e18, freeze_to = 1e18;
};

class Source final : public EnergySource {
 public:
  Source(std::vector<Device> devices, const Clock& clock, Instant zero) : devices_(std::move(devices)), clock_(clock), zero_(zero) {
    for (const Device& device : devices_) channels_.push_back(device.channel);
  }
  std::string_view name() const override { return "simulated"; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    ++reads;
    const double now = seconds_between(zero_, clock_.now()).count();
    for (std::size_t i = 0; i < devices_.size(); ++i) out[i] = reading(devices_[i], now);
  }
  int reads = 0;

 private:
  static Reading reading(const Device& d, double now) {
    if (d.failure)
      if (auto error = d.failure(now)) return *error;
    double t = now;
    if (t > d.freeze_from) t = t < d.freeze_to ? d.freeze_from : t;
    if (d.tick > 0) t = std::floor((t - d.tick_phase) / d.tick) * d.tick + d.tick_phase;
    if (std::holds_alternative<Gauge>(d.channel.kind)) return Watts(d.wave.watts(std::max(0.0, t)));
    const auto& counter = std::get<Counter>(d.channel.kind);
    auto ticks = static_cast<std::uint64_t>((d.start_count + d.wave.joules(t)) / counter.per_tick.value());
    if (counter.wrap) ticks %= counter.wrap;
    return ticks;
  }
  std::vector<Device> devices_;
  std::vector<Channel> channels_;
  const Clock& clock_;
  Instant zero_;
};

inline Device counter_device(std::string name, Domain domain, Wave wave, double tick, double gain = 0.05) {
  Device d;
  d.channel.name = std::move(name);
  d.channel.domain = domain;
  d.channel.kind = Counter{Joules(1e-3), 0};
  d.channel.origin = Origin::counter;
  d.channel.refresh = Seconds(tick > 0 ? tick : 0);
  d.channel.gain_error = gain;
  d.wave = std::move(wave);
  d.tick = tick;
  d.start_count = 1e5;
  return d;
}

inline Device gauge_device(std::string name, Domain domain, Wave wave, double gain = 0.05) {
  Device d = counter_device(std::move(name), domain, std::move(wave), 0, gain);
  d.channel.kind = Gauge{};
  d.channel.origin = Origin::power;
  return d;
}

// A run over scripted devices: steps the loop, jumping the clock from one due time to the next.
class ScriptedRun {
 public:
  explicit ScriptedRun(std::vector<std::vector<Device>> sources) {
    began_ = clock.now();
    ledger = std::make_shared<Ledger>(began_, clock.wall());
    loop = std::make_unique<SourceLoop>(ledger, clock);
    ledger->on_edge([this] { edge_ = true; });
    for (auto& devices : sources) loop->add(std::make_unique<Source>(std::move(devices), clock, began_));
    due_ = loop->step(false);
  }
  // Lets the loop work until `t` seconds since the run began.
  void until(double t) {
    const Instant end = began_ + std::chrono::nanoseconds(static_cast<std::int64_t>(t * 1e9));
    while (clock.now() < end) {
      if (edge_ || clock.now() >= due_) {
        const bool edge = std::exchange(edge_, false);
        due_ = loop->step(edge, ended_);
      }
      const Instant next = std::min(end, std::max(due_, clock.now() + std::chrono::microseconds(50)));
      clock.advance(seconds_between(clock.now(), edge_ ? std::min(next, clock.now() + std::chrono::microseconds(50)) : next));
    }
  }
  Snapshot finish(double t, double patience = 0.2) {
    until(t);
    ended_ = true;
    ledger->finish(clock.now());
    for (double extra = 0; extra < patience && !ledger->settled(); extra += 0.005) until(t + extra);
    return ledger->snapshot(clock.now());
  }
  Instant at(double t) const { return began_ + std::chrono::nanoseconds(static_cast<std::int64_t>(t * 1e9)); }

  FakeClock clock;
  std::shared_ptr<Ledger> ledger;
  std::unique_ptr<SourceLoop> loop;

 private:
  Instant began_{}, due_{};
  bool edge_ = false, ended_ = false;
};

}  // namespace carbontracker::simulation
