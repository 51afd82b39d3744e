#pragma once
// A predictive distribution as equally likely values, and the numbers that make them: deterministic, so the same run has the same forecast.

#include <cstddef>
#include <vector>

namespace carbontracker {

// A sorted, bounded set of quantiles. Empty: nothing is known.
class Distribution {
 public:
  Distribution() = default;
  // `values` with their weights (same length, any order; weights of 0 are left out). Empty where any value is not finite.
  Distribution(const std::vector<double>& values, const std::vector<double>& weights);
  [[nodiscard]] bool empty() const { return knots_.empty(); }
  // Value that a share `p` of the distribution lies below; p is clamped to [0, 1]. 0 when empty.
  [[nodiscard]] double quantile(double p) const;
  // Moves every value.
  void shift(double by) {
    for (double& knot : knots_) knot += by;
  }

 private:
  std::vector<double> knots_;  // at p = (i + 1/2) / size
};

// Points spread evenly over the unit cube: the additive recurrence on powers of the generalised golden ratio
// (M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018).
inline constexpr std::size_t kLatticeDimensions = 14;
class Lattice {
 public:
  Lattice();
  // Coordinate `dimension` of point `index`, strictly between 0 and 1.
  [[nodiscard]] double at(std::size_t index, std::size_t dimension) const;

 private:
  double step_[kLatticeDimensions];
};

// Symmetric noise from a uniform number: the logistic distribution (heavier tails than the normal), scaled so that
// its 5 and 95 % points are those of a normal distribution of deviation 1 (+-1.645).
[[nodiscard]] double noise(double uniform);
// Its distribution function: the uniform number that noise() makes `value` of.
[[nodiscard]] double below(double value);

}  // namespace carbontracker
