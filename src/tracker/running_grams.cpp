#include "tracker/running_grams.h"

#include "carbon/remaining.h"

namespace carbontracker {

void RunningGrams::note(Joules spent, const IntensitySeries* grid, WallTime now) {
  if (!grid) return;
  const Joules more = spent - told_;
  weighted_ += more.value() * mean_told(*grid, now, Seconds(0)).value();
  told_ = spent;
}

CarbonIntensity RunningGrams::so_far() const { return told_ > Joules(0) ? CarbonIntensity(weighted_ / told_.value()) : year_; }

CarbonIntensity RunningGrams::ahead(const IntensitySeries* grid, WallTime now, Seconds left) const { return grid ? mean_told(*grid, now, left) : so_far(); }

}  // namespace carbontracker
