#pragma once
// Progress of a training, from whatever told us: the child's output, the tracker socket, or a call.

#include <string>

#include "base/clock.h"

namespace carbontracker {

enum class MarkKind {
  epoch_begin,   // `done` epochs are finished, another begins
  epoch_end,     // `done` epochs are finished
  step,          // `done` steps of `of` are finished
  region_begin,  // a named part begins (name)
  region_end,
  plan,          // `of` units are planned
  metric,        // a metric (name) has a new value
};

// A region of this name, whoever tells it, is time in which the run stood still on purpose: no progress, and no measure of its pace.
inline constexpr const char* kPausedRegion = "paused";

// Who told a metric: a call of the program, a line that it printed, or a bar that it draws again and again (not each sight is an evaluation).
enum class MetricSource { call, line, bar };

// A series ends where `unit` changes; within it the newest `of` holds, and `done` may carry fractions (2.35 epochs, as a step).
struct Mark {
  MarkKind kind = MarkKind::step;
  Instant at{};
  std::string name;     // region name; for progress what recognised it ("tqdm", "epoch line")
  double done = 0;
  double of = 0;        // 0: not said
  std::string unit;     // "epoch", "step"; empty for regions
  // What was taken from the same source before is withdrawn where its `done` is not below this one's: a guess was corrected,
  // or another phase began.
  bool revises = false;
  double value = 0;     // of a metric; NaN where the training has none
  MetricSource source = MetricSource::call;
};

}  // namespace carbontracker
