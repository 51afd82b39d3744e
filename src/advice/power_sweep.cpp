#include "advice/power_sweep.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kSlowest = 0.95, kFewestUnits = 2, kPatience = 10;
constexpr Seconds kSettleAtMost{5};

}  // namespace

std::vector<double> sweep_shares(double lowest, std::size_t count) {
  count = std::clamp<std::size_t>(count, 2, 20);
  lowest = std::isfinite(lowest) ? std::clamp(lowest, 0.1, 1.0) : 1.0;
  std::vector<double> shares;
  for (std::size_t i = 0; i < count; ++i) shares.push_back(1 - (1 - lowest) * static_cast<double>(i) / static_cast<double>(count - 1));
  return shares;
}

PowerSweep::PowerSweep(std::vector<double> shares, Seconds each) : shares_(std::move(shares)), each_(each), settle_(std::min(each / 4, kSettleAtMost)) {
  over_ = shares_.empty();
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
  const SweepPoint point{shares_[index_], units_ - start_->units, at - start_->time, spent - start_->spent};
  if (point.time < each_ || point.units < kFewestUnits) return;
  points_.push_back(point);
  over_ = ++index_ == shares_.size();
  hold(at);
}

void PowerSweep::tick(Seconds at) {
  if (over_ || warming_ || at - held_since_ < kPatience * each_) return;
  over_ = true;
  trouble_ = "no progress was told for ten times as long as each limit is held";
}

std::optional<SweepVerdict> judge(const std::vector<SweepPoint>& points) {
  if (points.size() < 2 || points[0].share != 1) return std::nullopt;
  SweepVerdict verdict;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i].per_unit() < points[verdict.least].per_unit()) verdict.least = i;
    if (points[i].speed() >= kSlowest * points[0].speed() && points[i].per_unit() < points[verdict.gentle].per_unit()) verdict.gentle = i;
  }
  return verdict;
}

}  // namespace carbontracker
