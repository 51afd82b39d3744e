#pragma once
// How a validation metric may go on: many curves through what was seen, each as likely as it fits. Pure.

#include <cstddef>
#include <span>
#include <vector>

namespace carbontracker {

struct MetricPoint {
  double done = 0;    // units
  double value = 0;   // of the validation metric
};

// The metric, turned so that more is better, is a + b x(u) + c u with u units done: x = -u^-p (power laws: Hestness et al. 2017), log u,
// u^p, or -exp(-u/t), b >= 0; c <= 0 in those that turn (overfitting), else 0. Each is fitted by least squares, to all points
// and to the later ones alone, and weighs by how well it fits the last third (Bayesian information criterion).
class LearningCurves {
 public:
  // At least three points with finite values, `done` rising and above 0.
  explicit LearningCurves(const std::vector<MetricPoint>& points);

  // One way it may be: a shape, its coefficients and the scatter of single evaluations, all drawn from what the points leave open.
  struct Path {
    std::size_t shape = 0;
    double a = 0, b = 0, c = 0, scatter = 0;
    double turns_at = 0, falls = 0;  // from there on it loses so much a unit besides; falls 0: never
    [[nodiscard]] double at(double u, double x) const { return a + b * x + c * u - (u > turns_at ? falls * (u - turns_at) : 0); }
  };
  [[nodiscard]] Path draw(std::size_t number) const;
  [[nodiscard]] std::size_t shapes() const { return fits_.size(); }
  // x of a shape at u.
  [[nodiscard]] double x(std::size_t shape, double u) const;

 private:
  struct Shape {
    enum class Kind { power, exponential } kind = Kind::power;
    double parameter = 0;  // q of u^q (0: log u), or t
    bool turns = false;
  };
  struct Fit {
    Shape shape;
    double a = 0, b = 0, c = 0;                    // at the points' mean: a is the value there
    double mean_x = 0, mean_u = 0;
    double root[3] = {};                           // of the covariance of (b, c): Cholesky, in units of the deviation
    double deviation = 0, wobble = 0;              // of the points about the curve; of one to the next
    double freedom = 1, points = 1, weight = 0;
  };
  void add_fits(std::span<const MetricPoint> points, std::span<const MetricPoint> recent);
  [[nodiscard]] static Fit fit(const Shape& shape, std::span<const MetricPoint> points, std::span<const MetricPoint> recent);
  void weigh();

  std::vector<Fit> fits_;
  double last_ = 0, pace_ = 0;   // the last point; what the metric has gained a unit
};

}  // namespace carbontracker
