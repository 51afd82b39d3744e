#include "metering/channel_curve.h"

#include <algorithm>

namespace carbontracker {
namespace {

constexpr std::size_t kKept = 256;

}  // namespace

void ChannelCurve::append(Instant at, Joules delta, Seconds slack, bool covered, double variance) {
  if (knots_.empty()) {
    first_ = at;
    knots_.push_back({at, Joules{}, slack, 0, Seconds{}});
    return;
  }
  const Knot& last = knots_.back();
  at = std::max(at, last.at);  // a refined estimate must not run backwards
  const Seconds step = seconds_between(last.at, at);
  knots_.push_back({at, last.energy + delta, slack, last.variance + variance, last.covered + (covered ? step : Seconds{})});
  if (knots_.size() > kKept) knots_.pop_front();
}

void ChannelCurve::refine(int back, Instant at, Seconds slack) {
  if (static_cast<std::size_t>(back) >= knots_.size()) return;
  const auto knot = std::prev(knots_.end(), back + 1);
  if (slack >= knot->slack) return;
  if (knot != knots_.begin()) at = std::max(at, std::prev(knot)->at);
  if (back > 0) at = std::min(at, std::next(knot)->at);
  shift_covered(static_cast<std::size_t>(knot - knots_.begin()), at);
  if (seconds_between(first_, knot->at) == Seconds{}) first_ = at;
  knot->at = at;
  knot->slack = slack;
}

// Covered time follows the knot: the covered stretches on its two sides change length with it.
void ChannelCurve::shift_covered(std::size_t index, Instant at) {
  Knot& knot = knots_[index];
  const Seconds moved = seconds_between(knot.at, at);
  const bool before = index > 0 && knot.covered > knots_[index - 1].covered;
  const bool after = index + 1 < knots_.size() && knots_[index + 1].covered > knot.covered;
  if (before) knot.covered += moved;
  const Seconds later = (before ? moved : Seconds{}) - (after ? moved : Seconds{});
  for (std::size_t i = index + 1; i < knots_.size(); ++i) knots_[i].covered += later;
}

CurvePoint ChannelCurve::last() const {
  if (knots_.empty()) return {};
  const Knot& knot = knots_.back();
  return {knot.energy, Joules{}, knot.variance, knot.covered};
}

Watts ChannelCurve::recent_power() const {
  if (knots_.size() < 2) return {};
  const Knot& last = knots_.back();
  auto from = std::prev(knots_.end(), 2);
  while (from != knots_.begin() && seconds_between(from->at, last.at) < Seconds(1)) --from;
  const Seconds time = last.covered - from->covered;
  return time > Seconds{} ? (last.energy - from->energy) / time : Watts{};
}

std::optional<CurvePoint> ChannelCurve::at(Instant when) const {
  if (knots_.empty() || when > knots_.back().at) return std::nullopt;
  const auto after = std::lower_bound(knots_.begin(), knots_.end(), when, [](const Knot& k, Instant t) { return k.at < t; });
  if (after == knots_.begin() || after->at == when) {
    return CurvePoint{after->energy, Joules{}, after->variance, after->covered};
  }
  const Knot& a = *std::prev(after);
  const Knot& b = *after;
  const double f = seconds_between(a.at, when) / seconds_between(a.at, b.at);
  const Joules between = b.energy - a.energy;
  const Seconds slack = a.slack * (1 - f) + b.slack * f;
  const Joules timing = between * std::min(1.0, slack / seconds_between(a.at, b.at));
  return CurvePoint{a.energy + f * between, 2 * f * (1 - f) * between + timing, a.variance + f * (b.variance - a.variance),
                    a.covered + f * (b.covered - a.covered)};
}

CurvePoint ChannelCurve::extrapolate(Instant when, Seconds reach) const {
  if (const auto known = at(when)) return *known;
  CurvePoint point = last();
  if (knots_.empty()) return point;
  const Seconds ahead = std::min(seconds_between(knots_.back().at, when), reach);
  const Joules guess = recent_power() * ahead;
  point.energy += guess;
  point.error = guess;
  if (guess > Joules{}) point.covered += ahead;
  return point;
}

}  // namespace carbontracker
