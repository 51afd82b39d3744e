#include "advice/hourly_cost.h"

#include <algorithm>

namespace carbontracker {
namespace {

double hours_between(WallTime from, WallTime to) { return std::chrono::duration<double, std::ratio<3600>>(to - from).count(); }

void add(GridMean& sum, const GridMean& level, double hours) {
  sum.middle += level.middle * hours;
  sum.low += level.low * hours;
  sum.high += level.high * hours;
}

}  // namespace

HourlyCost::HourlyCost(const IntensitySeries& grid, WallTime from, WallTime to) : edges_{from, to} {
  const auto step = std::chrono::duration_cast<WallTime::duration>(grid.step);
  for (std::size_t i = 0; i < grid.points.size(); ++i)  // a point's end is an edge too: what follows it may be missing
    for (WallTime edge : {grid.points[i].start, grid.points[i].start + step, grid.points[i].start + 3 * step})
      if (edge > from && edge < to) edges_.push_back(edge);
  std::sort(edges_.begin(), edges_.end());
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  sum_.emplace_back();
  for (std::size_t i = 0; i + 1 < edges_.size(); ++i) {
    const IntensityPoint* point = point_at(grid, edges_[i]);
    level_.push_back(point ? GridMean{point->g_per_kwh.value(), point->low.value(), point->high.value()}
                           : GridMean{grid.about.g_per_kwh.value(), grid.about.low.value(), grid.about.high.value()});
    sum_.push_back(sum_.back());
    add(sum_.back(), level_.back(), hours_between(edges_[i], edges_[i + 1]));
  }
}

GridMean HourlyCost::until(WallTime when) const {
  const auto after = std::upper_bound(edges_.begin(), edges_.end(), when);
  const std::size_t i = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(after - edges_.begin() - 1, 0, static_cast<std::ptrdiff_t>(level_.size()) - 1));
  if (level_.empty()) return {};
  GridMean out = sum_[i];
  add(out, level_[i], hours_between(edges_[i], when));
  return out;
}

GridMean HourlyCost::integral(WallTime begin, WallTime end) const {
  GridMean out = until(end);
  out -= until(begin);
  return out;
}

}  // namespace carbontracker
