#include "progress/progress_model.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace carbontracker {
namespace {

using Kind = Observation::Kind;
using Phase = Observation::Phase;

constexpr double kQuickBar = 2;         // seconds: shorter is loading data, or does not matter
constexpr std::size_t kMostBars = 6;
constexpr Seconds kShortestPattern{0.2};  // gaps below this tell nothing of when a line is printed
constexpr const char* kEpoch = "epoch";
constexpr const char* kStep = "step";

bool is_epoch(const char* unit) { return std::string_view(unit) == kEpoch; }

}  // namespace

void ProgressModel::mark(MarkKind kind, double done, const char* source, Instant at, std::vector<Mark>& out, bool revises) {
  out.push_back({kind, at, source, done, of_, unit_, revises});
}

// Another unit starts another series.
void ProgressModel::plan(double of, const char* unit, const char* source, Instant at, std::vector<Mark>& out) {
  const bool other_unit = std::string_view(unit) != unit_;
  if (!other_unit && (of == of_ || of == 0)) return;
  unit_ = unit;
  of_ = of;
  if (other_unit) done_ = -1;
  if (of > 0) mark(MarkKind::plan, std::max(0.0, done_), source, at, out);
}

void ProgressModel::number_epochs(const Observation& seen, Instant at, std::vector<Mark>& out) {
  if (!numbered_) first_number_ = seen.n == 0 ? 0 : 1;
  numbered_ = true;
  double of = seen.of > 0 ? seen.of : planned_epochs_;
  if (seen.of > 0 && first_number_ == 0 && (seen.of_is_last || seen.n >= seen.of)) of = seen.of + 1;
  if (first_number_ == 0 && is_epoch(unit_) && of + 1 == of_) of = of_;  // found out before
  plan(of, kEpoch, seen.source, at, out);
}

bool ProgressModel::guesses_end(const Observation& seen) const {
  if (seen.phase != Phase::unsaid) return seen.phase == Phase::end;
  return seen.metrics && !lines_begin_;
}

// A line at an epoch's end cannot come sooner after the start than an epoch takes.
void ProgressModel::check_guess(const Observation& seen, Instant at) {
  if (lines_ != 1 || seen.n != line_number_ + 1 || seen.phase != Phase::unsaid || !seen.metrics) return;
  const Seconds first = seconds_between(began_, line_at_), gap = seconds_between(line_at_, at);
  if (gap < kShortestPattern || first >= gap * 0.5) return;
  lines_begin_ = true;
  revise_next_ = true;
}

void ProgressModel::take_epoch(const Observation& seen, Instant at, std::vector<Mark>& out) {
  number_epochs(seen, at, out);
  check_guess(seen, at);
  const bool repeated = seen.n == line_number_;
  if (!repeated) {
    ++lines_;
    line_at_ = at;
  }
  line_number_ = seen.n;
  const bool end = guesses_end(seen);
  const double finished = before(seen.n) + (end ? 1 : 0);
  const bool revises = std::exchange(revise_next_, false) || finished < std::floor(done_);
  if (finished == current_ && !revises) return;  // said again, or the beginning of what follows the end just seen
  current_ = finished;
  inner_of_ = 0;
  done_ = finished;
  if (finished > 0) mark(MarkKind::epoch_end, finished, seen.source, at, out, revises);
  if (!end) mark(MarkKind::epoch_begin, finished, seen.source, at, out, revises && finished == 0);
}

void ProgressModel::take_inner(const Observation& seen, double epochs_before, Instant at, std::vector<Mark>& out) {
  if (seen.inner_of <= 0) return;
  const bool next_epoch = epochs_before > current_ && current_ >= 0;
  if (!next_epoch && epochs_before == current_ && inner_of_ > 0 && inner_of_ != seen.inner_of) return;  // another bar: validation
  const bool back = epochs_before < current_ && done_ > epochs_before + 1;
  if (epochs_before != current_) {
    if (epochs_before < current_ && !back) return;  // the epoch's bar drawn once more after its end
    if (done_ >= 0 && epochs_before > done_) mark(MarkKind::epoch_end, epochs_before, seen.source, at, out);
    mark(MarkKind::epoch_begin, epochs_before, seen.source, at, out, back);
    done_ = current_ = epochs_before;
  }
  inner_of_ = seen.inner_of;
  const double done = epochs_before + std::min(1.0, seen.inner / seen.inner_of);
  // What follows the last step (validation) belongs to the epoch: it is done when the next one begins.
  if (done <= done_ || (seen.inner >= seen.inner_of && done != of_)) return;
  done_ = done;
  mark(MarkKind::step, done, seen.source, at, out);
}

void ProgressModel::take_epochs_done(double done, const char* source, Instant at, std::vector<Mark>& out) {
  const bool back = done < done_ && std::floor(done) < std::floor(done_);
  if (done == done_ || (done < done_ && !back)) return;
  done_ = done;
  current_ = std::floor(done);
  const bool whole = done == current_ && done > 0;
  mark(whole ? MarkKind::epoch_end : MarkKind::step, done, source, at, out, back);
}

void ProgressModel::take_steps(double done, double of, const char* source, Instant at, std::vector<Mark>& out) {
  if (is_epoch(unit_) && (numbered_ || of_ > 0 || of == 0)) return;  // epochs say more, unless only steps tell the end
  if (of == 0 && of_ > 0 && source != std::string_view("step line") && source != std::string_view("record")) return;
  plan(of, kStep, source, at, out);
  if (done == done_) return;
  const bool back = done < done_;
  done_ = done;
  mark(MarkKind::step, done, source, at, out, back);
}

ProgressModel::Bar& ProgressModel::bar_of(double of, Instant at) {
  for (Bar& bar : bars_) {
    if (bar.of == of) return bar;
  }
  if (bars_.size() == kMostBars) bars_.erase(std::min_element(bars_.begin(), bars_.end(), [](const Bar& a, const Bar& b) { return a.changed < b.changed; }));
  bars_.push_back({.of = of, .n = -1, .first_seen = at, .changed = at});
  return bars_.back();
}

// A bar that was there before and is not at its end, unless the inner one has come round twice without moving it (left for good).
const ProgressModel::Bar* ProgressModel::outer_of(const Bar& inner) const {
  for (const Bar& bar : bars_) {
    if (&bar == &inner || bar.n >= bar.of || bar.elapsed < 0) continue;
    const bool older = bar.first_seen < inner.first_seen;
    const bool left = inner.restarts >= 2 && bar.n <= 0;
    if (older && !left) return &bar;
  }
  return nullptr;
}

void ProgressModel::take_bar(const Observation& seen, Instant at, std::vector<Mark>& out) {
  Bar& bar = bar_of(seen.of, at);
  if (seen.n < bar.n) {
    ++bar.restarts;
    bar.believed = bar.believed && seen.elapsed > 0;
  }
  if (seen.n != bar.n) bar.changed = at;
  bar.n = seen.n;
  bar.elapsed = seen.elapsed;
  bar.believed = bar.believed || (seen.n > 0 && (seen.elapsed >= kQuickBar || seen.sure || loss_seen_));
  if (current_ >= 0 && is_epoch(unit_) && (numbered_ || of_ > 0)) {  // within the epoch that a line has named
    if (!numbered_) return;  // of the whole run: the records say it
    Observation inner = seen;
    inner.inner = seen.n;
    inner.inner_of = seen.of;
    if (bar.believed || seen.sure) take_inner(inner, current_, at, out);
    return;
  }
  if (!bar.believed && bar.restarts == 0) return;
  if (const Bar* outer = outer_of(bar)) {
    plan(outer->of, kStep, seen.source, at, out);
    const double done = std::max(0.0, outer->n) + std::min(0.999, seen.n / seen.of);
    if (done <= done_) return;
    done_ = done;
    mark(MarkKind::step, done, seen.source, at, out);
  } else if (bar.restarts > 0) {  // it comes again and again, nobody says how often: no end is known
    if (of_ != 0) {
      of_ = 0;
      mark(MarkKind::plan, std::max(0.0, done_), seen.source, at, out, true);
    }
    if (bar.believed) mark(MarkKind::step, seen.n, seen.source, at, out, seen.n < done_);
    if (bar.believed) done_ = seen.n;
  } else {
    const bool other = of_ != 0 && of_ != seen.of && !is_epoch(unit_);
    if (other) done_ = std::max(done_, seen.n + 1);  // another phase, with another total
    take_steps(seen.n, seen.of, seen.source, at, out);
  }
}

void ProgressModel::take(const Observation& seen, Instant at, std::vector<Mark>& out) {
  loss_seen_ = loss_seen_ || seen.metrics;
  switch (seen.kind) {
    case Kind::epoch: return take_epoch(seen, at, out);
    case Kind::epoch_inner:
      number_epochs(seen, at, out);
      return take_inner(seen, before(seen.n), at, out);
    case Kind::epochs_done:
      if (!is_epoch(unit_) && of_ > 0 && seen.of == 0 && planned_epochs_ == 0) return;  // a bar with an end says more
      plan(seen.of > 0 ? seen.of : planned_epochs_, kEpoch, seen.source, at, out);
      return take_epochs_done(seen.n, seen.source, at, out);
    case Kind::inner:
      if (current_ >= 0 && is_epoch(unit_)) take_inner(seen, current_, at, out);
      return;
    case Kind::steps: return take_steps(seen.n, seen.of, seen.source, at, out);
    case Kind::bar: return take_bar(seen, at, out);
    case Kind::total_epochs:
      planned_epochs_ = seen.of;
      return plan(seen.of, kEpoch, seen.source, at, out);
    case Kind::total_steps:
      if (!is_epoch(unit_)) plan(seen.of, kStep, seen.source, at, out);
      return;
    case Kind::evidence: return;
  }
}

}  // namespace carbontracker
