#include "advice/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "advice/hourly_cost.h"
#include "advice/joint_errors.h"
#include "advice/split.h"

namespace carbontracker {
namespace {

std::string hours(Seconds s) { return fmt::format("{:.1f} h", s.count() / 3600); }

Result<> check(const Work& work, const PlanWindow& window, const std::vector<PlanPlace>& places) {
  if (places.empty()) return unexpected(Errc::invalid_input, "plan: no place to run at", "give one with --place");
  if (!(work.duration.count() > 0) || !std::isfinite(work.duration.count())) return unexpected(Errc::invalid_input, "plan: the work takes no time", "give its length with --hours");
  if (!(work.facility.value() > 0) || !std::isfinite(work.facility.value())) return unexpected(Errc::invalid_input, "plan: the work takes no energy", "give it with --kwh");
  const Seconds room = window.deadline - window.from;
  // Times are kept in milliseconds, so that a work that just fits must not fail by a rounding.
  if (room + std::chrono::milliseconds(2) < work.duration)
    return unexpected(Errc::invalid_input, fmt::format("plan: {} of work do not fit into {} until the deadline", hours(work.duration), hours(std::max(room, Seconds(0)))),
                      fmt::format("let it end {} later", hours(work.duration - room)));
  return {};
}

WallTime at(WallTime from, Seconds after) { return from + std::chrono::round<WallTime::duration>(after); }

// An option with its grams by path of its place's errors, where these are known.
struct Weighed {
  PlanOption option;
  std::vector<double> by_path;
};

Weighed weighed(const HourlyCost& cost, const PlanPlace& place, PlanOption option, const Work& work, double idle_share) {
  GridMean sum = cost.integral(option.start, option.end);
  for (const Pause& pause : option.pauses) sum -= cost.integral(pause.start, pause.end) * (1 - idle_share);
  const double kilowatts = work.facility.value() / kJoulesPerKilowattHour / (work.duration.count() / 3600) * place.facility_factor;
  option.place = place.name;
  option.grams = Grams(sum.middle * kilowatts);
  option.low = Grams(sum.low * kilowatts);
  option.high = Grams(sum.high * kilowatts);
  Weighed out{std::move(option), {}};
  out.by_path = grams_by_path(cost, place.grid, out.option, kilowatts, idle_share);
  if (out.by_path.empty()) return out;
  const Ninety bounds = ninety_of(*place.grid.errors, out.by_path);
  out.option.low = Grams(std::min(bounds.low, sum.middle * kilowatts));
  out.option.high = Grams(std::max(bounds.high, sum.middle * kilowatts));
  return out;
}

// The sum over the work is least where a start or an end meets the edge of a point: between edges it changes linearly.
WallTime best_start(const HourlyCost& cost, const PlanWindow& window, const Work& work) {
  const WallTime last = std::max(window.from, at(window.deadline, -work.duration));
  std::vector<WallTime> starts{window.from, last};
  for (WallTime edge : cost.edges())
    for (WallTime start : {edge, at(edge, -work.duration)})
      if (start > window.from && start < last) starts.push_back(start);
  std::sort(starts.begin(), starts.end());
  WallTime best = window.from;
  double least = cost.integral(best, at(best, work.duration)).middle;
  for (WallTime start : starts) {
    const double sum = cost.integral(start, at(start, work.duration)).middle;
    if (sum < least * (1 - 1e-9)) best = start, least = sum;  // of equals the earliest
  }
  return best;
}

// Half the 90 % interval of a figure's logarithm.
double log_spread(const PlanOption& o) { return o.low.value() > 0 && o.high > o.low ? std::log(o.high.value() / o.low.value()) / 2 : 0; }

// The saving's interval by paths of one forecast: its errors are the same in both figures.
Ninety joint_saving(const ErrorPaths& errors, const std::vector<double>& option, const std::vector<double>& now) {
  std::vector<double> saved;
  for (std::size_t i = 0; i < option.size(); ++i) saved.push_back(now[i] > 0 ? 100 * (1 - option[i] / now[i]) : 0);
  return ninety_of(errors, saved);
}

PlanOption compared(Weighed weighed, const Weighed& now, const PlanPlace& here) {
  PlanOption& option = weighed.option;
  if (!(now.option.grams.value() > 0)) return option;
  const double ratio = option.grams.value() / now.option.grams.value();
  option.saved_percent = 100 * (1 - ratio);
  if (option.place == now.option.place && option.start == now.option.start && option.pauses.empty()) return option;
  Ninety saved;
  if (option.place == now.option.place && !weighed.by_path.empty() && weighed.by_path.size() == now.by_path.size()) {
    saved = joint_saving(*here.grid.errors, weighed.by_path, now.by_path);
  } else {
    const double spread = std::exp(std::hypot(log_spread(option), log_spread(now.option)));
    saved = {100 * (1 - ratio * spread), 100 * (1 - ratio / spread)};
  }
  option.saved_low = std::min(saved.low, option.saved_percent);
  option.saved_high = std::max(saved.high, option.saved_percent);
  return option;
}

PlanOption span(WallTime start, WallTime end, std::vector<Pause> pauses = {}) {
  PlanOption out;
  out.start = start, out.end = end, out.pauses = std::move(pauses);
  return out;
}

// The window up to where the grid is known, and room for the work behind that: later hours are all alike.
PlanWindow looked_at(const PlanWindow& window, const Work& work, const IntensitySeries& grid) {
  PlanWindow out = window;
  WallTime known = window.from;
  if (!grid.points.empty()) known = std::max(known, at(grid.points.back().start, 3 * grid.step));
  out.deadline = std::min(window.deadline, at(known, work.duration + window.shortest_piece));
  return out;
}

void add_options(std::vector<Weighed>& options, const Work& work, const PlanWindow& whole, const PlanPlace& place) {
  const PlanWindow window = looked_at(whole, work, place.grid);
  const HourlyCost cost(place.grid, window.from, window.deadline);
  const WallTime start = best_start(cost, window, work);
  options.push_back(weighed(cost, place, span(start, at(start, work.duration)), work, 0));
  if (!window.may_pause) return;
  const auto split = best_split(cost, window, work.duration);
  if (!split || split->pauses.empty()) return;
  Weighed option = weighed(cost, place, span(split->start, split->end, split->pauses), work, window.idle_share);
  if (option.option.grams < options.back().option.grams) options.push_back(std::move(option));
}

}  // namespace

Result<Plan> plan_work(const Work& work, const PlanWindow& window, const std::vector<PlanPlace>& places) {
  if (const auto ok = check(work, window, places); !ok) return unexpected(ok.error());
  const PlanPlace& here = places.front();
  const Weighed now = weighed(HourlyCost(here.grid, window.from, window.deadline), here, span(window.from, at(window.from, work.duration)), work, 0);
  std::vector<Weighed> found;
  for (const PlanPlace& place : places) add_options(found, work, window, place);
  Plan plan;
  plan.now = now.option;
  for (Weighed& option : found) plan.options.push_back(compared(std::move(option), now, here));
  std::stable_sort(plan.options.begin(), plan.options.end(), [](const PlanOption& a, const PlanOption& b) { return a.grams < b.grams; });
  return plan;
}

}  // namespace carbontracker
