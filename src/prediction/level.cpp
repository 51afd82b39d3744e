#include "prediction/level.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "prediction/priors.h"

namespace carbontracker {
namespace {

constexpr double kScatterFloor = 0.002;  // relative; the clock and the meter are no better than this on a single unit

struct Robust {
  double centre, scale;
};

Robust robust(std::span<const CostPoint> points) {
  std::vector<double> values;
  for (const auto& point : points) values.push_back(point.value);
  const double centre = median_of(values);
  for (double& value : values) value = std::abs(value - centre);
  return {centre, std::max(1.4826 * median_of(values), kScatterFloor * centre)};  // 1.4826: MAD of a normal distribution
}

// Leading points unlike the later half: compile, autotune, cold caches, a ramp. At most half of all.
std::size_t warm_up_length(std::span<const CostPoint> points, WarmUp kind) {
  const std::size_t n = points.size();
  if (n < 2) return 0;
  const auto later = robust(points.subspan(n / 2));
  const double limit = std::max(4 * later.scale, 0.02 * later.centre);
  const auto unlike = [&](const CostPoint& point) {
    const double gap = point.value - later.centre;
    return kind == WarmUp::above ? gap > limit : std::abs(gap) > limit;
  };
  std::size_t k = 0;
  while (k < n / 2 && unlike(points[k])) ++k;
  return k;
}

// Takes costs far above the rest out of the points (the point keeps the level's share). A change that lasts is no extra.
std::vector<Extra> take_extras(std::vector<CostPoint>& points) {
  std::vector<Extra> extras;
  if (points.size() < 3) return extras;
  const auto all = robust(points);
  const double limit = all.centre + std::max(6 * all.scale, 0.10 * all.centre);
  const auto high = [&](const CostPoint& p) { return p.value > limit; };
  const std::size_t n = points.size();
  if (high(points[n - 1]) && high(points[n - 2])) return extras;
  if (static_cast<std::size_t>(std::count_if(points.begin(), points.end(), high)) * 5 > 2 * n) return extras;
  for (auto& point : points) {
    if (!high(point)) continue;
    extras.push_back({point.position, (point.value - all.centre) * point.units});
    point.value = all.centre;
  }
  return extras;
}

struct Split {
  std::size_t at = 0;
  double rest = 0;
};

// The best two levels: at least two points before, three after.
Split best_split(std::span<const CostPoint> points) {
  const std::size_t n = points.size();
  double sum = 0, squares = 0;
  const double shift = points.front().value;
  for (const auto& p : points) sum += p.value - shift, squares += (p.value - shift) * (p.value - shift);
  Split best{0, squares - sum * sum / static_cast<double>(n)};
  double left = 0;
  for (std::size_t k = 1; k + 3 <= n; ++k) {
    left += points[k - 1].value - shift;
    if (k < 2) continue;
    const double right = sum - left;
    const double rest = squares - left * left / static_cast<double>(k) - right * right / static_cast<double>(n - k);
    if (rest < best.rest) best = {k, rest};
  }
  best.rest = std::max(0.0, best.rest);
  return best;
}

struct Line {
  double mean = 0, slope = 0, centre = 0, rest = 0;  // value = mean + slope (x - centre); rest: sum of squares left
};

Line fit_line(std::span<const CostPoint> points) {
  const double n = static_cast<double>(points.size());
  Line line;
  for (const auto& p : points) line.mean += p.value / n, line.centre += p.position / n;
  double xx = 0, xy = 0, yy = 0;
  for (const auto& p : points) {
    const double x = p.position - line.centre, y = p.value - line.mean;
    xx += x * x, xy += x * y, yy += y * y;
  }
  line.slope = xx > 0 ? xy / xx : 0;
  line.rest = std::max(0.0, yy - line.slope * xy);
  return line;
}

// Few points that fall one after the other are the end of a warm-up: the last is nearest to what comes, and the next may be lower still.
// From three on, drops that shrink by one factor say by how much (Aitken's extrapolation).
void still_falling(Level& level, std::span<const CostPoint> points) {
  const std::size_t n = points.size();
  for (std::size_t i = 1; i < n; ++i) {
    if (points[i].value > 0.98 * points[i - 1].value) return;
  }
  if (n < 2) return;
  const double last = points.back().value, drop = points[n - 2].value - last;
  if (n == 2 && drop < 0.08 * last) return;  // as likely noise
  const double ratio = n > 2 ? drop / (points[n - 3].value - points[n - 2].value) : 1;
  level.value = last - std::min(ratio < 0.7 ? drop * ratio / (1 - ratio) : drop / 4, 0.2 * last);
  level.deviation = std::max(level.deviation, std::min(drop / 2 / last, 0.5));
  level.unproven = level.chance = 0;
}

// A slope that is not proven, and the chance that it is one: the prior odds times how much better a line explains the points.
void allow_drift(Level& level, std::span<const CostPoint> points) {
  const double n = static_cast<double>(points.size());
  if (n < 3) return;
  const auto line = fit_line(points);
  double flat = n * line.mean * line.mean * kScatterFloor * kScatterFloor, straight = flat;
  for (const auto& p : points) flat += (p.value - line.mean) * (p.value - line.mean);
  straight += line.rest;
  const double odds = priors::kUnprovenDrift / (1 - priors::kUnprovenDrift) * std::pow(flat / straight, (n - 2) / 2) / std::sqrt(n);
  level.unproven = line.slope;
  // Costs that fall are the end of a warm-up more often than a drift that goes on.
  level.chance = line.slope > 0 ? std::clamp(odds / (1 + odds), priors::kUnprovenDrift, 0.9) : priors::kUnprovenDrift / 2;
}

// Deviation of the means of four groups of neighbours, less what independent points would have.
double wander_of(std::span<const CostPoint> points, const Robust& all) {
  constexpr std::size_t kGroups = 4;
  const std::size_t n = points.size();
  if (n < 2 * kGroups) return 0;
  std::vector<double> means(kGroups, 0);
  double within = 0;
  for (std::size_t g = 0; g < kGroups; ++g) {
    const auto group = points.subspan(n * g / kGroups, n * (g + 1) / kGroups - n * g / kGroups);
    const double size = static_cast<double>(group.size());
    for (const auto& p : group) means[g] += std::clamp(p.value, all.centre - 3 * all.scale, all.centre + 3 * all.scale) / size;
  }
  const double mean = (means[0] + means[1] + means[2] + means[3]) / kGroups;
  for (const double each : means) within += (each - mean) * (each - mean) / (kGroups - 1);
  const double expected = all.scale * all.scale * kGroups / static_cast<double>(n);
  return std::sqrt(std::max(0.0, within - expected)) / all.centre;
}

// Level without drift: recent points count more (the weight halves over a third of the points, never under four of them).
void settle(Level& level, std::span<const CostPoint> points) {
  const auto all = robust(points);
  const double n = static_cast<double>(points.size());
  const double fade = std::exp2(-1 / std::max(4.0, n / 3));
  double weight = 1, sum = 0, weights = 0, squares = 0;
  for (std::size_t i = points.size(); i-- > 0; weight *= fade) {
    const double value = std::clamp(points[i].value, all.centre - 3 * all.scale, all.centre + 3 * all.scale);
    sum += weight * value, weights += weight, squares += weight * weight;
  }
  level.value = sum / weights;
  level.scatter = all.scale / all.centre;
  level.deviation = level.scatter * std::sqrt(squares) / weights;
  level.used = points.size();
  level.wander = wander_of(points, all);
  allow_drift(level, points);
  if (points.size() < 5) still_falling(level, points);
}

// Drift: straight on, or bending to rest where the later half rises less than the earlier.
void drift(Level& level, std::span<const CostPoint> points, const Line& line) {
  const std::size_t n = points.size();
  const double last = points.back().position;
  const auto early = fit_line(points.first(n / 2)), late = fit_line(points.subspan(n / 2));
  level.value = line.mean + line.slope * (last - line.centre);
  level.slope = line.slope;
  if (n >= 8 && late.slope * line.slope <= 0.65 * line.slope * line.slope) {
    const double apart = late.centre - early.centre;
    const double ratio = std::clamp(late.slope / (early.slope == 0 ? line.slope : early.slope), 0.02, 0.8);
    level.decay = -std::log(ratio) / apart;
    level.slope = late.slope * line.slope > 0 ? late.slope * std::exp(-level.decay * (last - late.centre)) : 0;
    level.value = late.mean + (late.slope * line.slope > 0 ? late.slope * (last - late.centre) : 0);
  }
  level.value = std::max(level.value, 0.1 * line.mean);  // a line that falls below the axis is no forecast
  level.scatter = std::max(kScatterFloor, std::sqrt(line.rest / static_cast<double>(n)) / line.mean);
  level.deviation = 2 * level.scatter / std::sqrt(static_cast<double>(n));  // of a line's end: twice that of its middle
  level.used = n;
}

// Which of level, step and line explains the points best (Bayesian information criterion, one parameter more each).
void choose_shape(Level& level, std::span<const CostPoint> points) {
  const std::size_t n = points.size();
  if (n < 5) return settle(level, points);
  const auto line = fit_line(points);
  const auto split = best_split(points);
  const double floor = static_cast<double>(n) * line.mean * line.mean * kScatterFloor * kScatterFloor;
  const double size = static_cast<double>(n);
  const auto score = [&](double rest, double parameters) { return size * std::log(rest + floor) + parameters * std::log(size); };
  double yy = 0;
  for (const auto& p : points) yy += (p.value - line.mean) * (p.value - line.mean);
  const double flat = score(yy, 1) - 6, straight = score(line.rest, 2), stepped = score(split.rest, 3);
  const double change = std::abs(line.slope) * (points.back().position - points.front().position) / line.mean;
  if (straight < flat && straight <= stepped && change > 0.02) return drift(level, points, line);
  if (stepped < flat && split.at) {
    level.step = true;
    return settle(level, points.subspan(split.at));
  }
  settle(level, points);
}

// The last point stands alone behind others: those were a warm-up, or all of them are scatter, the more likely the less they differ.
double doubt_of(std::span<const CostPoint> points) {
  constexpr double kAtMost = 0.35;  // a difference of as much (logarithm) leaves the greatest doubt: 23 %
  const double apart = std::abs(std::log(points.front().value / points.back().value));
  return points.size() < 2 ? 0 : 1.8 * apart * std::exp(-apart / kAtMost);
}

}  // namespace

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double Level::integral(double units, double bend, double extra_slope) const {
  const double reach = decay > 0 ? units / decay - (1 - std::exp(-decay * units)) / (decay * decay) : units * units / 2;
  const double plain = value * units;
  return std::clamp(plain + bend * slope * reach + extra_slope * units * units / 2, 0.5 * plain, 4 * plain);
}

Level find_level(std::vector<CostPoint> points, WarmUp warm_up, bool find_extras) {
  Level level;
  level.warm_up = warm_up_length(points, warm_up);
  if (level.warm_up + 1 == points.size()) level.doubt = doubt_of(points);
  points.erase(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(level.warm_up));
  if (find_extras) level.extras = take_extras(points);
  std::vector<double> lengths;
  for (const CostPoint& p : points) lengths.push_back(p.units);
  level.units_each = median_of(std::move(lengths));
  choose_shape(level, points);
  return level;
}

}  // namespace carbontracker
