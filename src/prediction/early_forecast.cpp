#include "prediction/early_forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "prediction/end_reasons.h"

namespace carbontracker {
namespace {

struct Part { double at, weight; };
// Of the distribution of the end, by their middles: the outermost are as small as what a 90 % interval leaves out, so that it reaches as far as the end's own.
constexpr Part kParts[] = {{0.025, 0.05}, {0.125, 0.15}, {0.3, 0.2}, {0.5, 0.2}, {0.7, 0.2}, {0.875, 0.15}, {0.975, 0.05}};
constexpr double kWithin[] = {0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95};
constexpr double kMissing = 2.5;                          // distances of evaluations without one

double usual_distance(const std::vector<MetricPoint>& metric) {
  if (metric.size() < 2) return 0;
  return (metric.back().done - metric.front().done) / static_cast<double>(metric.size() - 1);
}

// Where the metric does not tell how far the run has come by now.
Result<> check(const std::vector<MetricPoint>& metric, const LikelyEnd& end, double done, const Schedule& plan) {
  const double every = usual_distance(metric);
  const std::string unit = plan.unit.empty() ? "unit" : plan.unit;
  if (end.met && done > end.units + std::max(every, 1e-9) / 2)
    return unexpected(Errc::unavailable, fmt::format("the rule was met after {:g} {}s and the training went on: it does not stop by it", end.units, unit));
  if (!end.met && done > metric.back().done + kMissing * every)
    return unexpected(Errc::unavailable, fmt::format("the metric was last seen after {:g} of {:g} {}s", metric.back().done, plan.total, unit));
  return {};
}

}  // namespace

Result<EarlyEnd> early_end(const Observed& seen, const Schedule& plan, const Prior* prior, const std::vector<MetricPoint>& metric, const StopRule& rule) {
  if (metric.empty()) return unexpected(Errc::unavailable, kMetricNotSeen);
  auto end = likely_end(metric, rule, plan.total);
  if (!end) return unexpected(end.error());
  double done = 0;
  for (const ProgressPoint& point : seen.progress)
    if (std::isfinite(point.done)) done = point.done;
  if (const auto fits = check(metric, *end, done, plan); !fits) return unexpected(fits.error());
  EarlyEnd out{std::move(*end)};
  std::vector<double> joules, seconds, weights;
  double before = -1;
  std::optional<Result<Forecast>> made;
  for (const Part& part : kParts) {
    Schedule shorter = plan;
    shorter.total = std::clamp(out.end.distribution.quantile(part.at), std::min(done, plan.total), plan.total);
    if (!made || shorter.total != before) made = forecast(seen, shorter, prior);
    before = shorter.total;
    if (!*made) return unexpected(made->error());
    for (const double p : kWithin) {
      joules.push_back((*made)->joules_distribution.quantile(p));
      seconds.push_back((*made)->seconds_distribution.quantile(p));
      weights.push_back(part.weight);
    }
  }
  const Distribution all_joules(joules, weights), all_seconds(seconds, weights);
  out.joules = Joules(all_joules.quantile(0.5)), out.low = Joules(all_joules.quantile(0.05)), out.high = Joules(all_joules.quantile(0.95));
  out.seconds = Seconds(all_seconds.quantile(0.5)), out.seconds_low = Seconds(all_seconds.quantile(0.05)), out.seconds_high = Seconds(all_seconds.quantile(0.95));
  return out;
}

}  // namespace carbontracker
