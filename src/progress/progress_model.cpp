#include "progress/progress_model.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace carbontracker {
namespace {

using Kind = Observation::Kind;
using Phase = Observation::Phase;

constexpr Seconds kShortestPattern{0.2};  // gaps below this tell nothing of when a line is printed
// A line without a result, first after this many times the gap to the second, stands at the end of an epoch: as much time had passed as an
// epoch takes. Later ones may stand at the beginning, after a slow start.
constexpr double kEndFrom = 0.9, kEndTo = 1.5;
constexpr double kMostUnits = 1e15;  // what is more is no count (nor is NaN)
constexpr const char* kEpoch = "epoch";
constexpr const char* kStep = "step";

bool is_epoch(const char* unit) { return std::string_view(unit) == kEpoch; }

}  // namespace

void ProgressModel::mark(MarkKind kind, double done, const char* source, Instant at, std::vector<Mark>& out, bool revises) {
  if (kind != MarkKind::plan && of_ > 0 && done > of_) {  // past what was taken for the end: there is none that we know
    of_ = 0;
    out.push_back({MarkKind::plan, at, source, std::max(0.0, done_), 0, unit_, true});
  }
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
  if (!numbered_) first_number_ = seen.n == 0 || seen.from_zero ? 0 : 1;
  if (numbered_ && seen.n < first_number_) first_number_ = 0;  // they counted from 0 after all
  numbered_ = true;
  double of = seen.of > 0 ? seen.of : planned_epochs_;
  if (seen.of > 0 && first_number_ == 0 && (seen.of_is_last || seen.n >= seen.of)) of = seen.of + 1;
  if (first_number_ == 0 && is_epoch(unit_) && of + 1 == of_) of = of_;  // found out before
  plan(of, kEpoch, seen.source, at, out);
}

bool ProgressModel::guesses_end(const Observation& seen) const {
  if (seen.phase != Phase::unsaid) return seen.phase == Phase::end;
  return seen.result ? !lines_begin_ : bare_ == Bare::end;
}

// A line at an epoch's end cannot come sooner after the start than an epoch takes.
void ProgressModel::check_guess(const Observation& seen, Instant at) {
  if (lines_ != 1 || seen.n != line_number_ + 1 || seen.phase != Phase::unsaid || !seen.result) return;
  const Seconds first = seconds_between(began_, line_at_), gap = seconds_between(line_at_, at);
  if (gap < kShortestPattern || first >= gap * 0.5) return;
  lines_begin_ = true;
  revise_next_ = true;
}

// "epoch 1/100" alone is held until what follows tells whether it began or ended that epoch.
bool ProgressModel::holds(const Observation& seen, Instant at, std::vector<Mark>& out) {
  const bool bare = seen.phase == Phase::unsaid && !seen.result;
  if (!held_ && bare && bare_ == Bare::unknown && lines_ == 0 && current_ < 0) {
    held_ = seen.n;
    line_number_ = seen.n;
    line_at_ = at;
    lines_ = 1;
    return true;
  }
  if (!held_) return false;
  const Seconds first = seconds_between(began_, line_at_), gap = seconds_between(line_at_, at);
  const bool as_long = gap >= kShortestPattern && first >= gap * kEndFrom && first <= gap * kEndTo;
  release(bare && seen.n == *held_ + 1 && before(*held_) == 0 && as_long ? Bare::end : Bare::begin, out);
  return false;
}

void ProgressModel::release(Bare what, std::vector<Mark>& out) {
  if (!held_) return;
  const double epochs_before = before(*std::exchange(held_, std::nullopt));
  bare_ = what;
  current_ = done_ = epochs_before + (what == Bare::end ? 1 : 0);
  if (current_ > 0) mark(MarkKind::epoch_end, current_, "epoch line", line_at_, out);
  if (what == Bare::begin) mark(MarkKind::epoch_begin, current_, "epoch line", line_at_, out);
}

void ProgressModel::take_epoch(const Observation& seen, Instant at, std::vector<Mark>& out) {
  number_epochs(seen, at, out);
  if (holds(seen, at, out)) return;
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
  steps_ = std::max(steps_, epochs_before * seen.inner_of + seen.inner);
  // What follows the last step (validation) belongs to the epoch: it is done when the next one begins.
  if (done <= done_ || (seen.inner >= seen.inner_of && (done != of_ || epoch_bar_))) return;
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
  steps_ = std::max(steps_, done);
  if (done == done_) return;
  const bool back = done < done_;
  done_ = done;
  mark(MarkKind::step, done, source, at, out, back);
}

void ProgressModel::take(const Observation& seen, Instant at, std::vector<Mark>& out) {
  const auto countable = [](double value) { return value >= 0 && value < kMostUnits; };
  if (!countable(seen.n) || !countable(seen.of) || !countable(seen.inner) || !countable(seen.inner_of)) return;
  loss_seen_ = loss_seen_ || seen.metrics;
  switch (seen.kind) {
    case Kind::epoch: return take_epoch(seen, at, out);
    case Kind::epoch_inner:
      release(Bare::begin, out);
      number_epochs(seen, at, out);
      return take_inner(seen, before(seen.n), at, out);
    case Kind::epochs_done:
      if (seen.of == 0 && planned_epochs_ == 0 && counts_steps_to_an_end(at, out)) return;
      epoch_bar_ = seen.of > 0;
      plan(seen.of > 0 ? seen.of : planned_epochs_, kEpoch, seen.source, at, out);
      return take_epochs_done(seen.n, seen.source, at, out);
    case Kind::inner:
      release(Bare::begin, out);
      if (current_ >= 0 && is_epoch(unit_)) take_inner(seen, current_, at, out);
      return;
    case Kind::steps: return take_steps(seen.n, seen.of, seen.source, at, out);
    case Kind::bar: return take_bar(seen, at, out);
    case Kind::total_epochs:
      planned_epochs_ = seen.of;
      return plan(seen.of, kEpoch, seen.source, at, out);
    case Kind::total_steps:
      whole_bar_ = seen.of;
      if (!is_epoch(unit_)) plan(seen.of, kStep, seen.source, at, out);
      return;
    case Kind::evidence: return;
  }
}

}  // namespace carbontracker
