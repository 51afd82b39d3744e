#include "prediction/early_stop.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "prediction/end_reasons.h"

namespace carbontracker {
namespace {

constexpr std::size_t kDraws = 256, kMostSteps = 1000;

// As seen, turned so that more is better; values that are no numbers stay.
std::vector<MetricPoint> rising(const std::vector<MetricPoint>& seen, bool larger_is_better) {
  std::vector<MetricPoint> points;
  for (const auto& p : seen) {
    if (!std::isfinite(p.done) || p.done <= 0) continue;
    if (!points.empty() && p.done <= points.back().done) continue;
    points.push_back({p.done, larger_is_better ? p.value : -p.value});
  }
  return points;
}

struct Watch {
  const StopRule& rule;
  double best = -1e300, waited = 0;
  // Whether the run stops at this evaluation, which stands for `evaluations` of them.
  bool stops(double value, double evaluations = 1) {
    const bool number = std::isfinite(value);
    if (rule.target && number && value >= (rule.larger_is_better ? *rule.target : -*rule.target)) return true;
    waited = number && value > best + rule.min_delta ? 0 : waited + evaluations;
    if (waited == 0) best = value;
    return rule.patience && waited > 0 && waited >= *rule.patience;
  }
};

// A number strictly between 0 and 1 for each (draw, step): splitmix64 (Steele et al. 2014).
double uniform(std::size_t draw, std::size_t step) {
  std::uint64_t z = (static_cast<std::uint64_t>(draw) * kMostSteps + step + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

// The evaluations that are to come, and each shape's x at them, made when it is first wanted.
class Ahead {
 public:
  Ahead(const LearningCurves& curves, double last, double every, double total) : curves_(curves), total_(total), x_(curves.shapes()) {
    const double step = std::max(every, (total - last) / static_cast<double>(kMostSteps));
    stands_for_ = step / every;
    for (double done = last + step; done < total && done_.size() < kMostSteps; done += step) done_.push_back(done);
  }
  double end_of(Watch watch, std::size_t number) {
    const LearningCurves::Path path = curves_.draw(number);
    std::vector<double>& x = x_[path.shape];
    for (std::size_t i = x.size(); i < done_.size(); ++i) x.push_back(curves_.x(path.shape, done_[i]));
    for (std::size_t i = 0; i < done_.size(); ++i) {
      const double value = path.at(done_[i], x[i]) + path.scatter * noise(uniform(number, i));
      if (watch.stops(value, stands_for_)) return done_[i];
    }
    return total_;
  }

 private:
  const LearningCurves& curves_;
  double total_, stands_for_ = 1;
  std::vector<double> done_;
  std::vector<std::vector<double>> x_;
};

}  // namespace

Result<LikelyEnd> likely_end(const std::vector<MetricPoint>& seen, const StopRule& rule, double total) {
  if (!rule.target && !rule.patience) return unexpected(Errc::unavailable, "no rule says when the training stops early");
  if (!std::isfinite(total) || total <= 0) return unexpected(Errc::unavailable, "the number of units planned is not known");
  const auto points = rising(seen, rule.larger_is_better);
  std::vector<MetricPoint> numbers;
  std::copy_if(points.begin(), points.end(), std::back_inserter(numbers), [](const MetricPoint& p) { return std::isfinite(p.value); });
  Watch watch{rule};
  for (const auto& p : points) {
    if (watch.stops(p.value)) return LikelyEnd{std::min(total, p.done), Distribution({std::min(total, p.done)}, {1}), p.done < total ? 1.0 : 0.0, true};
  }
  if (numbers.size() < 3) return unexpected(Errc::unavailable, kTooFewEvaluations);
  const LearningCurves curves(numbers);
  const double last = points.back().done;
  const double every = (last - points.front().done) / static_cast<double>(points.size() - 1);
  Ahead ahead(curves, last, every, total);
  std::vector<double> ends;
  for (std::size_t i = 0; i < kDraws; ++i) ends.push_back(ahead.end_of(watch, i));
  const double early = static_cast<double>(std::count_if(ends.begin(), ends.end(), [&](double end) { return end < total; }));
  const std::vector<double> weights(ends.size(), 1.0);
  LikelyEnd end{0, Distribution(ends, weights), early / kDraws, false};
  end.units = std::clamp(end.distribution.quantile(0.5), std::min(last, total), total);
  return end;
}

}  // namespace carbontracker
