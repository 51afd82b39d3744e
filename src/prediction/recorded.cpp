#include "prediction/recorded.h"

#include <algorithm>
#include <cmath>

#include "prediction/priors.h"

namespace carbontracker {
namespace {

constexpr const char* kUnits[] = {"epoch", "block", "eval"};

double count_of(const Trace& trace, const std::string& key) {
  return static_cast<double>(std::count_if(trace.events.begin(), trace.events.end(), [&](auto& e) { return e.key == key; }));
}

double present(const Trace& trace) {
  return std::max(trace.last_reading, trace.events.empty() ? 0 : trace.events.back().at);
}

std::optional<double> first_start(const Trace& trace, const std::string& unit, double now) {
  for (const auto& event : trace.events) {
    if (event.at < 0 || event.at > now) continue;
    if (event.key == unit + "_start") return event.at;
    if (unit == "eval" && (event.key == "block_start" || event.key == "epoch_start")) return event.at;
  }
  return std::nullopt;
}

void add_evaluation_event(std::vector<EvaluationSpan>& spans, const TraceEvent& event, const std::string& unit_start) {
  const bool open = !spans.empty() && !spans.back().end;
  if (event.key == "eval_start" && !open) spans.push_back({Seconds(event.at), std::nullopt});
  if (open && (event.key == "eval_stop" || event.key == unit_start)) spans.back().end = Seconds(event.at);
}

// Where no stop is marked and readings go on for longer than a mean unit behind the last mark, the meter was left running.
double end_of(const Trace& trace, double units) {
  const double last = trace.events.empty() ? 0 : trace.events.back().at;
  const bool left_running = !trace.run_stop && last > 0 && units > 0 && trace.last_reading - last > last / units;
  return left_running ? last : trace_seconds(trace);
}

// All of its marks count, as they do in the plan's total: one after the run's stop is a unit that the stop cut.
Prior prior_of(const Trace& trace, const std::string& unit) {
  Prior prior;
  prior.run = observe(trace, unit, end_of(trace, count_of(trace, unit + "_stop")));
  prior.total = count_of(trace, unit + "_stop");
  return prior;
}

}  // namespace

std::string unit_of(const Trace& trace, double total) {
  for (const std::string unit : kUnits) {
    if (count_of(trace, unit + "_stop") == total) return unit;
  }
  for (const std::string unit : kUnits) {
    if (count_of(trace, unit + "_stop") > 0) return unit;
  }
  return kUnits[0];
}

Observed observe(const Trace& trace, const std::string& unit, double now) {
  Observed seen;
  seen.now = Seconds(now);
  for (const auto& point : trace.energy) {
    if (point.at.count() <= now) seen.energy.push_back(point);
  }
  if (!seen.energy.empty() && seen.energy.size() <= trace.watts.size()) seen.watts_at_last = Watts(trace.watts[seen.energy.size() - 1]);
  double done = 0;
  for (const auto& event : trace.events) {
    if (event.at < 0 || event.at > now) continue;
    if (event.key == unit + "_stop") seen.progress.push_back({Seconds(event.at), ++done});
    if (unit != "eval") add_evaluation_event(seen.evaluations, event, unit + "_start");
  }
  if (const auto began = first_start(trace, unit, now)) seen.first_unit_began = Seconds(*began);
  seen.evaluations_marked = true;
  return seen;
}

bool evaluation_is_pipelined(const Trace& trace, const std::string& unit, double now) {
  if (unit == "eval") return false;
  bool evaluating = false, overtaken = false;
  for (const auto& event : trace.events) {
    if (event.at > now) break;
    if (event.key == "eval_start") evaluating = true, overtaken = false;
    if (event.key == unit + "_start" && evaluating) overtaken = true;
    if (event.key == "eval_stop" && overtaken) return true;
    if (event.key == "eval_stop") evaluating = false;
  }
  return false;
}

namespace {

struct RecordedRun {
  Observed seen;
  Schedule schedule;
};

RecordedRun at_present(const Trace& trace, const RecordedPlan& plan) {
  const double now = std::min(plan.now.value_or(present(trace)), trace.run_stop.value_or(1e300));
  const std::string unit = unit_of(trace, plan.total);
  RecordedRun run{observe(trace, unit, now), {plan.total, unit, plan.eval_start, plan.eval_every}};
  run.schedule.units_are_evaluations = unit == "eval";
  run.schedule.unseen_evaluations = plan.unseen_evaluations;
  if (!run.schedule.units_are_evaluations)  // a run that ends at an evaluation has done it
    run.schedule.last_unit_cut = evaluation_is_pipelined(trace, unit, now) ? priors::kPipelinedLastUnitCut : priors::kLoggedLastUnitCut;
  return run;
}

}  // namespace

Result<Forecast> forecast_recorded(const Trace& trace, const RecordedPlan& plan, const Trace* prior) {
  const RecordedRun run = at_present(trace, plan);
  if (!prior) return forecast(run.seen, run.schedule);
  const Prior earlier = prior_of(*prior, run.schedule.unit);
  return forecast(run.seen, run.schedule, &earlier);
}

Result<EarlyEnd> early_end_recorded(const Trace& trace, const RecordedPlan& plan, const StopRule& rule, const std::string& metric) {
  const RecordedRun run = at_present(trace, plan);
  const std::string& unit = run.schedule.unit;
  std::vector<MetricPoint> points;
  double done = 0;
  for (const auto& event : trace.events) {
    if (Seconds(event.at) > run.seen.now) break;
    done += event.key == unit + "_stop" ? 1 : 0;
    // An evaluation that is the unit is told before its end.
    if (event.key == metric && event.value) points.push_back({unit == "eval" ? static_cast<double>(points.size() + 1) : done, *event.value});
  }
  return early_end(run.seen, run.schedule, nullptr, points, rule);
}

}  // namespace carbontracker
