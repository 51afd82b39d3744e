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

std::size_t HourlyCost::stretch_at(WallTime when) const {
  const auto after = std::upper_bound(edges_.begin(), edges_.end(), when);
  return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(after - edges_.begin() - 1, 0, static_cast<std::ptrdiff_t>(level_.size()) - 1));
}

GridMean HourlyCost::part(std::size_t stretch, WallTime begin, WallTime end) const {
  GridMean out;
  add(out, level_[stretch], hours_between(begin, end));
  return out;
}

// Of the sums only what lies between is taken: a stretch of thousands of years beside it would leave nothing of an hour's digits.
GridMean HourlyCost::integral(WallTime begin, WallTime end) const {
  if (level_.empty()) return {};
  const std::size_t first = stretch_at(begin), last = stretch_at(end);
  if (first == last) return part(first, begin, end);
  GridMean out = sum_[last];
  out -= sum_[first + 1];
  for (const GridMean& edge : {part(first, begin, edges_[first + 1]), part(last, edges_[last], end)})
    out.middle += edge.middle, out.low += edge.low, out.high += edge.high;
  return out;
}

}  // namespace carbontracker
