#pragma once
// An earlier run of the same workload as the shape of this one: cost of unit i, evaluations and end are its; the scale is found anew.

#include <vector>

#include "prediction/predictive.h"

namespace carbontracker {

// Cumulative time and energy of an earlier run by units done. Its last unit ends with the run, so what a run ends with is in it.
class Profile {
 public:
  // Errc::unavailable where the earlier run holds no two marks or no energy.
  [[nodiscard]] static Result<Profile> of(const Prior& prior);

  // Cost of the units from `from` to `until` of a run of `total` units: the last unit is the earlier run's last, units beyond its
  // end cost what its late units did.
  [[nodiscard]] double seconds(double from, double until, double total) const { return cost(seconds_, late_seconds_, from, until, total); }
  [[nodiscard]] double joules(double from, double until, double total) const { return cost(joules_, late_joules_, from, until, total); }
  [[nodiscard]] double total() const { return units_.back(); }
  [[nodiscard]] double seconds_at(double done) const { return at(seconds_, done); }
  // Deviation of the logarithm of the time that a stretch of so many units took, by what neighbours differed by; 0 where too few are known.
  [[nodiscard]] double noise_of(double units) const;
  // Share of the time until `done` that lies above what the later units cost: start-up, compilation.
  [[nodiscard]] double start_share(double done) const;

 private:
  [[nodiscard]] double at(const std::vector<double>& cumulative, double done) const;
  [[nodiscard]] double cost(const std::vector<double>& cumulative, double late, double from, double until, double total) const;

  std::vector<double> units_, seconds_, joules_;  // from 0 on, rising
  double late_seconds_ = 0, late_joules_ = 0;     // per unit
  double noise_ = 0, noise_units_ = 1;            // of the stretch between two marks, and its usual length
};

// The rest of the run by the earlier one. Errc::unavailable where the earlier run does not fit what was seen.
[[nodiscard]] Result<Totals> predict_from(const Prior& prior, const Series& series, const Schedule& plan);
// Before the first unit has ended: nothing is known of the scale, and of `series` only `now` and `joules`.
[[nodiscard]] Result<Totals> predict_before_start(const Prior& prior, const Series& series, const Schedule& plan);

}  // namespace carbontracker
