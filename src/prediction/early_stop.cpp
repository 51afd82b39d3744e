#include "prediction/early_stop.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr std::size_t kDraws = 256, kMostSteps = 2000;

// better = limit - gain x done^-power, with `better` rising whatever the metric is.
struct Curve {
  double limit = 0, gain = 0, power = 1, rest = 1e300;
  [[nodiscard]] double at(double done) const { return limit - gain * std::pow(done, -power); }
};

Curve fit_at(const std::vector<MetricPoint>& points, double power) {
  const double n = static_cast<double>(points.size());
  double mx = 0, my = 0;
  for (const auto& p : points) mx += std::pow(p.done, -power) / n, my += p.value / n;
  double xx = 0, xy = 0;
  for (const auto& p : points) {
    const double x = std::pow(p.done, -power) - mx;
    xx += x * x, xy += x * (p.value - my);
  }
  Curve curve{0, xx > 0 ? std::max(0.0, -xy / xx) : 0, power, 0};
  curve.limit = my + curve.gain * mx;
  for (const auto& p : points) curve.rest += (p.value - curve.at(p.done)) * (p.value - curve.at(p.done));
  return curve;
}

Curve fit(const std::vector<MetricPoint>& points) {
  Curve best;
  for (const double power : {0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0}) {
    const Curve curve = fit_at(points, power);
    if (curve.rest < best.rest) best = curve;
  }
  return best;
}

std::vector<MetricPoint> rising(const std::vector<MetricPoint>& seen, bool larger_is_better) {
  std::vector<MetricPoint> points;
  for (const auto& p : seen) {
    if (!std::isfinite(p.done) || !std::isfinite(p.value) || p.done <= 0) continue;
    if (!points.empty() && p.done <= points.back().done) continue;
    points.push_back({p.done, larger_is_better ? p.value : -p.value});
  }
  return points;
}

struct Watch {
  double best = -1e300, waited = 0;
  // Whether the run stops at this evaluation.
  bool stops(double value, const StopRule& rule, double target) {
    if (rule.target && value >= target) return true;
    waited = value > best + rule.min_delta ? 0 : waited + 1;
    if (waited == 0) best = value;
    return rule.patience && waited >= *rule.patience;
  }
};

double simulate(Watch watch, const Curve& curve, const StopRule& rule, double target, double from, double every, double total, double scatter, std::size_t draw) {
  static const Lattice lattice;
  const double shift = scatter * noise(lattice.at(draw, 0));  // of the curve as a whole, besides the noise of each evaluation
  std::size_t step = 0;
  for (double done = from + every; done < total && step < kMostSteps; done += every, ++step) {
    const double wobble = scatter * noise(lattice.at(draw * 131 + step, 1));
    if (watch.stops(curve.at(done) + shift + wobble, rule, target)) return done;
  }
  return total;
}

}  // namespace

Result<LikelyEnd> likely_end(const std::vector<MetricPoint>& seen, const StopRule& rule, double total) {
  if (!rule.target && !rule.patience) return unexpected(Errc::unavailable, "no rule says when the training stops early");
  if (!std::isfinite(total) || total <= 0) return unexpected(Errc::unavailable, "the number of units planned is not known");
  const auto points = rising(seen, rule.larger_is_better);
  if (points.size() < 3) return unexpected(Errc::unavailable, "fewer than three evaluations have been seen");
  const double target = rule.larger_is_better ? rule.target.value_or(0) : -rule.target.value_or(0);
  Watch watch;
  for (const auto& p : points) {
    if (watch.stops(p.value, rule, target)) return LikelyEnd{std::min(total, p.done), Distribution({p.done}, {1})};
  }
  const Curve curve = fit(points);
  const double n = static_cast<double>(points.size()), last = points.back().done;
  const double scatter = std::sqrt(curve.rest / std::max(1.0, n - 2));
  const double every = (last - points.front().done) / (n - 1);
  std::vector<double> ends;
  const double step = std::max(every, (total - last) / static_cast<double>(kMostSteps));
  for (std::size_t i = 0; i < kDraws; ++i) ends.push_back(simulate(watch, curve, rule, target, last, step, total, scatter, i));
  const std::vector<double> weights(ends.size(), 1.0);
  LikelyEnd end{0, Distribution(std::move(ends), weights)};
  end.units = std::clamp(end.distribution.quantile(0.5), std::min(last, total), total);
  return end;
}

}  // namespace carbontracker
