// How long a plan takes: 96 h x 50 regions, in one piece and in pieces. usage: bench_plan      (prints one JSON object)

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "advice/plan.h"

using namespace carbontracker;

namespace {

std::vector<PlanPlace> fifty_regions(WallTime from) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> g(30, 700);
  std::vector<PlanPlace> places;
  for (int r = 0; r < 50; ++r) {
    PlanPlace place{"region " + std::to_string(r), {.about = {}, .points = {}, .step = std::chrono::hours(1)}, 1.1};
    for (int h = 0; h < 96; ++h) {
      const double value = g(random);
      place.grid.points.push_back({from + std::chrono::hours(h), CarbonIntensity(value), CarbonIntensity(value * 0.8), CarbonIntensity(value * 1.2), true});
    }
    places.push_back(std::move(place));
  }
  return places;
}

double milliseconds(bool pausing) {
  const WallTime from = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  const auto places = fifty_regions(from);
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto began = std::chrono::steady_clock::now();
    const auto plan = plan_work({std::chrono::hours(12), Joules(3.6e8)}, {.from = from, .deadline = from + std::chrono::hours(96), .may_pause = pausing, .idle_share = 0.15}, places);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    if (!plan || plan->options.size() < 50) return -1;
  }
  std::nth_element(times.begin(), times.begin() + 4, times.end());
  return times[4];
}

}  // namespace

int main() { fmt::print("{{\"ms\": {:.3f}, \"ms_pausing\": {:.3f}}}\n", milliseconds(false), milliseconds(true)); }
