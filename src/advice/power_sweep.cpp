#include "advice/power_sweep.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kSlowest = 0.95, kFewestUnits = 2, kPatience = 10;
constexpr Seconds kSettleAtMost{5};
constexpr std::size_t kCoarse = 4, kFine = 4;
constexpr double kFinest = 0.04;     // of the limit in force: closer ones differ by less than a sweep can tell
constexpr double kRoomAbove = 1.02;

bool is_control(const std::vector<SweepPoint>& points, std::size_t i) { return i > 0 && points[i].share == 1; }

// Halfway into the wider gap beside `best`, while there is one that is worth it.
std::optional<double> between(const std::vector<SweepPoint>& measured, double best) {
  double below = 0, above = 0;
  for (const SweepPoint& point : measured) {
    if (point.share < best && (below == 0 || point.share > below)) below = point.share;
    if (point.share > best && (above == 0 || point.share < above)) above = point.share;
  }
  const double down = below > 0 ? best - below : 0, up = above > 0 ? above - best : 0;
  if (std::max(down, up) < 2 * kFinest) return std::nullopt;
  return down >= up ? best - down / 2 : best + up / 2;
}

}  // namespace

std::optional<double> next_share(const std::vector<SweepPoint>& measured, const SweepBounds& bounds) {
  const std::vector<double> coarse = sweep_shares(bounds.lowest, kCoarse);
  const bool down = bounds.lowest < 1 - (kRoomAbove - 1), up = bounds.highest > kRoomAbove;
  const std::size_t first = down ? coarse.size() : 1, known = first + (up ? 2 : 0);
  if (measured.size() < first) return coarse[measured.size()];
  if (measured.size() < known) return measured.size() == first ? bounds.highest : (1 + bounds.highest) / 2;
  if (is_control(measured, measured.size() - 1)) return std::nullopt;
  const auto verdict = judge(measured);
  const auto fine = verdict && measured.size() < known + kFine ? between(measured, measured[verdict->gentle].share) : std::nullopt;
  return fine ? *fine : 1.0;
}

std::vector<double> sweep_shares(double lowest, std::size_t count) {
  count = std::clamp<std::size_t>(count, 2, 20);
  lowest = std::isfinite(lowest) ? std::clamp(lowest, 0.1, 1.0) : 1.0;
  std::vector<double> shares;
  for (std::size_t i = 0; i < count; ++i) shares.push_back(1 - (1 - lowest) * static_cast<double>(i) / static_cast<double>(count - 1));
  return shares;
}

PowerSweep::PowerSweep(Seconds each, Next next) : next_(std::move(next)), each_(each), settle_(std::min(each / 4, kSettleAtMost)) { go_on(); }

PowerSweep::PowerSweep(std::vector<double> shares, Seconds each)
    : PowerSweep(each, [shares = std::move(shares)](const std::vector<SweepPoint>& measured) { return measured.size() < shares.size() ? std::optional(shares[measured.size()]) : std::nullopt; }) {}

void PowerSweep::go_on() {
  const auto next = next_(points_);
  over_ = !next;
  share_ = next.value_or(1);
}

void PowerSweep::hold(Seconds at) {
  held_since_ = at;
  start_.reset();
}

void PowerSweep::mark(Seconds at, double done, Joules spent) {
  if (over_ || !std::isfinite(done)) return;
  units_ += first_ ? (done >= last_done_ ? done - last_done_ : done) : 0;
  last_done_ = done;
  if (!first_) {
    first_ = at;
    return;
  }
  if (warming_) {
    if (at - *first_ < settle_ || units_ < kFewestUnits) return;
    warming_ = false;
    hold(at);
    return;
  }
  if (at - held_since_ < settle_) return;
  if (!start_) {
    start_ = At{at, units_, spent};
    return;
  }
  const SweepPoint point{share_, units_ - start_->units, at - start_->time, spent - start_->spent};
  if (point.time < each_ || point.units < kFewestUnits) return;
  points_.push_back(point);
  go_on();
  hold(at);
}

void PowerSweep::tick(Seconds at) {
  if (over_ || warming_ || at - held_since_ < kPatience * each_) return;
  over_ = true;
  trouble_ = "no progress was told for ten times as long as each limit is held";
}

std::optional<double> drift(const std::vector<SweepPoint>& points) {
  if (points.size() < 2 || points[0].share != 1 || !is_control(points, points.size() - 1)) return std::nullopt;
  return points.back().per_unit() / points[0].per_unit() - 1;
}

std::optional<SweepVerdict> judge(const std::vector<SweepPoint>& points) {
  if (points.size() < 2 || points[0].share != 1 || (points.size() == 2 && is_control(points, 1))) return std::nullopt;
  SweepVerdict verdict;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (is_control(points, i)) continue;
    if (points[i].per_unit() < points[verdict.least].per_unit()) verdict.least = i;
    if (points[i].speed() >= kSlowest * points[0].speed() && points[i].per_unit() < points[verdict.gentle].per_unit()) verdict.gentle = i;
  }
  return verdict;
}

}  // namespace carbontracker
