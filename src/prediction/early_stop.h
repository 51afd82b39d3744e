#pragma once
// Where a training that stops early is likely to stop: the plan's end is a ceiling. Pure.

#include <optional>
#include <vector>

#include "carbontracker/result.h"
#include "prediction/distribution.h"

namespace carbontracker {

struct MetricPoint {
  double done = 0;    // units
  double value = 0;   // of the validation metric
};

// One of the two, or both: the first that is met ends the run.
struct StopRule {
  std::optional<double> target;    // stops when the metric reaches it
  std::optional<double> patience;  // stops after this many evaluations without a new best by min_delta
  double min_delta = 0;
  bool larger_is_better = true;    // accuracy; false: a loss
};

// Units at the end: the median and the distribution, never above the plan's total nor below what is done.
struct LikelyEnd {
  double units = 0;
  Distribution distribution;
};

// The metric is continued as a power law towards a limit, value = limit - gain x done^-power (Hestness et al. 2017: learning curves
// are power laws), fitted by least squares over a grid of powers; its scatter about the curve stands for the doubt.
// Errc::unavailable before three evaluations, and where no rule is given.
[[nodiscard]] Result<LikelyEnd> likely_end(const std::vector<MetricPoint>& seen, const StopRule& rule, double total);

}  // namespace carbontracker
