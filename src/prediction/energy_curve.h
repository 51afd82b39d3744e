#pragma once
// Cumulative energy at any time, from recorded points.

#include <optional>
#include <vector>

#include "prediction/forecast.h"

namespace carbontracker {

// Points with NaN are skipped and a fall counts as no increase. Between points linear; before the first and after the last
// with the power of the nearest stretch (a reading may be 20 s away from a short unit). Refers to `points` while it lives.
class EnergyCurve {
 public:
  // `watts_at_last`: holds after the last point, instead of the power of the last stretch.
  EnergyCurve(const std::vector<EnergyPoint>& points, double now, std::optional<Watts> watts_at_last = std::nullopt);
  EnergyCurve(const EnergyCurve&) = delete;
  EnergyCurve& operator=(const EnergyCurve&) = delete;
  // Whether any energy is known: two points at different times, or one after the run began.
  [[nodiscard]] bool known() const { return points_->size() >= 2; }
  [[nodiscard]] double joules_at(double seconds) const;
  [[nodiscard]] double first_time() const { return points_->front().at.count(); }
  [[nodiscard]] double last_time() const { return points_->back().at.count(); }
  // Power after the last point.
  [[nodiscard]] double last_watts() const;
  // The power that a share `p` of the time between `begin` and `end` stays below.
  [[nodiscard]] double watts_quantile(double begin, double end, double p) const;
  // Power of the stretches that meet [begin, end], in order; of at most 64, evenly chosen.
  [[nodiscard]] std::vector<double> watts_between(double begin, double end) const;
  // Points after `begin`, until `end`.
  [[nodiscard]] std::size_t count(double begin, double end) const;

 private:
  [[nodiscard]] std::size_t after(double seconds) const;

  std::vector<EnergyPoint> repaired_;  // used only where the points need repair
  const std::vector<EnergyPoint>* points_;
  std::optional<double> last_watts_;
};

}  // namespace carbontracker
