#pragma once
// The level of a cost per unit of progress now, and where it is going: warm-up, outliers, steps and drift told apart.

#include <cstddef>
#include <vector>

namespace carbontracker {

struct CostPoint {
  double position = 0;  // units done, at the middle of the stretch
  double value = 0;     // cost per unit (seconds) or power (watts); above 0
  double units = 0;     // progress that it stands for
};

// A cost above the level that comes again and again (an evaluation that nobody marked), or once (a stall).
struct Extra {
  double position = 0;
  double cost = 0;      // above the level, times the units of the stretch
};

struct Level {
  double value = 0;      // at the last position
  double slope = 0;      // per unit of progress, at the last position
  double decay = 0;      // the slope falls by exp(-decay * units); 0: straight on
  double unproven = 0;   // a slope that the points allow and do not prove; 0 where one is proven
  double chance = 0;     // that it is one
  double deviation = 0;  // of `value`, relative: what the scatter of the points leaves open
  double doubt = 0;      // relative: that the only point after a warm-up is no level, where the warm-up may have been scatter
  double scatter = 0;    // of single points, relative
  double wander = 0;     // of the means of neighbouring points, relative, above what their scatter makes: a machine that is not always as fast
  double units_each = 1; // progress that a point stands for, usually
  std::size_t used = 0;  // points that the level rests on
  std::size_t warm_up = 0;  // points left out at the start
  bool step = false;     // the level changed at some point, and only what came later is used
  std::vector<Extra> extras;

  // Integral of the level over the next `units` of progress, with the slope times `bend` (0: level, 1: as found), and `extra_slope` on top. Never below
  // half, nor above four times, of what the level alone gives.
  [[nodiscard]] double integral(double units, double bend, double extra_slope = 0) const;
};

enum class WarmUp { above, either };  // a start that is slower, or one that differs

// `points` in order of position, at least one. `find_extras`: large single costs are extras, not scatter.
[[nodiscard]] Level find_level(std::vector<CostPoint> points, WarmUp warm_up, bool find_extras);

[[nodiscard]] double median_of(std::vector<double> values);  // of at least one value

}  // namespace carbontracker
