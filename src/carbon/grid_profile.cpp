#include "carbon/grid_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/text.h"
#include "carbon/grid_forecast.h"
#include "carbon/hourly_log.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr double kNinety = 1.645;  // half the 90 % interval of a normal distribution in standard deviations
constexpr std::size_t kBlock = 3;  // hours that share a spread

// Subregions and states that lie in the area of one grid operator, whole or for the most part of their load.
std::string zone_of(const Place& place) {
  static const std::map<std::string_view, std::string_view> kZones{
      {"CAMX", "US-CAL-CISO"}, {"ERCT", "US-TEX-ERCO"}, {"NEWE", "US-NE-ISNE"}, {"RFCE", "US-MIDA-PJM"}, {"US-CA", "US-CAL-CISO"}, {"US-TX", "US-TEX-ERCO"},
      {"US-DC", "US-MIDA-PJM"}, {"US-DE", "US-MIDA-PJM"}, {"US-MD", "US-MIDA-PJM"}, {"US-NJ", "US-MIDA-PJM"}, {"US-OH", "US-MIDA-PJM"}, {"US-PA", "US-MIDA-PJM"},
      {"US-VA", "US-MIDA-PJM"}, {"US-WV", "US-MIDA-PJM"}, {"US-MA", "US-NE-ISNE"}, {"US-CT", "US-NE-ISNE"}, {"US-RI", "US-NE-ISNE"}, {"US-NH", "US-NE-ISNE"},
      {"US-VT", "US-NE-ISNE"}, {"US-ME", "US-NE-ISNE"}};
  const auto region = place.provider.empty() ? std::nullopt : find_row("cloud_regions", place.provider + ":" + place.region);
  if (region && !(*region)["zone"].empty()) return std::string((*region)["zone"]);  // where a cloud's region stands is known more closely than by its subregion
  for (const std::string& name : {place.egrid, place.subdivision})
    if (const auto found = kZones.find(name); found != kZones.end()) return std::string(found->second);
  return place.country;
}

std::string_view basis_of(const GridFigure& about) {
  return about.basis == "average, lifecycle" ? "lifecycle" : about.basis == "average, direct" ? "direct" : "";
}

std::vector<double> numbers(std::string_view list) {
  std::vector<double> out;
  for (const std::string_view word : split(list, ' ')) out.push_back(parse_double(word).value_or(0));
  return out;
}

struct Month {
  std::vector<double> mean, low, high;  // permille of the year's mean by hour; percent of that by three hours
  double drift = 0;                     // of the yearly mean, a year; one standard deviation, of its logarithm
  int year = 0;
  std::string name, source;
};

std::optional<Month> month_of(const std::string& zone, std::string_view basis, unsigned month) {
  const auto row = find_row("grid_profiles", fmt::format("{}:{}:{:02}", zone, basis, month));
  if (!row) return std::nullopt;
  Month out{numbers((*row)["mean_permille"]), numbers((*row)["low_percent"]), numbers((*row)["high_percent"]), row->number("drift_percent_a_year").value_or(0) / 100,
            static_cast<int>(row->number("year").value_or(0)), std::string((*row)["name"]), std::string((*row)["source"])};
  if (out.mean.size() != 24 || out.low.size() != 24 / kBlock || out.high.size() != 24 / kBlock) return std::nullopt;
  return out;
}

IntensityPoint point_of(const Month& month, const GridFigure& about, std::int64_t hour, int year) {
  const auto h = static_cast<std::size_t>(hour % 24);
  const double middle = about.g_per_kwh.value() * month.mean[h] / 1000, drift = kNinety * month.drift * std::sqrt(std::max(1, year - month.year));
  const double below = std::hypot(std::log(month.low[h / kBlock] / 100), drift), above = std::hypot(std::log(month.high[h / kBlock] / 100), drift);
  return {start_of_hour(hour), CarbonIntensity(middle), CarbonIntensity(middle * std::exp(-below)), CarbonIntensity(middle * std::exp(above)), true};
}

std::chrono::year_month_day date_of(std::int64_t hour) { return std::chrono::floor<std::chrono::days>(start_of_hour(hour)); }

}  // namespace

Result<IntensitySeries> usual_hours(const Place& place, const GridFigure& about, WallTime at, int hours) {
  const std::string zone = zone_of(place);
  const std::string_view basis = basis_of(about);
  std::map<unsigned, Month> months;
  IntensitySeries out{.about = about, .points = {}, .step = std::chrono::hours(1)};
  for (std::int64_t hour = hour_of(at); hour < hour_of(at) + std::clamp(hours, 0, kGridForecastHours); ++hour) {
    const auto date = date_of(hour);
    const unsigned number = static_cast<unsigned>(date.month());
    if (!months.contains(number)) {
      auto month = about.place_known ? month_of(zone, basis, number) : std::nullopt;
      if (!month) return unexpected(Errc::unavailable, fmt::format("no monthly profile for {}", place.name.empty() ? "an unknown place" : place.name), "");
      months.emplace(number, *std::move(month));
    }
    out.points.push_back(point_of(months.at(number), about, hour, static_cast<int>(date.year())));
  }
  if (months.empty()) return out;
  const Month& any = months.begin()->second;
  out.about.note = fmt::format("monthly profile of {}, year {}, scaled to the yearly mean of {}: a usual day of the month, no forecast ({})", any.name, any.year, about.year, any.source);
  return out;
}

GridFigure on_lifecycle(const GridFigure& figure) {
  if (!figure.lifecycle) return figure;
  GridFigure out = figure;
  const double factor = figure.g_per_kwh.value() > 0 ? figure.lifecycle->value() / figure.g_per_kwh.value() : 1;
  for (CarbonIntensity* g : {&out.g_per_kwh, &out.low, &out.high}) *g = CarbonIntensity(g->value() * factor);
  out.basis = "average, lifecycle";
  out.lifecycle.reset();
  return out;
}

}  // namespace carbontracker
