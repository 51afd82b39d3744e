#include "prediction/series.h"

#include <algorithm>
#include <cmath>

#include "prediction/energy_curve.h"

namespace carbontracker {
namespace {

struct Mark {
  double at, done;
};

// Finite, within [0, now], in time order; of marks at one time the last.
std::vector<Mark> usable_marks(const Observed& seen) {
  std::vector<Mark> marks;
  marks.reserve(seen.progress.size() + 1);
  bool ordered = true;
  for (const auto& point : seen.progress) {
    const Mark mark{point.at.count(), point.done};
    if (!std::isfinite(mark.at) || !std::isfinite(mark.done) || mark.done < 0) continue;
    if (mark.at < 0 || mark.at > seen.now.count()) continue;
    ordered = ordered && (marks.empty() || marks.back().at <= mark.at);
    marks.push_back(mark);
  }
  if (!ordered) std::stable_sort(marks.begin(), marks.end(), [](auto& a, auto& b) { return a.at < b.at; });
  return marks;
}

double typical_step(const std::vector<Mark>& marks) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < marks.size() && i < 200; ++i) {
    if (marks[i].done > marks[i - 1].done) steps.push_back(marks[i].done - marks[i - 1].done);
  }
  if (steps.empty()) return 0;
  std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2), steps.end());
  return steps[steps.size() / 2];
}

// The mark that the first one is counted from: nothing done when the run (or its first unit) began. A run that goes on
// from a checkpoint shows itself by a first mark far above the usual step.
Mark start_mark(const std::vector<Mark>& marks, const Observed& seen) {
  const double began = seen.first_unit_began ? seen.first_unit_began->count() : 0;
  Mark start{std::isfinite(began) && began >= 0 && began < marks.front().at ? began : 0, 0};
  const double step = typical_step(marks);
  if (step > 0 && marks.front().done > 3 * step + 1e-9) start.done = marks.front().done - step;
  return start;
}

// Stretches of rising progress; a fall (a restart) ends one and begins the next. Neighbours are joined so that few are left.
std::vector<CostSegment> segments_of(const std::vector<Mark>& marks, Series& series) {
  const std::size_t stride = (marks.size() + kMaxSegments - 2) / kMaxSegments;
  std::vector<CostSegment> segments;
  Mark open = marks.front();
  std::size_t joined = 0;
  for (std::size_t i = 1; i < marks.size(); ++i) {
    const Mark& mark = marks[i];
    if (mark.done < marks[i - 1].done) {
      ++series.restarts;
      open = mark;
      joined = 0;
      continue;
    }
    if (++joined < stride && i + 1 < marks.size()) continue;
    if (mark.done > open.done && mark.at > open.at) {
      segments.push_back({open.done, mark.done, open.at, mark.at});
      open = mark;
    }
    joined = 0;
  }
  return segments;
}

// The part of [begin, end] that evaluations take.
double overlap(const SeenEvaluation& evaluation, double begin, double end) {
  return std::max(0.0, std::min(end, evaluation.end) - std::max(begin, evaluation.begin));
}

double done_at(const std::vector<Mark>& marks, double at) {
  const auto next = std::upper_bound(marks.begin(), marks.end(), at, [](double t, const Mark& m) { return t < m.at; });
  return next == marks.begin() ? 0 : std::prev(next)->done;
}

void add_evaluations(Series& series, const Observed& seen, const std::vector<Mark>& marks, const EnergyCurve& energy) {
  constexpr std::size_t kMost = 4096;
  const std::size_t skipped = seen.evaluations.size() > kMost ? seen.evaluations.size() - kMost : 0;
  for (std::size_t i = skipped; i < seen.evaluations.size(); ++i) {
    const double begin = seen.evaluations[i].begin.count();
    if (!(begin >= 0 && begin <= series.now)) continue;
    const double end = seen.evaluations[i].end ? seen.evaluations[i].end->count() : series.now + 1;
    if (end > series.now) {
      series.evaluating = std::max(series.evaluating, series.now - begin);
    } else if (end > begin) {
      series.evaluations.push_back(
          {done_at(marks, begin), end - begin, energy.joules_at(end) - energy.joules_at(begin), begin, end});
    }
  }
}

void fill_segments(Series& series, const EnergyCurve& energy) {
  for (CostSegment& segment : series.segments) {
    segment.joules = energy.joules_at(segment.end) - energy.joules_at(segment.begin);
  }
  auto segment = series.segments.begin();
  for (const auto& evaluation : series.evaluations) {  // both in time order
    while (segment != series.segments.end() && segment->end <= evaluation.begin) ++segment;
    for (auto each = segment; each != series.segments.end() && each->begin < evaluation.end; ++each) {
      const double shared = overlap(evaluation, each->begin, each->end);
      if (each->evaluation_seconds + shared > 0.9 * (each->end - each->begin)) continue;  // the unit is the evaluation: nothing would be left
      each->evaluation_seconds += shared;
      each->evaluation_joules += evaluation.joules * shared / evaluation.seconds;
    }
  }
}

// Mean power since the ramp that the run began with: leading parts well below the level reached lately are left out.
double settled_watts(const EnergyCurve& energy, double begin, double end, double reached) {
  constexpr int kParts = 32;
  const double part = (end - begin) / kParts;
  int ramp = 0;
  while (ramp < kParts * 7 / 8 && energy.joules_at(begin + part * (ramp + 1)) - energy.joules_at(begin + part * ramp) < 0.93 * reached * part) ++ramp;
  return (energy.joules_at(end) - energy.joules_at(begin + part * ramp)) / (end - begin - part * ramp);
}

// What the power did, apart from progress.
void read_power(Series& series, const EnergyCurve& energy) {
  const double now = series.now, last = std::min(now, energy.last_time());
  series.unread = now - std::max(0.0, last);
  series.recent_watts = energy.watts_quantile(0.6 * now, now, 0.85);
  series.settled_watts = last > 0 ? settled_watts(energy, 0, last, series.recent_watts) : series.recent_watts;
  if (energy.first_time() < 0) series.rest_watts = energy.watts_quantile(energy.first_time() / 2, 0, 0.25);
  if (last > 0 && series.rest_watts > 0.6 * series.recent_watts) series.rest_watts = 0;  // it was not at rest
  const double window = std::max(0.1 * now, 1e-9);
  const double lately = energy.joules_at(last) - energy.joules_at(last - window);
  const double before = energy.joules_at(last - 2 * window) - energy.joules_at(last - 3 * window);
  series.ramping = last <= 0 || lately > 1.12 * before;
}

}  // namespace

Result<Series> make_series(const Observed& seen) {
  Series series;
  series.now = seen.now.count();
  if (!std::isfinite(series.now) || series.now <= 0) return unexpected(Errc::unavailable, "the run has not begun");
  auto marks = usable_marks(seen);
  const EnergyCurve energy(seen.energy, series.now);
  if (!energy.known()) return unexpected(Errc::unavailable, "no energy has been measured yet");
  series.joules = energy.joules_at(series.now) - energy.joules_at(0);
  if (!(series.joules > 0)) return unexpected(Errc::unavailable, "no energy has been measured yet");
  read_power(series, energy);
  if (marks.empty() || !(marks.back().done > 0)) return unexpected(Errc::unavailable, "no unit has finished yet");
  marks.insert(marks.begin(), start_mark(marks, seen));
  series.done = marks.back().done;
  series.last_mark = marks.back().at;
  series.segments = segments_of(marks, series);
  if (series.segments.empty()) return unexpected(Errc::unavailable, "no unit has finished since the run began anew");
  add_evaluations(series, seen, marks, energy);
  fill_segments(series, energy);
  series.since_mark = series.now - series.last_mark - series.evaluating;
  for (const auto& each : series.evaluations) series.since_mark -= overlap(each, series.last_mark, series.now);
  series.since_mark = std::max(0.0, series.since_mark);
  return series;
}

}  // namespace carbontracker
