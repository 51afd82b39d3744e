#pragma once
// A declared power over time and its exact integral, for the synthetic source.

#include <string_view>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"

namespace carbontracker {

// Text forms (t = 0 when the source opens; durations as in base/duration.h: 100ms, 2s, 1.5m or a bare number of seconds):
//   const:W                        W for ever
//   square:LOW:HIGH:PERIOD[:DUTY]  LOW first, then HIGH for the last DUTY (0 to 1, default 0.5) of each period
//   sine:LOW:HIGH:PERIOD           begins at the middle, rising
//   ramp:FROM:TO:DURATION          straight, then TO for ever
//   steps:W:DURATION[:W:DURATION...]:W   each for its time, the last for ever
class Waveform {
 public:
  [[nodiscard]] static Result<Waveform> parse(std::string_view text);

  [[nodiscard]] Watts power_at(Seconds t) const;
  [[nodiscard]] Joules energy_until(Seconds t) const;
  [[nodiscard]] Watts peak() const;

 private:
  enum class Shape { square, sine, ramp, steps };
  struct Step {
    double watts = 0;
    double seconds = 0;  // of the last one: for ever
  };

  [[nodiscard]] bool take(std::string_view shape, const std::vector<std::string_view>& arguments);
  [[nodiscard]] bool take_steps(const std::vector<std::string_view>& arguments);

  Shape shape_ = Shape::steps;
  double low_ = 0, high_ = 0, period_ = 1, duty_ = 0.5;
  std::vector<Step> steps_;
};

}  // namespace carbontracker
