#include "advice/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "advice/hourly_cost.h"
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

PlanOption option_of(const HourlyCost& cost, const PlanPlace& place, WallTime start, WallTime end, std::vector<Pause> pauses, const Work& work, double idle_share) {
  PlanOption out{start, end, std::move(pauses), place.name, {}, {}, {}, 0};
  GridMean sum = cost.integral(start, end);
  for (const Pause& pause : out.pauses) sum -= cost.integral(pause.start, pause.end) * (1 - idle_share);
  const double kilowatts = work.facility.value() / kJoulesPerKilowattHour / (work.duration.count() / 3600) * place.facility_factor;
  out.grams = Grams(sum.middle * kilowatts);
  out.low = Grams(sum.low * kilowatts);
  out.high = Grams(sum.high * kilowatts);
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

void compare(PlanOption& option, const PlanOption& now) {
  if (!(now.grams.value() > 0)) return;
  const double ratio = option.grams.value() / now.grams.value();
  const bool same = option.start == now.start && option.place == now.place && option.pauses.empty();
  const double spread = same ? 0 : std::exp(std::hypot(log_spread(option), log_spread(now)));
  option.saved_percent = 100 * (1 - ratio);
  option.saved_low = same ? 0 : 100 * (1 - ratio * spread);
  option.saved_high = same ? 0 : 100 * (1 - ratio / spread);
}

void add_options(std::vector<PlanOption>& options, const Work& work, const PlanWindow& window, const PlanPlace& place) {
  const HourlyCost cost(place.grid, window.from, window.deadline);
  const WallTime start = best_start(cost, window, work);
  options.push_back(option_of(cost, place, start, at(start, work.duration), {}, work, 0));
  if (!window.may_pause) return;
  const auto split = best_split(cost, window, work.duration);
  if (!split || split->pauses.empty()) return;
  PlanOption option = option_of(cost, place, split->start, split->end, split->pauses, work, window.idle_share);
  if (option.grams < options.back().grams) options.push_back(std::move(option));
}

}  // namespace

Result<Plan> plan_work(const Work& work, const PlanWindow& window, const std::vector<PlanPlace>& places) {
  if (const auto ok = check(work, window, places); !ok) return unexpected(ok.error());
  Plan plan;
  const PlanPlace& here = places.front();
  plan.now = option_of(HourlyCost(here.grid, window.from, window.deadline), here, window.from, at(window.from, work.duration), {}, work, 0);
  for (const PlanPlace& place : places) add_options(plan.options, work, window, place);
  for (PlanOption& option : plan.options) compare(option, plan.now);
  std::stable_sort(plan.options.begin(), plan.options.end(), [](const PlanOption& a, const PlanOption& b) { return a.grams < b.grams; });
  return plan;
}

}  // namespace carbontracker
