#include "prediction/evaluations.h"

#include <algorithm>
#include <cmath>

#include "prediction/priors.h"

namespace carbontracker {
namespace {

constexpr double kNear = 0.02;  // units; marks of a unit's end and of what follows it differ by milliseconds

std::vector<SeenEvaluation> from_extras(const std::vector<Extra>& extras, double watts) {
  std::vector<SeenEvaluation> found;
  for (const auto& extra : extras) found.push_back({extra.position, extra.cost, extra.cost * watts});
  return found;
}

std::vector<double> gaps_of(const std::vector<SeenEvaluation>& seen) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    const double gap = seen[i].position - seen[i - 1].position;
    if (gap > kNear) gaps.push_back(gap);  // a restart repeats positions
  }
  return gaps;
}

// Extras are evaluations when they come at equal distances and cost about the same; anything else is stalls.
bool regular(const std::vector<SeenEvaluation>& seen) {
  const auto gaps = gaps_of(seen);
  if (gaps.size() + 1 < seen.size() || gaps.empty()) return false;
  const double gap = median_of(gaps);
  const bool even = std::all_of(gaps.begin(), gaps.end(), [&](double g) { return std::abs(g - gap) <= 0.1 * gap + 0.51; });
  const auto [least, most] = std::minmax_element(seen.begin(), seen.end(), [](auto& a, auto& b) { return a.seconds < b.seconds; });
  const double first = seen.front().position;
  return even && most->seconds < 2 * least->seconds && (seen.size() > 2 || std::abs(first - gap) <= 0.1 * gap + 0.51);
}

// Whether an evaluation is due within the unit whose middle is the extra's position.
bool scheduled(const SeenEvaluation& extra, const Schedule& plan) {
  const double start = plan.eval_start.value_or(*plan.eval_every);
  return evaluations_between(start, *plan.eval_every, extra.position - 0.51, extra.position + 0.51) > 0;
}

struct Cost {
  double mean = 0, scatter = 0;  // the latter relative
};

// The mean, single ones far off counted no farther than three deviations: costs of two sizes are no median.
Cost cost_of(const std::vector<double>& values) {
  const double middle = median_of(values);
  std::vector<double> away;
  for (const double value : values) away.push_back(std::abs(value - middle));
  const double scale = std::max(1.4826 * median_of(away), 0.01 * middle);
  Cost cost;
  for (const double value : values) cost.mean += std::clamp(value, middle - 3 * scale, middle + 3 * scale) / static_cast<double>(values.size());
  cost.scatter = scale / middle;
  return cost;
}

// The first one is often slower (buffers, compilation): left out as soon as there is another.
void set_cost(EvaluationOutlook& outlook, const std::vector<SeenEvaluation>& seen) {
  std::vector<double> seconds, watts;
  for (std::size_t i = seen.size() > 1 ? 1 : 0; i < seen.size(); ++i) {
    seconds.push_back(seen[i].seconds);
    watts.push_back(seen[i].joules / seen[i].seconds);
  }
  const Cost cost = cost_of(seconds);
  outlook.seconds = cost.mean;
  outlook.joules = outlook.seconds * median_of(watts);
  outlook.deviation = std::hypot(seen.size() > 2 ? 0.03 : 0.10, cost.scatter / std::sqrt(static_cast<double>(seconds.size())));
  outlook.cost_known = true;
  outlook.seen = seen.size();
}

// The schedule is told, the cost not seen.
void guess_cost(EvaluationOutlook& outlook, const Schedule& plan, const Level& level, double watts) {
  const double every = plan.eval_every.value_or(1), start = plan.eval_start.value_or(every);
  const bool late = start > 1.5 * every + 1;
  // All of them together take no more than evaluations are known to take of a run, however often they come.
  outlook.seconds = level.value * std::min(late ? priors::kToldLate : priors::kToldEarly, priors::kUnseenEvaluations.share_most * every);
  outlook.joules = outlook.seconds * watts;
  outlook.deviation = late ? 0.5 : 0.8;
}

EvaluationCount count(double weight, double start, double every, double after, double until) {
  const double all = evaluations_between(start, every, after, until);
  return {weight, all, all > evaluations_between(start, every, after, until - 1)};
}

void infer_counts(EvaluationOutlook& outlook, const std::vector<SeenEvaluation>& seen, double done, double total) {
  const double last = seen.back().position, first = seen.front().position;
  const auto gaps = gaps_of(seen);
  if (!gaps.empty()) {
    outlook.counts = {count(1, last, median_of(gaps), std::max(last, done - 2 * kNear), total)};
    return;
  }
  const auto as_first = count(0.45, first, std::max(first, kNear), last, total);
  auto each = count(0.4, first, std::min(1.0, std::max(first, kNear)), last, total);
  if (first <= 1.5) {
    each.weight = 0.9;
    outlook.counts = {each, {0.1, 0}};
  } else {  // seen once, after several units: again after as many, or after every unit from here on, or never
    outlook.counts = {as_first, each, {0.15, 0}};
  }
}

}  // namespace

double evaluations_between(double start, double every, double after, double until) {
  if (!(every > 0) || !(until >= start - kNear)) return 0;
  const double upto = std::floor((until - start + kNear) / every) + 1;
  const double gone = after < start - kNear ? 0 : std::floor((after - start + kNear) / every) + 1;
  return std::clamp(upto - gone, 0.0, 1e9);
}

EvaluationOutlook evaluation_outlook(const Series& series, const Schedule& plan, const Level& level, double watts) {
  EvaluationOutlook outlook;
  outlook.marked = !series.evaluations.empty();
  std::vector<SeenEvaluation> seen = series.evaluations;
  if (seen.empty()) {
    seen = from_extras(level.extras, watts);
    if (plan.eval_every) std::erase_if(seen, [&](const SeenEvaluation& each) { return !scheduled(each, plan); });
    else if (!regular(seen)) seen.clear();
  }
  outlook.told = plan.eval_every && *plan.eval_every > 0;
  if (seen.empty() && !outlook.told) return outlook;
  if (!seen.empty()) {
    set_cost(outlook, seen);
  } else {
    guess_cost(outlook, plan, level, watts);
  }
  if (outlook.told) {
    const double start = plan.eval_start.value_or(*plan.eval_every);
    const double reached = seen.empty() ? series.done - kNear * 2 : std::max(seen.back().position, series.done - *plan.eval_every);
    outlook.counts = {count(1, start, *plan.eval_every, reached, plan.total)};
  } else {
    infer_counts(outlook, seen, series.done, plan.total);
  }
  return outlook;
}

}  // namespace carbontracker
