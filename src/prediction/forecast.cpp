#include "prediction/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "prediction/energy_curve.h"
#include "prediction/pauses.h"
#include "prediction/predictive.h"
#include "prediction/prior_run.h"

namespace carbontracker {
namespace {

Level time_level(const Series& series, bool find_extras) {
  std::vector<CostPoint> points;
  for (const auto& s : series.segments) points.push_back({(s.from + s.to) / 2, s.seconds_per_unit(), s.units()});
  return find_level(std::move(points), WarmUp::above, find_extras);
}

// A meter that tells its energy now and then gives stretches without any, and one with all of it: those count together.
Level power_level(const Series& series) {
  std::vector<CostPoint> points;
  double joules = 0, seconds = 0, units = 0;
  for (const auto& s : series.segments) {
    joules += s.joules - s.evaluation_joules, seconds += s.end - s.begin - s.evaluation_seconds, units += s.units();
    const double watts = joules / seconds;
    if (!(std::isfinite(watts) && watts > 0)) continue;
    points.push_back({s.to - units / 2, watts, units});
    joules = seconds = units = 0;
  }
  if (points.empty()) points.push_back({series.done, series.joules / series.now, 1});
  const double span = points.back().position - points.front().position;
  Level level = find_level(std::move(points), WarmUp::either, false);
  // Power is bounded by the machine: a drift goes on by no more than it has gone already.
  if (level.slope != 0 && span > 0) level.decay = std::max(level.decay, 1 / span);
  level.unproven = level.chance = 0;
  return level;
}

std::string describe(const Outlook& o, const Schedule& plan) {
  std::string text = fmt::format("{:g} of {:g} {}", o.series->done, plan.total, plan.unit.empty() ? "units" : plan.unit + "s");
  if (o.seconds.warm_up) text += ", warm-up left out";
  if (o.seconds.slope != 0) text += ", drift continued";
  if (o.seconds.step) text += ", since the last change of pace";
  if (o.evaluations.told) text += ", evaluations as scheduled";
  else if (o.evaluations.seen > 1) text += fmt::format(", {} evaluations seen", o.evaluations.seen);
  if (o.series->restarts) text += fmt::format(", {} restart{}", o.series->restarts, o.series->restarts > 1 ? "s" : "");
  return text;
}

Result<Forecast> from_totals(const Series& series, const Schedule& plan, const Totals& totals) {
  if (totals.joules.empty() || totals.seconds.empty()) return unexpected(Errc::unavailable, "the recorded figures are out of any range");
  Forecast f;
  f.joules_distribution = totals.joules, f.seconds_distribution = totals.seconds;
  f.joules = Joules(totals.joules.quantile(0.5)), f.seconds = Seconds(totals.seconds.quantile(0.5));
  f.low = Joules(totals.joules.quantile(0.05)), f.high = Joules(totals.joules.quantile(0.95));
  f.seconds_low = Seconds(totals.seconds.quantile(0.05)), f.seconds_high = Seconds(totals.seconds.quantile(0.95));
  f.elapsed_joules = Joules(series.joules), f.elapsed = Seconds(series.now);
  f.done = series.done, f.of = plan.total, f.unit = plan.unit;
  return f;
}

// Known where a mark tells when the first unit began, else what the first stretch took above the level of the others.
std::optional<double> start_of(const Series& series, const Observed& seen, const Level& seconds) {
  if (seen.first_unit_began) return std::max(0.0, seen.first_unit_began->count());
  if (series.segments.size() < 2) return std::nullopt;
  const CostSegment& first = series.segments.front();
  return std::clamp(first.end - first.begin - first.evaluation_seconds - seconds.value * first.units(), 0.0, first.end);
}

Outlook make_outlook(const Series& series, const Observed& seen, const Schedule& plan) {
  Outlook o;
  o.series = &series, o.plan = &plan;
  o.seconds = time_level(series, true);
  o.watts = power_level(series);
  o.evaluations = evaluation_outlook(series, plan, o.seconds, o.watts.value);
  o.single = series.segments.size() == 1;
  o.program_end = seen.program_end_follows;
  o.start = start_of(series, seen, o.seconds);
  o.within_unit = series.done < 1 && plan.total > 1;
  o.evaluations_marked = seen.evaluations_marked;
  o.units_hold_evaluations = plan.units_are_evaluations;
  return o;
}

// Nothing of this run is finished yet: the earlier one as it was.
Result<Forecast> before_start(const Observed& seen, const Schedule& plan, const Prior& prior) {
  Series series;
  series.now = std::isfinite(seen.now.count()) ? std::max(0.0, seen.now.count()) : 0;
  const EnergyCurve energy(seen.energy, series.now, seen.watts_at_last);
  if (energy.known()) series.joules = energy.joules_at(series.now) - energy.joules_at(0);
  const auto totals = predict_before_start(prior, series, plan);
  if (!totals) return unexpected(totals.error());
  auto result = from_totals(series, plan, *totals);
  if (result) result->method = "as an earlier run of the same work";
  return result;
}

Result<Forecast> forecast_without_pauses(const Observed& seen, const Schedule& plan, const Prior* prior) {
  if (!std::isfinite(plan.total) || plan.total <= 0) {
    return unexpected(Errc::unavailable, "the number of units planned is not known", "give it with --epochs N");
  }
  auto series = make_series(seen);
  if (!series && prior) {
    if (auto early = before_start(seen, plan, *prior)) return early;
  }
  if (!series) return unexpected(series.error());
  const Outlook outlook = make_outlook(*series, seen, plan);
  const auto by_prior = prior ? predict_from(*prior, *series, plan) : Result<Totals>(unexpected(Errc::unavailable, "none"));
  auto result = from_totals(*series, plan, by_prior ? *by_prior : predict(outlook));
  if (result) result->method = describe(outlook, plan) + (by_prior ? ", shaped by an earlier run" : prior ? ", the earlier run does not fit" : "");
  return result;
}

}  // namespace

Result<Forecast> forecast(const Observed& seen, const Schedule& plan, const Prior* prior) {
  if (seen.pauses.empty()) return forecast_without_pauses(seen, plan, prior);
  auto made = forecast_without_pauses(without_pauses(seen), plan, prior);
  if (made) made = with_pauses(std::move(*made), standstill_of(seen));
  return made;
}

}  // namespace carbontracker
