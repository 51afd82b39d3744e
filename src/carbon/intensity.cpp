#include "carbon/intensity.h"

#include <algorithm>

#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr const char* kDirect = "average, direct";
constexpr const char* kLifecycle = "average, lifecycle";

CarbonIntensity in(const TableRow& row, std::string_view column) { return CarbonIntensity(row.number(column).value_or(0)); }

GridFigure figure_of(const TableRow& row, std::string_view column, std::string zone, const char* basis) {
  GridFigure figure;
  figure.g_per_kwh = in(row, column);
  figure.low = in(row, "low_g_per_kwh");
  figure.high = in(row, "high_g_per_kwh");
  figure.zone = std::move(zone);
  figure.zone_name = row["name"];
  figure.provider = row["source"];
  figure.year = static_cast<int>(parse_uint(row["year"]).value_or(0));
  figure.basis = basis;
  if (const auto lifecycle = row.number("lifecycle_g_per_kwh")) figure.lifecycle = CarbonIntensity(*lifecycle);
  return figure;
}

std::optional<GridFigure> zone_figure(const Place& place) {
  if (const auto row = find_row("grid_egrid", place.egrid)) return figure_of(*row, "direct_g_per_kwh", "egrid:" + place.egrid, kDirect);
  if (const auto row = find_row("grid_us_states", place.subdivision)) return figure_of(*row, "direct_g_per_kwh", place.subdivision, kDirect);
  if (const auto row = find_row("grid_canada", place.subdivision)) return figure_of(*row, "g_per_kwh", place.subdivision, kLifecycle);
  return std::nullopt;
}

GridFigure country_figure(const TableRow& row, std::string_view code) { return figure_of(row, "g_per_kwh", std::string(code), kLifecycle); }

GridFigure world_figure() {
  const auto row = find_row("grid_countries", "WORLD");
  return row ? country_figure(*row, "WORLD") : GridFigure{};
}

}  // namespace

GridFigure table_intensity(const Place& place) {
  if (auto figure = zone_figure(place)) return *std::move(figure);
  const auto country = find_row("grid_countries", place.country);
  if (country && country->number("g_per_kwh")) return country_figure(*country, place.country);
  GridFigure world = world_figure();
  world.place_known = place.code == "WORLD";
  if (country) world.note = "no figure is published for " + std::string((*country)["name"]) + ": world average";
  else if (!world.place_known) world.note = "place unknown: world average, with the range of the countries";
  return world;
}

WallTime point_end(const IntensitySeries& series, const IntensityPoint& point) {
  const auto step = std::chrono::duration_cast<WallTime::duration>(series.step);
  const bool last = &point == &series.points.back();
  if (last) return step.count() > 0 ? point.start + step : WallTime::max();
  const WallTime next = (&point + 1)->start;
  return step.count() > 0 ? std::min(next, point.start + 3 * step) : next;
}

const IntensityPoint* point_at(const IntensitySeries& series, WallTime when) {
  auto point = std::upper_bound(series.points.begin(), series.points.end(), when, [](WallTime t, const IntensityPoint& p) { return t < p.start; });
  if (point == series.points.begin()) return nullptr;
  --point;
  return when < point_end(series, *point) ? &*point : nullptr;
}

IntensitySeries series_until(const IntensitySeries& series, WallTime when) {
  IntensitySeries out = series;
  std::erase_if(out.points, [&](const IntensityPoint& point) { return point.start >= when; });
  if (out.points.empty()) return out;
  std::vector<double> values;
  double sum = 0;
  for (const IntensityPoint& point : out.points) values.push_back(point.g_per_kwh.value()), sum += values.back();
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) { return CarbonIntensity(values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))]); };
  out.about.g_per_kwh = CarbonIntensity(sum / static_cast<double>(values.size()));
  out.about.low = at(0.05);
  out.about.high = at(0.95);
  return out;
}

}  // namespace carbontracker
