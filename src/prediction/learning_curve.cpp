#include "prediction/learning_curve.h"

#include <algorithm>
#include <cmath>

#include "prediction/distribution.h"

namespace carbontracker {
namespace {

constexpr double kPowers[] = {-2, -1.5, -1, -0.75, -0.5, -0.35, -0.2, -0.1, 0, 0.5, 1};
constexpr double kTimes[] = {0.25, 0.5, 1, 2};          // of an exponential approach, in spans of the points
constexpr double kTurningPowers[] = {-1, -0.5, 0};
constexpr std::size_t kLeastToTurn = 6;                 // points
constexpr double kParts[] = {1, 0.67, 0.5, 0.33};        // of the points, from the last
constexpr std::size_t kLeastInPart = 5;
constexpr double kTurningPrior = 0.3;                   // of all shapes that turn together
// Three points on a curve are no proof that there is no noise: as if one more had been seen this far off, in parts of their range.
constexpr double kLeastScatter = 0.005;
// A turn that has not been seen: how likely, how far off (in parts of what is done), how steep (in parts of the mean gain a unit).
constexpr double kLaterTurn = 0.4, kNearest = 0.9, kFarthest = 4, kFlattest = 0.05, kSteepest = 2;

double power_of(double q, double u) { return q == 0 ? std::log(u) : q > 0 ? std::pow(u, q) : -std::pow(u, q); }

double range_of(std::span<const MetricPoint> points) {
  const auto [low, high] = std::minmax_element(points.begin(), points.end(), [](auto& a, auto& b) { return a.value < b.value; });
  return high->value - low->value;
}

}  // namespace

// Over all points, and over later parts alone: what came first (a loss that falls from its untrained height) may say little of what comes.
LearningCurves::LearningCurves(const std::vector<MetricPoint>& all) : last_(all.back().done) {
  const std::size_t n = all.size(), lately = std::min(n, std::max(kLeastInPart, (n + 2) / 3));
  const std::span<const MetricPoint> points(all), recent = points.last(lately);
  std::size_t before = 0;
  for (const double part : kParts) {
    const std::size_t size = static_cast<std::size_t>(std::ceil(part * static_cast<double>(n)));
    if (size == before || (part < 1 && size < kLeastInPart)) continue;
    add_fits(points.last(before = size), recent);
  }
  weigh();
  const double span = recent.back().done - recent.front().done;
  pace_ = span > 0 ? range_of(recent) / span : 0;
}

void LearningCurves::add_fits(std::span<const MetricPoint> points, std::span<const MetricPoint> recent) {
  const double span = points.back().done - points.front().done;
  for (const double q : kPowers) fits_.push_back(fit({Shape::Kind::power, q, false}, points, recent));
  for (const double t : kTimes) fits_.push_back(fit({Shape::Kind::exponential, t * span, false}, points, recent));
  if (points.size() >= kLeastToTurn)
    for (const double q : kTurningPowers) fits_.push_back(fit({Shape::Kind::power, q, true}, points, recent));
}

double LearningCurves::x(std::size_t shape, double u) const {
  const Shape& s = fits_[shape].shape;
  return s.kind == Shape::Kind::power ? power_of(s.parameter, u) : -std::exp(-u / s.parameter);
}

LearningCurves::Fit LearningCurves::fit(const Shape& shape, std::span<const MetricPoint> points, std::span<const MetricPoint> recent) {
  const double n = static_cast<double>(points.size());
  Fit out;
  out.shape = shape;
  const auto x_at = [&](double u) { return shape.kind == Shape::Kind::power ? power_of(shape.parameter, u) : -std::exp(-u / shape.parameter); };
  for (const auto& p : points) out.mean_x += x_at(p.done) / n, out.mean_u += p.done / n, out.a += p.value / n;
  double xx = 0, xu = 0, uu = 0, xy = 0, uy = 0;
  for (const auto& p : points) {
    const double x = x_at(p.done) - out.mean_x, u = p.done - out.mean_u, y = p.value - out.a;
    xx += x * x, xu += x * u, uu += u * u, xy += x * y, uy += u * y;
  }
  const double determinant = xx * uu - xu * xu;
  bool turns = shape.turns && determinant > 1e-9 * xx * uu;
  if (turns) {
    out.b = (xy * uu - uy * xu) / determinant, out.c = (uy * xx - xy * xu) / determinant;
    turns = out.b >= 0 && out.c <= 0;
  }
  if (!turns) out.c = 0, out.b = xx > 0 ? std::max(0.0, xy / xx) : 0;
  // Covariance of (b, c) over the variance: the inverse of the normal matrix.
  if (turns) {
    const double bb = uu / determinant, bc = -xu / determinant, cc = xx / determinant;
    out.root[0] = std::sqrt(bb), out.root[1] = bc / out.root[0], out.root[2] = std::sqrt(std::max(0.0, cc - out.root[1] * out.root[1]));
  } else {
    out.root[0] = xx > 0 ? 1 / std::sqrt(xx) : 0;
  }
  // How well it fits lately: what it is weighed by, and the noise of what comes.
  double rest = 0, steps = 0, before = 0;
  const double seen = static_cast<double>(recent.size());
  for (std::size_t i = 0; i < recent.size(); ++i) {
    const double residual = recent[i].value - out.a - out.b * (x_at(recent[i].done) - out.mean_x) - out.c * (recent[i].done - out.mean_u);
    rest += residual * residual;
    if (i > 0) steps += (residual - before) * (residual - before) / 2;
    before = residual;
  }
  const double least = kLeastScatter * range_of(recent), parameters = shape.turns ? 3 : 2;
  rest += least * least;
  out.freedom = std::max(1.0, seen - parameters + 1);
  out.points = n;
  out.deviation = std::sqrt(rest / out.freedom);
  out.wobble = std::min(out.deviation, std::sqrt((steps + least * least) / seen));
  out.weight = rest > 0 ? -0.5 * (out.freedom * std::log(rest) + parameters * std::log(seen)) : 0;
  return out;
}

// From logarithms to shares of one.
void LearningCurves::weigh() {
  const double best = std::max_element(fits_.begin(), fits_.end(), [](auto& a, auto& b) { return a.weight < b.weight; })->weight;
  const double plain = std::size(kPowers) + std::size(kTimes), turning = std::size(kTurningPowers);
  double sum = 0;
  for (Fit& each : fits_) {
    each.weight = std::exp(each.weight - best) * (each.shape.turns ? kTurningPrior / turning : (1 - kTurningPrior) / plain);
    sum += each.weight;
  }
  for (Fit& each : fits_) each.weight /= sum;
}

LearningCurves::Path LearningCurves::draw(std::size_t number) const {
  static const Lattice lattice;
  double left = lattice.at(number, 2);
  std::size_t shape = 0;
  while (shape + 1 < fits_.size() && left >= fits_[shape].weight) left -= fits_[shape++].weight;
  const Fit& f = fits_[shape];
  const double scale = std::exp(noise(lattice.at(number, 3)) / std::sqrt(2 * f.freedom));
  const double deviation = f.deviation * scale;
  const double first = deviation * noise(lattice.at(number, 4)), second = deviation * noise(lattice.at(number, 5));
  const double b = std::max(0.0, f.b + f.root[0] * first);
  const double c = f.shape.turns ? std::min(0.0, f.c + f.root[1] * first + f.root[2] * second) : 0;
  const double apart = std::sqrt(std::max(0.0, f.deviation * f.deviation - f.wobble * f.wobble));  // what is no noise of single evaluations moves all to come
  const double a = f.a + noise(lattice.at(number, 6)) * (deviation / std::sqrt(f.points)) + noise(lattice.at(number, 7)) * scale * apart;
  // Misfit and noise are hard to tell apart: the noise may be smaller than it looks.
  const double noisy = f.wobble * scale * std::pow(lattice.at(number, 8), 2 / f.freedom);
  Path path{shape, a - b * f.mean_x - c * f.mean_u, b, c, noisy};
  const double chance = lattice.at(number, 9) / kLaterTurn;
  if (f.c < 0 || chance >= 1) return path;
  const double far = lattice.at(number, 10);
  path.turns_at = kNearest * last_ * std::pow(kFarthest, far * far);  // rather soon: that it flattens is why it is stopped
  path.falls = pace_ * kFlattest * std::pow(kSteepest / kFlattest, chance);
  return path;
}

}  // namespace carbontracker
