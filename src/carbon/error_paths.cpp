#include "carbon/error_paths.h"

namespace carbontracker {

double weighted_quantile(std::vector<WeightedValue>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end(), [](const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; });
  double total = 0, run = 0;
  for (const WeightedValue& v : values) total += v.weight;
  for (const WeightedValue& v : values)
    if ((run += v.weight) >= share * total) return v.value;
  return values.back().value;
}

}  // namespace carbontracker
