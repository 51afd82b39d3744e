#pragma once
// A sweep over power limits while a command trains: which limit when, and what the marks say of each. Pure: told marks and time, it says
// what limit should be in force.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "carbontracker/units.h"

namespace carbontracker {

struct SweepPoint {
  double share = 1;          // of the limit that was in force
  double units = 0;
  Seconds time{};
  Joules joules{};           // of the machine, as the total counts it
  [[nodiscard]] double speed() const { return units / time.count(); }
  [[nodiscard]] Joules per_unit() const { return joules / units; }
};

// From 1 down to `lowest`, evenly; at least two.
[[nodiscard]] std::vector<double> sweep_shares(double lowest, std::size_t count);

// What limits may be set, as shares of the one in force: lowest <= 1 <= highest.
struct SweepBounds {
  double lowest = 0.5, highest = 1;
};
// A search for the best limit in both directions: four shares from 1 evenly down to the lowest, the highest where it is above and one halfway to it, then up to four halfway between the
// gentle one (judge) and its neighbours on either side, down to 4 % of the limit in force, and the one in force once more, which tells drift. Nothing: it is done.
[[nodiscard]] std::optional<double> next_share(const std::vector<SweepPoint>& measured, const SweepBounds& bounds);

class PowerSweep {
 public:
  // Which share comes after those that were measured; nothing: it is over.
  using Next = std::function<std::optional<double>(const std::vector<SweepPoint>&)>;
  PowerSweep(Seconds each, Next next);
  // Each share is held for `each` and two units at least, after a quarter of it (5 s at most) to settle.
  PowerSweep(std::vector<double> shares, Seconds each);

  // `done` units are finished; `spent`: joules up to now. Times do not go back. What goes back in `done` begins again (another epoch).
  void mark(Seconds at, double done, Joules spent);
  // About every second: a share without progress for ten times `each` ends the sweep.
  void tick(Seconds at);
  // The share that should be in force now.
  [[nodiscard]] double wanted() const { return over_ || warming_ ? 1.0 : share_; }
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }   // why it ended early
  [[nodiscard]] const std::vector<SweepPoint>& points() const { return points_; }

 private:
  struct At {
    Seconds time{};
    double units = 0;
    Joules spent{};
  };
  void hold(Seconds at);
  void go_on();

  Next next_;
  Seconds each_, settle_;
  double share_ = 1;
  bool warming_ = true, over_ = false;
  std::string trouble_;
  std::optional<Seconds> first_;      // mark
  Seconds held_since_{};
  double units_ = 0, last_done_ = 0;
  std::optional<At> start_;
  std::vector<SweepPoint> points_;
};

struct SweepVerdict {
  std::size_t least = 0;              // point of the least energy a unit
  std::size_t gentle = 0;             // ... of those at most 5 % slower than at the limit that was in force
};
// The first point is that of the limit in force; a later one of share 1 only tells drift. Nothing with fewer than two shares, or without that one.
// Energy a unit at the limit in force, measured again at the end, against the beginning: 0.02 is 2 % more. Nothing where it was measured once.
[[nodiscard]] std::optional<double> drift(const std::vector<SweepPoint>& points);
[[nodiscard]] std::optional<SweepVerdict> judge(const std::vector<SweepPoint>& points);

}  // namespace carbontracker
