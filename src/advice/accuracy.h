#pragma once
// Energy per point of accuracy between runs: what the last points cost. Pure.

#include <optional>
#include <string>
#include <vector>

#include "advice/advise.h"

namespace carbontracker {

struct ScoredRun {
  std::string id, name;
  Joules joules{};
  double points = 0;         // percent
};

// The run's score in percent: the tag `metric`, or the first of accuracy, acc, top1, f1, score; without such a tag the best value of the run's own metric of that
// name (`run --metric`, run.metric() in Python), with val_, eval_ or test_ before it rather than without. What is at most 1 is a share and is multiplied by 100 (of a
// metric: where all its values are). Nothing where there is neither, or no number from 0 to 100.
[[nodiscard]] std::optional<double> points_of(const RunRecord& run, const std::string& metric);

// Runs that no other beats at less energy, cheapest first; among equals the cheapest.
[[nodiscard]] std::vector<ScoredRun> frontier(std::vector<ScoredRun> runs);

// Of two runs or more: what a point more costs from each run of the frontier to the next, seen from `about`. Nothing with fewer than two
// scored runs of different score or energy.
[[nodiscard]] std::optional<AdviceItem> cost_per_point(const ScoredRun& about, const std::vector<ScoredRun>& all);

}  // namespace carbontracker
