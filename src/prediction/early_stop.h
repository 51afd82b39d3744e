#pragma once
// Where a training that stops early is likely to stop: the plan's end is a ceiling. Pure.

#include <optional>
#include <vector>

#include "carbontracker/result.h"
#include "prediction/distribution.h"
#include "prediction/learning_curve.h"

namespace carbontracker {

// One of the two, or both: the first that is met ends the run.
struct StopRule {
  std::optional<double> target;    // stops when the metric reaches it
  std::optional<double> patience;  // stops after this many evaluations without a new best by min_delta; 0: after the first, as 1
  double min_delta = 0;
  bool larger_is_better = true;    // accuracy; false: a loss
};

// Units at the end: the median and the distribution, never above the plan's total nor below what is done.
struct LikelyEnd {
  double units = 0;
  Distribution distribution;
  double before_plan = 0;          // probability that the rule ends the run before the plan does
  bool met = false;                // at an evaluation that was seen
};

// The metric is continued along many curves (learning_curve.h), and the rule is held against each. A value that is no number is an
// evaluation without a new best. Errc::unavailable before three evaluations with a value, and where no rule is given.
[[nodiscard]] Result<LikelyEnd> likely_end(const std::vector<MetricPoint>& seen, const StopRule& rule, double total);

}  // namespace carbontracker
