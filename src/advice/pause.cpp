#include "advice/pause.h"

#include <fmt/format.h>

#include <algorithm>

#include "advice/hourly_cost.h"

namespace carbontracker {
namespace {

// A look comes about once a second, and a machine under load is late by more.
constexpr Seconds kMargin{30};

WallTime after(WallTime when, Seconds by) { return when + std::chrono::round<WallTime::duration>(by); }

// How much longer it may stand still.
Seconds room(const PauseRule& rule, const PauseState& state, WallTime now) {
  Seconds left = rule.longest - state.used;
  if (rule.deadline) left = std::min<Seconds>(left, *rule.deadline - now - state.rest.value_or(Seconds(0)) - kMargin);
  return left;
}

// The first moment at which the grid is below the limit again; `latest` where none is known before.
WallTime clean_from(const PauseRule& rule, const IntensitySeries& grid, WallTime now, WallTime latest) {
  for (const IntensityPoint& point : grid.points)
    if (point.start > now && point.g_per_kwh < rule.above * kContinueBelow) return std::min(point.start, latest);
  return latest;
}

// Grams a kW of work emits less by the pause: what is moved out of it goes to the end of the work; the machine's idle draw comes on top.
double gain(const IntensitySeries& grid, const PauseState& state, WallTime now, WallTime until) {
  if (!state.rest) return HourlyCost(grid, now, until).integral(now, until).middle * (1 - state.idle_share) - grid.about.g_per_kwh.value() * Seconds(until - now).count() / 3600;
  const WallTime end = after(now, *state.rest), later = after(until, *state.rest);
  const HourlyCost cost(grid, now, later);
  return cost.integral(now, until).middle * (1 - state.idle_share) - cost.integral(end, later).middle;
}

PauseDecision go_on(std::string why) { return {false, {}, std::move(why)}; }

PauseDecision while_paused(const PauseRule& rule, const IntensitySeries& grid, const PauseState& state, CarbonIntensity present, WallTime now) {
  if (present < rule.above * kContinueBelow) return go_on(fmt::format("the grid is at {:.0f} g/kWh", present.value()));
  if (state.used >= rule.longest) return go_on("--max-pause is used up");
  const Seconds left = room(rule, state, now);
  if (left <= Seconds(0)) return go_on("the deadline leaves no more time");
  return {true, clean_from(rule, grid, now, after(now, left)), {}};
}

}  // namespace

PauseDecision decide_pause(const PauseRule& rule, const IntensitySeries& grid, const PauseState& state, WallTime now) {
  const IntensityPoint* point = point_at(grid, now);
  if (!point) return go_on("the present grid is not known");
  const CarbonIntensity present = point->g_per_kwh;
  if (state.paused) return while_paused(rule, grid, state, present, now);
  if (!state.settled || !(present > rule.above)) return go_on({});
  if (rule.deadline && !state.rest) return go_on("how much work is left is not known, and the deadline stands");
  if (state.since && now - *state.since < kShortestPause) return go_on({});
  const Seconds left = room(rule, state, now);
  if (left < kShortestPause) return go_on(rule.deadline && rule.longest - state.used >= kShortestPause ? "the deadline leaves no time for it" : "--max-pause is used up");
  const WallTime until = clean_from(rule, grid, now, after(now, left));
  if (until - now < kShortestPause) return go_on("the grid is about to be cleaner");
  if (gain(grid, state, now, until) <= 0) return go_on("the work would only move to hours that are no better");
  return {true, until, fmt::format("the grid is at {:.0f} g/kWh", present.value())};
}

}  // namespace carbontracker
