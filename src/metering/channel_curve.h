#pragma once
// Energy of one channel as a function of time, known at knots (a counter's ticks, a gauge's samples) and
// interpolated between them. Keeps the last few hundred knots: a question about an older time gets the oldest.

#include <deque>
#include <optional>

#include "base/clock.h"
#include "carbontracker/units.h"

namespace carbontracker {

struct CurvePoint {
  Joules energy{};        // since the first knot
  Joules error{};         // 95 % half-width from not knowing what happened between two knots, or when a knot was
  double variance = 0;    // J^2, cumulative: what sampling a gauge leaves open
  Seconds covered{};      // cumulative time with data
};

class ChannelCurve {
 public:
  // The next knot. `slack`: the knot's time is known to +- this. An uncovered stretch adds no energy of its own.
  void append(Instant at, Joules delta, Seconds slack, bool covered, double variance = 0);
  // The time of the knot `back` before the last (0: the last), better known now.
  void refine(int back, Instant at, Seconds slack);

  [[nodiscard]] bool empty() const { return knots_.empty(); }
  [[nodiscard]] Instant last_time() const { return knots_.back().at; }
  [[nodiscard]] Instant first_time() const { return first_; }
  [[nodiscard]] CurvePoint last() const;
  // Mean power over the last knots (about the last second); 0 with fewer than two.
  [[nodiscard]] Watts recent_power() const;

  // Empty when `when` is later than the last knot. Before the first knot: zero.
  // Between knots a and b, at the fraction f of the way, energy is linear. With power anywhere between 0 and twice its mean
  // there, the linear guess is off by at most 2 (E_b - E_a) f (1 - f): that is `error`, plus slack times power.
  [[nodiscard]] std::optional<CurvePoint> at(Instant when) const;
  // As at(), going on from the last knot at recent power for at most `reach`; the extrapolated part is all error.
  [[nodiscard]] CurvePoint extrapolate(Instant when, Seconds reach) const;

 private:
  struct Knot {
    Instant at;
    Joules energy;
    Seconds slack;
    double variance;
    Seconds covered;
  };
  void shift_covered(std::size_t index, Instant at);

  std::deque<Knot> knots_;
  Instant first_{};
};

}  // namespace carbontracker
