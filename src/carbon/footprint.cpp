#include "carbon/footprint.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

struct Intensity {
  double mean = 0, low = 0, high = 0;  // g/kWh
  double told = 0;                     // the part of it that the series has a figure for
  void add(const Intensity& other, double weight) {
    mean += weight * other.mean;
    low += weight * other.low;
    high += weight * other.high;
    told += weight * other.told;
  }
};

constexpr double kKeptAsFloats = 1e-5;  // the minutes' joules are: they sum to the total but for that

double sane(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

Intensity of(const GridFigure& figure) { return {figure.g_per_kwh.value(), figure.low.value(), figure.high.value()}; }

Intensity at(const IntensitySeries& grid, WallTime when) {
  const IntensityPoint* point = point_at(grid, when);
  return point ? Intensity{point->g_per_kwh.value(), point->low.value(), point->high.value(), 1} : of(grid.about);
}

// The first moment after `from` at which the intensity may change, at most `until`.
WallTime next_change(const IntensitySeries& grid, WallTime from, WallTime until) {
  const auto next = std::upper_bound(grid.points.begin(), grid.points.end(), from, [](WallTime t, const IntensityPoint& p) { return t < p.start; });
  WallTime change = next == grid.points.end() ? until : std::min(until, next->start);
  if (next != grid.points.begin() && grid.step.count() > 0) {  // the end of a point before a gap is a change too
    const auto step = std::chrono::duration_cast<WallTime::duration>(grid.step);
    const bool last = next == grid.points.end();
    const WallTime end = std::prev(next)->start + (last ? 1 : 3) * step;
    if (end > from) change = std::min(change, end);
  }
  return change;
}

// Mean over a span of constant power.
Intensity mean_over(const IntensitySeries& grid, const EnergySlice& slice) {
  const auto length = std::chrono::duration_cast<WallTime::duration>(slice.length);
  if (grid.points.empty() || length.count() <= 0) return at(grid, slice.start);
  Intensity mean;
  const WallTime end = slice.start + length;
  for (WallTime from = slice.start; from < end;) {
    const WallTime to = next_change(grid, from, end);
    mean.add(at(grid, from), Seconds(to - from) / Seconds(length));
    from = to;
  }
  return mean;
}

// Energy-weighted over the run: what no slice holds takes the series' own figure, and a run without energy the figure of its start.
Intensity weighted(double total, const std::vector<EnergySlice>& slices, const IntensitySeries& grid) {
  double known = 0;
  for (const EnergySlice& slice : slices) known += sane(slice.joules.value());
  const double whole = std::max(known, total);
  if (whole <= 0) return slices.empty() ? of(grid.about) : at(grid, slices.front().start);
  Intensity mean;
  for (const EnergySlice& slice : slices)
    if (const double joules = sane(slice.joules.value()); joules > 0) mean.add(mean_over(grid, slice), joules / whole);
  mean.add(of(grid.about), (whole - known) / whole);
  return mean;
}

}  // namespace

Footprint footprint(const Energy& total, const std::vector<EnergySlice>& slices, const IntensitySeries& grid, const Facility& site,
                    const Place& place) {
  Footprint result;
  result.grid = grid.about;
  result.site = site;
  result.place = place;
  result.it = Joules(sane(total.joules.value()));
  result.facility = result.it * site.pue;
  const Intensity mean = weighted(result.it.value(), slices, grid);
  result.mean = CarbonIntensity(mean.mean);
  if (!grid.points.empty()) result.told = mean.told > 1 - kKeptAsFloats ? 1 : mean.told;
  result.grams = result.facility * result.mean;
  const double energy = in_kilowatt_hours(result.facility);
  const double less = in_kilowatt_hours((result.it - total.low) * site.pue);
  const double both_low = in_kilowatt_hours(total.low * site.pue) * mean.low;  // wide ranges alone reach below it
  result.low = Grams(std::max(both_low, result.grams.value() - std::hypot(less * mean.mean, energy * (mean.mean - mean.low))));
  result.high.reset();
  if (!total.high) return result;
  const double more = in_kilowatt_hours((*total.high - result.it) * site.pue), dearer = mean.high - mean.mean;
  result.high = Grams(result.grams.value() + std::hypot(more * mean.mean, energy * dearer, more * dearer));
  return result;
}

}  // namespace carbontracker
