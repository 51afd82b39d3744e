#include "report/render_sweep.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

std::string change(double value, double full) { return fmt::format("{:+.1f} %", 100 * (value / full - 1)); }

Json point_json(const SweepReport& s, const SweepPoint& p) {
  const SweepPoint& full = s.points.front();
  return {{"limit_w", (s.before * p.share).value()}, {"share", p.share}, {"units", p.units}, {"seconds", p.time.count()}, {"joules", p.joules.value()}, {"mean_watts", (p.joules / p.time).value()},
          {"units_per_second", p.speed()}, {"joules_per_unit", p.per_unit().value()}, {"speed_change_percent", 100 * (p.speed() / full.speed() - 1)},
          {"energy_change_percent", 100 * (p.per_unit() / full.per_unit() - 1)}};
}

std::string verdict_words(const SweepReport& s, const SweepPoint& p, const char* why) {
  const SweepPoint& full = s.points.front();
  if (p.share == 1) return fmt::format("{}: the limit in force, {:.0f} W\n", why, s.before.value());
  return fmt::format("{}: {:.0f} W, {} energy a {} at {} speed\n", why, (s.before * p.share).value(), change(p.per_unit().value(), full.per_unit().value()), s.unit, change(p.speed(), full.speed()));
}

// What the limit in force took at the end against the beginning: as little is no difference between limits.
std::string drift_words(const SweepReport& s) {
  const auto changed = drift(s.points);
  return changed ? fmt::format("the limit in force once more at the end: {:+.1f} % energy a {}; differences of that size say nothing\n", 100 * *changed, s.unit) : "";
}

std::vector<SweepPoint> from_above(std::vector<SweepPoint> points) {
  if (drift(points)) points.pop_back();
  std::stable_sort(points.begin(), points.end(), [](const SweepPoint& a, const SweepPoint& b) { return a.share > b.share; });
  return points;
}

}  // namespace

std::string sweep_text(const SweepReport& s) {
  std::string out = s.gpus + "\n";
  if (!s.points.empty()) out += fmt::format("{:>9}  {:>10}  {:>12}  {:>12}  {:>10}  {:>8}\n", "limit", "machine", s.unit + "s/s", "energy/" + s.unit, "energy", "speed");
  for (const SweepPoint& p : from_above(s.points))
    out += fmt::format("{:>7.0f} W  {:>8.0f} W  {:>12}  {:>12}  {:>10}  {:>8}\n", (s.before * p.share).value(), (p.joules / p.time).value(), three_digits(p.speed()), show(p.per_unit()),
                       change(p.per_unit().value(), s.points[0].per_unit().value()), change(p.speed(), s.points[0].speed()));
  if (const auto verdict = judge(s.points)) {
    out += verdict_words(s, s.points[verdict->gentle], "best at 5 % slower or less");
    if (verdict->least != verdict->gentle) out += verdict_words(s, s.points[verdict->least], "least energy");
    out += drift_words(s);
  }
  if (!s.trouble.empty()) out += "the sweep is not whole: " + s.trouble + "\n";
  return out + (s.put_back ? "the limits are as they were before\n" : "");
}

std::string sweep_json(const SweepReport& s) {
  Json limits = Json::array();
  const auto changed = drift(s.points);
  for (std::size_t i = 0; i + (changed ? 1 : 0) < s.points.size(); ++i) limits.push_back(point_json(s, s.points[i]));
  const auto verdict = judge(s.points);
  Json out{{"schema", 1}, {"gpus", valid_utf8(s.gpus)}, {"unit", valid_utf8(s.unit)}, {"run", s.run.empty() ? Json() : Json(s.run)}, {"before_w", s.before.value()}, {"limits", limits},
           {"least", verdict ? Json(verdict->least) : Json()}, {"gentle", verdict ? Json(verdict->gentle) : Json()}, {"drift_percent", changed ? Json(100 * *changed) : Json()}, {"trouble", s.trouble.empty() ? Json() : Json(valid_utf8(s.trouble))}, {"put_back", s.put_back}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace carbontracker
