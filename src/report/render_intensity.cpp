#include "report/render_intensity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/iso_time.h"
#include "base/printable.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

constexpr double kFlat = 0.01;  // of the highest: a grid that changes less has no better hour to show

std::string minute(WallTime when) { return iso_time(when).substr(0, 10) + " " + iso_time(when).substr(11, 5) + "Z"; }

std::string figure(const IntensityPoint& p) {
  return fmt::format("{} g/kWh ({} to {})", three_digits(p.g_per_kwh.value()), three_digits(p.low.value()), three_digits(p.high.value()));
}

struct Day {
  std::vector<double> hours = std::vector<double>(24, std::numeric_limits<double>::quiet_NaN());
  double low = 1e300, high = 0;

  void add(const IntensityPoint& p) {
    const auto hour = std::chrono::floor<std::chrono::hours>(p.start) - std::chrono::floor<std::chrono::days>(p.start);
    hours[static_cast<std::size_t>(hour.count())] = p.g_per_kwh.value();
    low = std::min(low, p.g_per_kwh.value());
    high = std::max(high, p.g_per_kwh.value());
  }
};

std::string chart(const IntensitySeries& series) {
  std::map<std::string, Day> days;
  double low = 1e300, high = 0;
  for (const IntensityPoint& p : series.points) {
    Day& day = days[iso_time(p.start).substr(0, 10)];
    day.add(p);
    low = std::min(low, day.low);
    high = std::max(high, day.high);
  }
  std::string out = "           0     6     12    18    hour, UTC\n";
  for (const auto& [date, day] : days)
    out += fmt::format("{} {} {} to {} g/kWh\n", date, bars(day.hours, low, high), three_digits(day.low), three_digits(day.high));
  return out;
}

std::string greenest(const IntensitySeries& series) {
  const IntensityPoint* best = nullptr;
  for (const IntensityPoint& p : series.points)
    if (p.forecast && (!best || p.g_per_kwh < best->g_per_kwh)) best = &p;
  return best ? fmt::format("greenest   {}  {}\n", minute(best->start), figure(*best)) : "";
}

}  // namespace

std::string bars(const std::vector<double>& values, double low, double high) {
  std::string out;
  for (double value : values) {
    const double share = high - low > kFlat * high ? (value - low) / (high - low) : 0;
    out += std::isnan(value) ? " " : kBars[static_cast<std::size_t>(std::clamp(std::floor(share * 8), 0.0, 7.0))];
  }
  return out;
}

std::string intensity_json(const GridView& view) {
  Json series = Json::array();
  for (const IntensityPoint& p : view.series.points)
    series.push_back({{"start", iso_time(p.start)}, {"g_per_kwh", p.g_per_kwh.value()}, {"low", p.low.value()}, {"high", p.high.value()},
                      {"kind", p.forecast ? "forecast" : "measured"}, {"estimated", p.estimated}});
  const GridFigure& about = view.series.about;
  Json out{{"zone", valid_utf8(view.zone)}, {"provider", valid_utf8(about.provider)}, {"basis", valid_utf8(about.basis)}, {"at", iso_time(view.at)},
                 {"note", valid_utf8(about.note)}, {"hours", view.hours}, {"series", series}};
  if (view.hours == "profile" || view.hours == "table")
    out["yearly"] = {{"g_per_kwh", view.yearly.g_per_kwh.value()}, {"low", view.yearly.low.value()}, {"high", view.yearly.high.value()}, {"year", view.yearly.year}};
  else out["yearly"] = nullptr;
  if (view.hours == "table") out["no_hours"] = valid_utf8(view.no_profile);
  return out.dump(2) + "\n";
}

std::string intensity_text(const GridView& view) {
  const GridFigure& about = view.series.about;
  std::string out = fmt::format("grid       {}, {}{}\n", view.zone, about.provider, about.basis.empty() ? "" : ", " + about.basis);
  const bool usual = view.hours == "profile";
  if (usual || view.hours == "table")
    out += fmt::format("year mean  {} g/kWh ({} to {}), {}\n", three_digits(view.yearly.g_per_kwh.value()), three_digits(view.yearly.low.value()),
                       three_digits(view.yearly.high.value()), view.yearly.year);
  if (view.hours == "table" && !about.note.empty()) out += "note       " + about.note + "\n";
  if (view.hours == "table") return out + fmt::format("no hours   the yearly mean stands for each: {} (--live asks a provider, --history FILE reads a recorded series)\n", view.no_profile);
  for (const IntensityPoint& p : view.series.points)
    if (!p.forecast) out += fmt::format("measured   {} g/kWh at {}\n", three_digits(p.g_per_kwh.value()), minute(p.start));
  for (const IntensityPoint& p : view.series.points) {
    if (!p.forecast) continue;
    out += fmt::format("{:<10} {}{}\n", usual ? "usually" : "now", figure(p), usual ? " at this hour, this month" : "");
    break;
  }
  return out + greenest(view.series) + (about.note.empty() ? "" : "note       " + about.note + "\n") + chart(view.series);
}

}  // namespace carbontracker
