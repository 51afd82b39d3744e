#include "advice/joint_errors.h"

#include <algorithm>

namespace carbontracker {
namespace {

// A stretch of constant intensity.
struct Stretch {
  std::ptrdiff_t hour = 0;  // by ErrorPaths::hour_of; -1: it is known
  double grams = 0;
};

// False where a part is not covered by the forecast's points.
bool add_stretches(std::vector<Stretch>& out, const HourlyCost& cost, const IntensitySeries& grid, WallTime begin, WallTime end, double kilowatts) {
  std::vector<WallTime> edges{begin};
  const auto first = std::upper_bound(cost.edges().begin(), cost.edges().end(), begin);
  for (auto edge = first; edge != cost.edges().end() && *edge < end; ++edge) edges.push_back(*edge);
  edges.push_back(end);
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    if (edges[i] >= edges[i + 1]) continue;
    const IntensityPoint* point = point_at(grid, edges[i]);
    if (!point) return false;
    out.push_back({point->forecast ? grid.errors->hour_of(edges[i]) : -1, cost.integral(edges[i], edges[i + 1]).middle * kilowatts});
  }
  return true;
}

}  // namespace

std::vector<double> grams_by_path(const HourlyCost& cost, const IntensitySeries& grid, const PlanOption& option, double kilowatts, double idle_share) {
  if (!grid.errors || grid.errors->paths.empty()) return {};
  std::vector<Stretch> stretches;
  WallTime at = option.start;
  for (const Pause& pause : option.pauses) {
    if (!add_stretches(stretches, cost, grid, at, pause.start, kilowatts) || !add_stretches(stretches, cost, grid, pause.start, pause.end, kilowatts * idle_share)) return {};
    at = pause.end;
  }
  if (!add_stretches(stretches, cost, grid, at, option.end, kilowatts)) return {};
  std::vector<double> out;
  out.reserve(grid.errors->paths.size());
  for (const ErrorPath& path : grid.errors->paths) {
    double grams = 0;
    for (const Stretch& stretch : stretches) grams += stretch.grams * ErrorPaths::factor(path, stretch.hour);
    out.push_back(grams);
  }
  return out;
}

Ninety ninety_of(const ErrorPaths& errors, const std::vector<double>& by_path) {
  std::vector<WeightedValue> values;
  for (std::size_t i = 0; i < by_path.size(); ++i) values.push_back({by_path[i], errors.paths[i].weight});
  const double low = weighted_quantile(values, 0.05);
  return {low, weighted_quantile(values, 0.95)};
}

}  // namespace carbontracker
