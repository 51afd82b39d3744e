#include "prediction/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "prediction/energy_curve.h"

namespace carbontracker {
namespace {

using Marks = std::span<const ProgressPoint>;
constexpr double kDark = 10;  // times what was read or marked: a time without readings that nothing can be said of

bool usable(const ProgressPoint& mark, double now) {
  return mark.at.count() >= 0 && mark.at.count() <= now && mark.done >= 0 && std::isfinite(mark.done);  // a NaN compares as false
}

struct Check {
  bool sound = true;   // usable and in order: used where they lie, without a copy
  bool falls = false;  // some mark is below the one before
};

// Without a branch: the one look at every mark.
Check check(const std::vector<ProgressPoint>& marks, double now) {
  if (marks.empty()) return {};
  Check out{usable(marks.front(), now) && usable(marks.back(), now), false};
  constexpr double kMost = 1e300;  // a NaN compares as false
  for (std::size_t i = 1; i < marks.size(); ++i) {
    out.sound &= marks[i - 1].at.count() <= marks[i].at.count();
    out.sound &= marks[i].done >= 0;
    out.sound &= marks[i].done < kMost;
    out.falls |= marks[i].done < marks[i - 1].done;
  }
  return out;
}

// Finite, within [0, now], in time order; of marks at one time the last.
std::vector<ProgressPoint> repaired(const Observed& seen) {
  std::vector<ProgressPoint> marks;
  std::copy_if(seen.progress.begin(), seen.progress.end(), std::back_inserter(marks), [&](auto& mark) { return usable(mark, seen.now.count()); });
  std::stable_sort(marks.begin(), marks.end(), [](auto& a, auto& b) { return a.at < b.at; });
  return marks;
}

double typical_step(Marks marks) {
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
ProgressPoint start_mark(Marks marks, const Observed& seen) {
  const double began = seen.first_unit_began ? seen.first_unit_began->count() : 0;
  ProgressPoint start{Seconds(std::isfinite(began) && began >= 0 && began < marks.front().at.count() ? began : 0), 0};
  const double step = typical_step(marks);
  if (step > 0 && marks.front().done > 3 * step + 1e-9) start.done = marks.front().done - step;
  return start;
}

// Stretches of rising progress; a fall (a restart) ends one and begins the next. Neighbours are joined so that few are left.
std::vector<CostSegment> segments_of(const ProgressPoint& start, Marks marks, bool falls, Series& series) {
  const std::size_t stride = (marks.size() + kMaxSegments - 1) / kMaxSegments;
  std::vector<CostSegment> segments;
  segments.reserve(kMaxSegments);
  ProgressPoint open = start;
  double before = start.done;
  std::size_t joined = 0;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!falls && joined + 1 < stride) {  // only the end of a stretch matters
      const std::size_t skipped = std::min(stride - 1 - joined, marks.size() - 1 - i);
      i += skipped, joined += skipped, before = i ? marks[i - 1].done : before;
    }
    const ProgressPoint& mark = marks[i];
    const bool fell = mark.done < before;
    before = mark.done;
    if (fell) {
      ++series.restarts;
      open = mark, joined = 0;
      continue;
    }
    if (++joined < stride && i + 1 < marks.size()) continue;
    if (mark.done > open.done && mark.at > open.at) {
      segments.push_back({open.done, mark.done, open.at.count(), mark.at.count()});
      open = mark;
    } else if (mark.done > open.done && !segments.empty() && segments.back().end == mark.at.count() && segments.back().to == open.done) {
      segments.back().to = mark.done;  // told together: nobody knows how the time was shared
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

double done_at(const ProgressPoint& start, Marks marks, double at) {
  const auto next = std::upper_bound(marks.begin(), marks.end(), at, [](double t, const ProgressPoint& m) { return t < m.at.count(); });
  if (next != marks.begin()) return std::prev(next)->done;
  return at < start.at.count() ? 0 : start.done;
}

void add_evaluations(Series& series, const Observed& seen, const ProgressPoint& start, Marks marks, const EnergyCurve& energy) {
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
          {done_at(start, marks, begin), end - begin, energy.joules_at(end) - energy.joules_at(begin), begin, end});
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

// Power just before the run: a low one of the later half. Of few readings what the last stretch ends with, or the one before where the last
// holds a rise to work.
double rest_watts(const EnergyCurve& energy) {
  constexpr std::size_t kFew = 4;
  constexpr double kRise = 1.15;
  const double half = energy.first_time() / 2;
  if (energy.count(half, 0) > kFew) return energy.watts_quantile(half, 0, 0.25);
  auto watts = energy.watts_between(energy.first_time(), 0);
  if (watts.size() > 1 && energy.last_time() > 0) watts.pop_back();  // it reaches into the run
  double last = watts.front(), rise = 0;
  for (const double each : watts) {
    if (each < kRise * last) rise = each - last, last = each;
  }
  return last + rise / 2;  // from its middle to its end
}

// What the power did, apart from progress. `began`: the first unit; readings of its set-up tell nothing of the work.
void read_power(Series& series, const EnergyCurve& energy, double began) {
  const double now = series.now, last = std::min(now, energy.last_time());
  series.unread = now - std::max(0.0, last);
  series.unread_watts = energy.last_watts();
  series.readings = static_cast<double>(energy.count(began, last)) * std::max(0.0, (last - began) / (now - began));
  const bool work_read = series.readings >= 0.5;
  series.recent_watts = energy.watts_quantile(0.6 * now, now, 0.85);
  series.settled_watts = last > 0 ? settled_watts(energy, 0, last, series.recent_watts) : series.recent_watts;
  if (energy.first_time() < 0) series.rest_watts = rest_watts(energy);
  if (work_read && series.rest_watts > 0.6 * series.recent_watts) series.rest_watts = 0;  // it was not at rest
  const double window = std::max(0.1 * now, 1e-9);
  const double lately = energy.joules_at(last) - energy.joules_at(last - window);
  const double before = energy.joules_at(last - 2 * window) - energy.joules_at(last - 3 * window);
  series.ramping = !work_read || lately > 1.12 * before || energy.last_watts() * window > 1.12 * lately;
}

}  // namespace

Result<Series> make_series(const Observed& seen) {
  Series series;
  series.now = seen.now.count();
  if (!std::isfinite(series.now) || series.now <= 0) return unexpected(Errc::unavailable, "the run has not begun");
  const Check marked = check(seen.progress, series.now);
  const auto mended = marked.sound ? std::vector<ProgressPoint>() : repaired(seen);
  const Marks marks = marked.sound ? Marks(seen.progress) : Marks(mended);
  const EnergyCurve energy(seen.energy, series.now, seen.watts_at_last);
  if (!energy.known()) return unexpected(Errc::unavailable, "no energy has been measured yet");
  series.joules = energy.joules_at(series.now) - energy.joules_at(0);
  if (!(series.joules > 0)) return unexpected(Errc::unavailable, "no energy has been measured yet");
  if (series.now - energy.last_time() > kDark * std::max(energy.last_time() - energy.first_time(), marks.empty() ? 0 : marks.back().at.count())) {
    return unexpected(Errc::unavailable, fmt::format("power was last read {:.6g} s ago", series.now - energy.last_time()));
  }
  if (marks.empty() || !(marks.back().done > 0)) return unexpected(Errc::unavailable, "no unit has finished yet");
  const ProgressPoint start = start_mark(marks, seen);
  read_power(series, energy, start.at.count());
  series.done = marks.back().done;
  series.last_mark = marks.back().at.count();
  series.holds_start = seen.first_unit_holds_start && !seen.first_unit_began;
  series.segments = segments_of(start, marks, !marked.sound || marked.falls, series);
  if (series.segments.empty()) return unexpected(Errc::unavailable, "no unit has finished since the run began anew");
  add_evaluations(series, seen, start, marks, energy);
  fill_segments(series, energy);
  series.since_mark = series.now - series.last_mark - series.evaluating;
  for (const auto& each : series.evaluations) series.since_mark -= overlap(each, series.last_mark, series.now);
  series.since_mark = std::max(0.0, series.since_mark);
  return series;
}

}  // namespace carbontracker
