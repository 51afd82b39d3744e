#include "carbon/coordinates.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr double kFallbackKm = 50;   // coasts are coarse: downtown Chicago lies in no subregion
constexpr double kBorderKm = 15;
constexpr double kKmPerDegree = 111.2;

struct Point {
  double x, y;  // degrees east, north
};

// Kilometres from `p` to the segment a-b on a plane that touches the Earth at `p`; fine at the distances asked for.
double distance_km(Point p, Point a, Point b) {
  const double squeeze = std::cos(p.y * std::numbers::pi / 180);
  const double ax = (a.x - p.x) * squeeze, ay = a.y - p.y, dx = (b.x - a.x) * squeeze, dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along = length > 0 ? std::clamp(-(ax * dx + ay * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(ax + along * dx, ay + along * dy) * kKmPerDegree;
}

bool crosses(Point p, Point a, Point b) {
  return (a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x);
}

std::vector<Point> points_of(std::string_view text) {
  std::vector<Point> points;
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    int lon = 0, lat = 0;
    at = std::from_chars(at, end, lon).ptr + 1;
    if (at >= end) break;
    at = std::from_chars(at, end, lat).ptr + 1;
    points.push_back({lon / 100.0, lat / 100.0});
  }
  return points;
}

struct Hit {
  bool inside = false;
  double km = std::numeric_limits<double>::infinity();  // to the outline
};

// A box that is farther than the fallback distance need not be looked into.
bool near_box(Point p, const TableRow& row) {
  const double margin_y = kFallbackKm / kKmPerDegree;
  const double margin_x = margin_y / std::max(0.05, std::cos(p.y * std::numbers::pi / 180));
  const auto edge = [&](const char* column) { return row.number(column).value_or(0) / 100; };
  return p.x >= edge("west") - margin_x && p.x <= edge("east") + margin_x && p.y >= edge("south") - margin_y && p.y <= edge("north") + margin_y;
}

// By key: whether `p` is inside (even-odd over all rings, so that holes count) and how far the nearest outline is.
std::map<std::string, Hit> hits(std::string_view table, Point p) {
  std::map<std::string, Hit> found;
  for_each_row(table, [&](const TableRow& row) {
    if (!near_box(p, row)) return true;
    Hit& hit = found[std::string(row["key"])];
    const std::vector<Point> ring = points_of(row["points"]);
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      if (crosses(p, ring[i], ring[i + 1])) hit.inside = !hit.inside;
      hit.km = std::min(hit.km, distance_km(p, ring[i], ring[i + 1]));
    }
    return true;
  });
  return found;
}

double away(const Hit& hit) { return hit.inside ? 0 : hit.km; }

std::map<std::string, Hit>::const_iterator nearest(const std::map<std::string, Hit>& found) {
  return std::min_element(found.begin(), found.end(), [](const auto& a, const auto& b) { return away(a.second) < away(b.second); });
}

bool is_us(std::string_view country) { return country == "US" || country == "PR"; }

}  // namespace

std::optional<Coordinates> coordinates_of(std::string_view code) {
  const auto parts = split(code, ',');
  if (parts.size() != 2) return std::nullopt;
  const auto latitude = parse_double(parts[0]), longitude = parse_double(parts[1]);
  if (!latitude || !longitude || std::abs(*latitude) > 90 || std::abs(*longitude) > 180) return std::nullopt;
  return Coordinates{*latitude, *longitude};
}

Located locate(double latitude, double longitude) {
  const Point p{longitude, latitude};
  const auto countries = hits("country_polygons", p);
  Located located;
  const auto best = nearest(countries);
  if (best == countries.end() || away(best->second) > kFallbackKm) return located;
  located.country = best->first;
  located.away_km = away(best->second);
  for (const auto& [code, hit] : countries)
    if (code != located.country && away(hit) < kBorderKm) located.neighbour = code;
  if (!is_us(located.country)) return located;
  const auto subregions = hits("egrid_polygons", p);
  const auto grid = nearest(subregions);
  if (grid != subregions.end() && away(grid->second) <= kFallbackKm) located.egrid = grid->first;
  return located;
}

}  // namespace carbontracker
