#pragma once
// One channel's energy over the run, from its counter or gauge and, where it has one, the stand-in gauge.

#include <memory>
#include <variant>

#include "metering/channel_curve.h"
#include "metering/snapshot.h"
#include "metering/trackers.h"

namespace carbontracker {

// Not locked: the ledger owns it.
class Meter {
 public:
  Meter(Channel channel, Instant run_began);

  void add(Instant at, const Reading& reading);
  // Power of the gauge that stands in for this channel's counter: takes over while that is frozen, failing or absent.
  void add_stand_in(Instant at, const Channel& gauge, const Reading& reading);
  // After a suspend: the next readings are baselines.
  void rebase();

  [[nodiscard]] const Channel& channel() const { return channel_; }
  [[nodiscard]] const ChannelCurve& curve() const { return curve_; }
  // The point at `when`, or nothing while a tick that would fix it is still to come.
  [[nodiscard]] std::optional<CurvePoint> at(Instant when, Instant now) const;
  // The same, at once: the rest is extrapolated.
  [[nodiscard]] CurvePoint at_least(Instant when) const;

  // Whether reads in quick succession would tell more (a counter that ticks, and has not just been seen to).
  [[nodiscard]] bool ticking() const;
  [[nodiscard]] Seconds refresh() const;
  [[nodiscard]] Seconds poll() const;
  [[nodiscard]] bool failing(Instant now) const;

  [[nodiscard]] Joules by_power() const { return by_power_; }
  [[nodiscard]] std::optional<Joules> cross_check() const;
  // Troubles so far, each kind once with the time it cost.
  [[nodiscard]] std::vector<Gap> gaps(Instant now) const;

 private:
  void apply(const EnergyStep& step);
  void note(const std::string& reason, const std::string& remedy, Seconds length);
  void take_over(Instant now);
  [[nodiscard]] std::string disagreement() const;

  Channel channel_;
  Instant began_;
  std::variant<CounterTracker, GaugeTracker> tracker_;
  ChannelCurve curve_;

  struct StandIn {
    GaugeTracker tracker;
    ChannelCurve curve;
    Joules used{};           // of its curve, already accounted for at the last tick of the counter
  };
  std::unique_ptr<StandIn> stand_in_;
  bool on_stand_in_ = false;
  bool answering_ = true;    // the last reading was no error
  std::optional<Instant> last_read_;
  Joules by_power_{};
  Joules compared_counter_{}, compared_gauge_{};
  Seconds compared_time_{};

  struct Trouble {
    std::string reason, remedy;
    Seconds length{};
    int times = 0;
  };
  std::vector<Trouble> troubles_;
};

}  // namespace carbontracker
