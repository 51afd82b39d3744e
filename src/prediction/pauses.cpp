#include "prediction/pauses.h"

#include <algorithm>
#include <cmath>

#include "prediction/energy_curve.h"

namespace carbontracker {
namespace {

struct Stop {
  double begin = 0, end = 0, joules = 0;
};

std::vector<Stop> stops_of(const Observed& seen) {
  const double now = seen.now.count();
  std::vector<Stop> found;
  for (const PauseSpan& pause : seen.pauses) {
    const double begin = pause.begin.count(), end = pause.end.value_or(seen.now).count();
    if (!std::isfinite(begin) || !std::isfinite(end) || std::min(now, end) <= std::max(0.0, begin)) continue;
    found.push_back({std::max(0.0, begin), std::min(now, end)});
  }
  std::sort(found.begin(), found.end(), [](const Stop& a, const Stop& b) { return a.begin < b.begin; });
  std::vector<Stop> out;
  for (const Stop& stop : found) {
    if (!out.empty() && stop.begin <= out.back().end) out.back().end = std::max(out.back().end, stop.end);
    else out.push_back(stop);
  }
  const EnergyCurve energy(seen.energy, now);
  for (Stop& stop : out)
    if (energy.known()) stop.joules = std::max(0.0, energy.joules_at(stop.end) - energy.joules_at(stop.begin));
  return out;
}

// A moment as it would have been: one within a pause is its begin.
Seconds moved(const std::vector<Stop>& stops, Seconds at) {
  double back = 0;
  for (const Stop& stop : stops)
    if (at.count() > stop.begin) back += std::min(at.count(), stop.end) - stop.begin;
  return Seconds(at.count() - back);
}

std::vector<EnergyPoint> moved_energy(const std::vector<Stop>& stops, const Observed& seen) {
  const EnergyCurve energy(seen.energy, seen.now.count());
  std::vector<EnergyPoint> out;
  if (!energy.known()) return seen.energy;
  std::size_t next = 0;
  double back = 0;
  const auto pass = [&](const Stop& stop) {  // its begin and its end are one moment
    const Seconds at = moved(stops, Seconds(stop.begin));
    if (out.empty() || at > out.back().at) out.push_back({at, Joules(energy.joules_at(stop.begin) - back)});
    back += stop.joules;
  };
  for (const EnergyPoint& point : seen.energy) {
    while (next < stops.size() && point.at.count() > stops[next].begin) pass(stops[next++]);
    if (next > 0 && point.at.count() <= stops[next - 1].end) continue;
    out.push_back({moved(stops, point.at), Joules(point.cumulative.value() - back)});
  }
  while (next < stops.size()) pass(stops[next++]);
  return out;
}

}  // namespace

Standstill standstill_of(const Observed& seen) {
  Standstill out;
  for (const Stop& stop : stops_of(seen)) out.seconds += Seconds(stop.end - stop.begin), out.joules = out.joules + Joules(stop.joules);
  return out;
}

Observed without_pauses(const Observed& seen) {
  const std::vector<Stop> stops = stops_of(seen);
  Observed out = seen;
  out.pauses.clear();
  if (stops.empty()) return out;
  for (ProgressPoint& point : out.progress) point.at = moved(stops, point.at);
  for (EvaluationSpan& span : out.evaluations) {
    span.begin = moved(stops, span.begin);
    if (span.end) span.end = moved(stops, *span.end);
  }
  if (out.first_unit_began) out.first_unit_began = moved(stops, *out.first_unit_began);
  out.energy = moved_energy(stops, seen);
  out.now = moved(stops, seen.now);
  return out;
}

Forecast with_pauses(Forecast made, const Standstill& stood) {
  for (Joules* joules : {&made.joules, &made.low, &made.high, &made.elapsed_joules}) *joules = *joules + stood.joules;
  for (Seconds* seconds : {&made.seconds, &made.seconds_low, &made.seconds_high, &made.elapsed}) *seconds += stood.seconds;
  made.joules_distribution.shift(stood.joules.value());
  made.seconds_distribution.shift(stood.seconds.count());
  made.paused = stood.seconds;
  return made;
}

}  // namespace carbontracker
