#pragma once
// What a plan's figures leave open where it is known how the hours of a forecast err together (carbon/error_paths.h). Pure.

#include <vector>

#include "advice/hourly_cost.h"
#include "advice/plan.h"

namespace carbontracker {

// Grams of an option, had the forecast erred as in each of its paths; in the order of the paths. Empty where these are not known, or do not reach
// all its hours.
[[nodiscard]] std::vector<double> grams_by_path(const HourlyCost& cost, const IntensitySeries& grid, const PlanOption& option, double kilowatts, double idle_share);

struct Ninety {
  double low = 0, high = 0;
};
// Of values by path.
[[nodiscard]] Ninety ninety_of(const ErrorPaths& errors, const std::vector<double>& by_path);

}  // namespace carbontracker
