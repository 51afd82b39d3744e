#pragma once
// Integrals of a grid's intensity over time, each in constant time and logarithmic search.

#include <vector>

#include "carbon/intensity.h"

namespace carbontracker {

// g/kWh times hours. low and high: all hours off to the same side, since errors of neighbouring hours go together.
struct GridMean {
  double middle = 0, low = 0, high = 0;

  GridMean& operator-=(const GridMean& other) {
    middle -= other.middle, low -= other.low, high -= other.high;
    return *this;
  }
  GridMean operator*(double factor) const { return {middle * factor, low * factor, high * factor}; }
};

class HourlyCost {
 public:
  // Covers from..to; where the series has no point, its `about` stands.
  HourlyCost(const IntensitySeries& grid, WallTime from, WallTime to);

  [[nodiscard]] GridMean integral(WallTime begin, WallTime end) const;  // both within from..to, begin <= end
  [[nodiscard]] const std::vector<WallTime>& edges() const { return edges_; }  // of the points, from and to included

 private:
  [[nodiscard]] std::size_t stretch_at(WallTime when) const;
  [[nodiscard]] GridMean part(std::size_t stretch, WallTime begin, WallTime end) const;

  std::vector<WallTime> edges_;
  std::vector<GridMean> level_, sum_;  // between edge i and i + 1; from the first edge to edge i
};

}  // namespace carbontracker
