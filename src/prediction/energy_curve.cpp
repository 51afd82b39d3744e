#include "prediction/energy_curve.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kSteady = 0.1, kSparse = 0.25;

bool usable(const EnergyPoint& point, double now) {
  return std::isfinite(point.at.count()) && std::isfinite(point.cumulative.value()) && point.at.count() <= now;
}

bool sound(const std::vector<EnergyPoint>& points, double now) {
  if (points.size() < 2 || points.front().at.count() > 0 || !usable(points.front(), now) || !usable(points.back(), now)) return false;
  bool good = true;  // rising from one usable point to another: all between are usable too, for a NaN compares as false
  for (std::size_t i = 1; i < points.size(); ++i) {
    good &= points[i - 1].at < points[i].at;
    good &= points[i - 1].cumulative <= points[i].cumulative;
  }
  return good;
}

// Sorted by time, one point a time, never falling. A counter that starts anew (a fall) goes on from where it was.
std::vector<EnergyPoint> repair(const std::vector<EnergyPoint>& points, double now) {
  std::vector<EnergyPoint> good;
  for (const auto& point : points) {
    if (usable(point, now)) good.push_back(point);
  }
  std::stable_sort(good.begin(), good.end(), [](auto& a, auto& b) { return a.at < b.at; });
  std::vector<EnergyPoint> out;
  for (const auto& point : good) {
    if (!out.empty() && point.at <= out.back().at) continue;
    const Joules floor = out.empty() ? point.cumulative : std::max(point.cumulative, out.back().cumulative);
    out.push_back({point.at, floor});
  }
  if (!out.empty() && out.front().at.count() > 0 && out.front().cumulative.value() >= 0) {
    out.insert(out.begin(), EnergyPoint{});  // cumulative since the run began: 0 there
  }
  return out;
}

double slope(const EnergyPoint& a, const EnergyPoint& b) {
  return (b.cumulative - a.cumulative).value() / (b.at - a.at).count();
}

}  // namespace

EnergyCurve::EnergyCurve(const std::vector<EnergyPoint>& points, double now, std::optional<Watts> watts_at_last) : points_(&points) {
  if (!sound(points, now)) {
    repaired_ = repair(points, now);
    points_ = &repaired_;
  }
  if (!known() || !watts_at_last || !(watts_at_last->value() > 0)) return;
  // A steady power, and one read often, is better known from the last stretch than from one reading.
  const double stretch = last_time() - (*points_)[points_->size() - 2].at.count();
  if (stretch > kSparse * now && std::abs(watts_at_last->value() / last_watts() - 1) > kSteady) last_watts_ = watts_at_last->value();
}

std::size_t EnergyCurve::after(double seconds) const {
  const auto at = std::upper_bound(points_->begin(), points_->end(), seconds,
                                   [](double s, const EnergyPoint& p) { return s < p.at.count(); });
  const auto i = static_cast<std::size_t>(at - points_->begin());
  return std::clamp<std::size_t>(i, 1, points_->size() - 1);
}

double EnergyCurve::last_watts() const { return last_watts_.value_or(slope((*points_)[points_->size() - 2], points_->back())); }

double EnergyCurve::joules_at(double seconds) const {
  if (last_watts_ && seconds > last_time()) return points_->back().cumulative.value() + *last_watts_ * (seconds - last_time());
  const auto i = after(seconds);
  const auto& a = (*points_)[i - 1];
  return a.cumulative.value() + slope(a, (*points_)[i]) * (seconds - a.at.count());
}

std::size_t EnergyCurve::count(double begin, double end) const {
  const auto upto = [&](double seconds) {
    return std::upper_bound(points_->begin(), points_->end(), seconds, [](double s, const EnergyPoint& p) { return s < p.at.count(); });
  };
  return end > begin ? static_cast<std::size_t>(upto(end) - upto(begin)) : 0;
}

std::vector<double> EnergyCurve::watts_between(double begin, double end) const {
  constexpr std::size_t kMost = 64;
  std::vector<double> watts;
  const auto first = after(begin), last = after(end);
  const auto stride = (last - first) / kMost + 1;
  for (auto i = first; i <= last; i += stride) watts.push_back(slope((*points_)[i - 1], (*points_)[i]));
  return watts;
}

double EnergyCurve::watts_quantile(double begin, double end, double p) const {
  std::vector<double> watts = watts_between(begin, end);
  if (last_watts_ && end > last_time()) watts.push_back(*last_watts_);
  const auto k = static_cast<std::size_t>(std::lround(p * static_cast<double>(watts.size() - 1)));
  std::nth_element(watts.begin(), watts.begin() + static_cast<std::ptrdiff_t>(k), watts.end());
  return watts[k];
}

}  // namespace carbontracker
