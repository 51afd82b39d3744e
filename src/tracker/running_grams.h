#pragma once
// The grid that a run meets while it lasts: what was spent met that of its time, what is to come meets that of the time that is left. Pure.

#include "carbon/intensity.h"

namespace carbontracker {

class RunningGrams {
 public:
  // `year`: the figure of the place, which stands as long as nothing is told of its hours.
  explicit RunningGrams(CarbonIntensity year) : year_(year) {}

  // Energy of the run up to now; about once a second. `grid`: null as long as nobody told. What was spent before the first answer takes its present figure:
  // two bases are never mixed.
  void note(Joules spent, const IntensitySeries* grid, WallTime now);

  // Energy-weighted, of what was spent up to the last note.
  [[nodiscard]] CarbonIntensity so_far() const;
  // Of what is to come evenly within `left`.
  [[nodiscard]] CarbonIntensity ahead(const IntensitySeries* grid, WallTime now, Seconds left) const;

 private:
  CarbonIntensity year_;
  Joules told_{};                   // energy that met a grid that was told
  double weighted_ = 0;            // J g/kWh
};

}  // namespace carbontracker
