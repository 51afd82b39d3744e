#pragma once
// From raw readings to energy between moments: counters tick, gauges are integrated. One class each, no locking.

#include <optional>
#include <string>

#include "base/clock.h"
#include "metering/counter.h"

namespace carbontracker {

// Energy up to a moment, as one reading establishes it.
struct EnergyStep {
  Instant at{};
  Seconds slack{};          // the moment is known to +- this
  Joules energy{};          // since the previous step
  double variance = 0;      // J^2
  bool covered = true;      // false: the stretch since the previous step has no data
  std::string trouble;      // why the stretch is not covered

  // What this step teaches about an earlier one: `back` steps before it, its moment is now known better.
  struct Refinement {
    int back = 1;
    Instant at{};
    Seconds slack{};
  };
  std::optional<Refinement> earlier;
};

// A counter's reading shows the energy up to its last tick, up to one refresh ago. Two reads less than a refresh apart with
// different values tell when the tick was; the one before it was one refresh earlier. The declared refresh is a claim
// ("20 to 100 ms by model", "about 1 ms" of a file that a guest agent renews ten times a second), so it is confirmed or
// corrected by the first two ticks seen in a burst of reads. One that is declared as 0 is a counter of ours and moves at once.
class CounterTracker {
 public:
  static constexpr Seconds kAtOnce{0.002};  // a counter that moves this often is read as if it moved all the time
  explicit CounterTracker(const Channel& channel);
  // A step for the first reading (baseline, zero energy) and whenever the counter has moved; nothing while it stands still.
  [[nodiscard]] std::optional<EnergyStep> add(Instant at, std::uint64_t ticks);
  // The next reading is a baseline: after a suspend, what lies between cannot be known.
  void rebase() { rebase_ = true; }

  [[nodiscard]] std::optional<Instant> last_tick() const { return tick_; }
  // No tick for max(2 s, 10 refreshes) although it was read: stands still, or is gone.
  [[nodiscard]] bool frozen(Instant now) const;
  [[nodiscard]] bool ticking() const { return refresh_ > kAtOnce; }
  // How far apart the reads of a burst should be.
  [[nodiscard]] Seconds poll() const {
    return !confirmed_ && declared_ <= kAtOnce ? kAtOnce : std::max(Seconds(0.005), refresh_ / 10);
  }
  [[nodiscard]] Seconds refresh() const { return refresh_; }
  // Whether the first steps' moments are as well known as they will be.
  [[nodiscard]] bool settled(Instant now) const {
    return !ticking() || confirmed_ || (began_ && seconds_between(*began_, now) > 3 * refresh_);
  }

 private:
  [[nodiscard]] EnergyStep baseline(Instant at, std::uint64_t ticks, bool covered, std::string trouble);
  [[nodiscard]] EnergyStep tick(Instant at, std::uint64_t ticks, Joules energy);
  void locate(EnergyStep& step, Instant at);
  void confirm_refresh(EnergyStep& step);

  Counter counter_;
  Watts cap_;
  Seconds declared_, refresh_;
  std::optional<std::uint64_t> value_;
  std::optional<Instant> read_;        // last reading of any kind
  std::optional<Instant> tick_;        // estimate of the last tick
  Seconds tick_slack_{};
  std::optional<Instant> began_;       // first reading
  Seconds refresh_error_{};
  bool confirmed_ = false;             // refresh_ has been measured
  Watts usual_{};                      // mean power before a standstill
  bool rebase_ = false;
};

// Watts, integrated by the trapezoid rule. A reading describes the middle of its window and is up to one refresh old.
class GaugeTracker {
 public:
  // Two readings further apart than this are not joined: what happened between is unknown.
  static constexpr Seconds kLongestHold{10};

  explicit GaugeTracker(const Channel& channel);
  [[nodiscard]] EnergyStep add(Instant at, Watts power);
  // A reading beyond what the device can draw: rejected, the neighbours are joined.
  [[nodiscard]] bool plausible(Watts power) const { return power >= Watts{} && power <= cap_; }
  void rebase() { last_.reset(); }
  [[nodiscard]] Seconds lag() const { return lag_; }

 private:
  struct Sample {
    Instant at;
    Watts power;
  };
  Seconds lag_, refresh_;
  Watts cap_;
  std::optional<Sample> last_;
};

}  // namespace carbontracker
