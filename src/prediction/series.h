#pragma once
// The recorded points of a run, cleaned and thinned to a bounded number of segments of progress.

#include <vector>

#include "prediction/forecast.h"

namespace carbontracker {

inline constexpr std::size_t kMaxSegments = 256;

// A stretch of progress: units `from`..`to`, in the time and with the energy that it took. Evaluations inside are kept apart.
struct CostSegment {
  double from = 0, to = 0;       // units
  double begin = 0, end = 0;     // s since the run began
  double joules = 0;
  double evaluation_seconds = 0, evaluation_joules = 0;

  [[nodiscard]] double units() const { return to - from; }
  [[nodiscard]] double seconds_per_unit() const { return (end - begin - evaluation_seconds) / units(); }
  [[nodiscard]] double watts() const { return (joules - evaluation_joules) / (end - begin - evaluation_seconds); }
};

// A finished evaluation; `position`: units done when it began.
struct SeenEvaluation {
  double position = 0, seconds = 0, joules = 0, begin = 0, end = 0;
};

struct Series {
  std::vector<CostSegment> segments;
  std::vector<SeenEvaluation> evaluations;
  double done = 0;              // at the last mark
  double last_mark = 0;         // s; when `done` was reached
  double since_mark = 0;        // s of training since, evaluations left out
  double evaluating = 0;        // s that an evaluation has been running; 0 when none is
  double now = 0;
  double joules = 0;            // until now
  double recent_watts = 0;      // the higher level of power lately: what a ramp leads to
  double settled_watts = 0;     // mean since the ramp at the start of the run
  double rest_watts = 0;        // just before the run began; 0 where nothing was read then, or it was at work
  bool ramping = false;         // power still rose at the last reading
  double unread = 0;            // s at the end that no reading covers: their energy is extrapolated
  double unread_watts = 0;      // the power that it is extrapolated with
  double readings = 0;          // since the first unit began, times the share of that time until the last of them
  int restarts = 0;
  bool holds_start = false;     // the first segment began with the program
};

// Errc::unavailable where there is nothing to rest a forecast on, with the reason.
[[nodiscard]] Result<Series> make_series(const Observed& seen);

}  // namespace carbontracker
