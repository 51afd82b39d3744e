// ProgressModel's part for bars that do not say what they count: which is believed, which is within which, which comes again.

#include <algorithm>
#include <cmath>
#include <string_view>

#include "progress/progress_model.h"

namespace carbontracker {
namespace {

constexpr double kQuickBar = 2;          // seconds: shorter is loading data, or does not matter
constexpr double kMostPerSecond = 20e3;  // no step of a training is that short: bytes, files
constexpr std::size_t kMostBars = 6;
constexpr const char* kEpoch = "epoch";
constexpr const char* kStep = "step";

bool is_epoch(const char* unit) { return std::string_view(unit) == kEpoch; }

}  // namespace

ProgressModel::Bar& ProgressModel::bar_of(const Observation& seen, Instant at) {
  for (Bar& bar : bars_) {
    if (bar.of == seen.of) return bar;
  }
  if (bars_.size() == kMostBars) bars_.erase(std::min_element(bars_.begin(), bars_.end(), [](const Bar& a, const Bar& b) { return a.changed < b.changed; }));
  bars_.push_back({.of = seen.of, .n = -1, .first_seen = at, .changed = at, .doubtful = seen.doubtful, .from_start = seen.n <= 0});
  return bars_.back();
}

// Its plan's mark has this time: what came before it, imports and loading, is no part of a step. Nothing where it does not tell.
std::optional<Instant> ProgressModel::begin_of(const Bar& bar, Instant at) const {
  if (bar.from_start) return bar.first_seen;
  if (bar.elapsed <= 0) return std::nullopt;
  return std::max(began_, at - std::chrono::duration_cast<Instant::duration>(Seconds(bar.elapsed)));
}

// A bar that was there before and is not at its end, unless the inner one has come round twice without moving it (left for good).
const ProgressModel::Bar* ProgressModel::outer_of(const Bar& inner) const {
  for (const Bar& bar : bars_) {
    if (&bar == &inner || bar.n >= bar.of || bar.elapsed < 0) continue;
    const bool older = &bar < &inner;  // they stand in the order in which they came, two in one chunk too
    const bool left = inner.restarts >= 2 && bar.n <= 0;
    if (older && !left) return &bar;
  }
  return nullptr;
}

// After a bar that has ended another one without a description must outlast it: what is shorter is validation.
bool ProgressModel::believes(const Bar& bar, const Observation& seen) const {
  if (bar.believed) return true;
  if (seen.n <= 0 || seen.n > kMostPerSecond * std::max(1.0, seen.elapsed)) return false;
  if (seen.sure) return true;
  if (seen.of < 2 && !seen.metrics) return false;
  double longest = 0;
  for (const Bar& other : bars_) {
    if (&other != &bar && other.n >= other.of) longest = std::max(longest, other.elapsed);
  }
  if (longest > 0) return seen.elapsed >= std::max(kQuickBar, longest) && !(bar.doubtful && !loss_seen_);
  return seen.metrics || loss_seen_ || (seen.elapsed >= kQuickBar && !bar.doubtful);
}

void ProgressModel::take_bar(const Observation& seen, Instant at, std::vector<Mark>& out) {
  settle_held(seen, out);
  Bar& bar = bar_of(seen, at);
  const bool again = seen.n < bar.n;
  if (again) ++bar.restarts;
  if (seen.n != bar.n) bar.changed = at;
  bar.n = seen.n;
  bar.elapsed = seen.elapsed;
  bar.sure = bar.sure || seen.sure || seen.metrics;
  bar.believed = believes(bar, seen);
  if (current_ >= 0 && is_epoch(unit_) && (numbered_ || of_ > 0) && !rounds_) return take_bar_within(bar, seen, at, out);
  if (!bar.believed && bar.restarts == 0) return;
  if (const Bar* outer = outer_of(bar)) {
    plan(outer->of, kStep, seen.source, at, out);
    whole_bar_ = outer->of;  // with another one within it is no lone bar
    const double done = std::max(0.0, outer->n) + std::min(0.999, seen.n / seen.of);
    steps_ = std::max(steps_, std::max(0.0, outer->n) * seen.of + seen.n);
    if (done <= done_) return;
    done_ = done;
    mark(MarkKind::step, done, seen.source, at, out);
  } else if (bar.restarts > 0) {
    take_round(bar, seen, at, out);
  } else {
    const bool other = of_ != 0 && of_ != seen.of && !is_epoch(unit_);
    if (other) done_ = std::max(done_, seen.n + 1);  // another phase, with another total
    const char* source = seen.of == whole_bar_ ? seen.source : kLoneBar;
    const bool starts = other || (of_ == 0 && !is_epoch(unit_));
    if (const auto begin = begin_of(bar, at); starts && begin) plan(seen.of, kStep, kBarBegins, *begin, out);
    take_steps(seen.n, seen.of, source, at, out);
  }
}

// Within the epoch that a line has named or an outer bar counts.
void ProgressModel::take_bar_within(const Bar& bar, const Observation& seen, Instant at, std::vector<Mark>& out) {
  if (!numbered_ && !epoch_bar_) return;  // of the whole run: the records say it
  if (!bar.believed && !seen.sure) return;
  Observation inner = seen;
  inner.inner = seen.n;
  inner.inner_of = seen.of;
  take_inner(inner, current_, at, out);
}

// It comes again and again, nobody says how often: no end is known. Where it is sure that it is the training's, a round is an epoch
// (and the user may have told their number).
void ProgressModel::take_round(const Bar& bar, const Observation& seen, Instant at, std::vector<Mark>& out) {
  if (!bar.sure) {
    if (of_ != 0 && seen.of != of_) return;  // evaluation, which came within the one that counts
    if (of_ != 0) {
      of_ = 0;
      mark(MarkKind::plan, std::max(0.0, done_), seen.source, at, out, true);
    }
    if (!bar.believed) return;
    mark(MarkKind::step, seen.n, seen.source, at, out, seen.n < done_);
    done_ = seen.n;
    return;
  }
  if (rounds_ && rounds_of_ != seen.of) return;  // validation's
  if (!rounds_) {
    if (of_ != 0) {
      of_ = 0;
      mark(MarkKind::plan, std::max(0.0, done_), seen.source, at, out, true);
    }
    unit_ = kEpoch;
    rounds_ = true;
    rounds_of_ = seen.of;
    done_ = -1;
  }
  if (bar.restarts != current_) {
    current_ = done_ = bar.restarts;
    mark(MarkKind::epoch_end, current_, seen.source, at, out);
  }
  const double done = current_ + std::min(0.999, seen.n / seen.of);
  steps_ = std::max(steps_, current_ * seen.of + seen.n);
  if (done <= done_) return;
  done_ = done;
  mark(MarkKind::step, done, seen.source, at, out);
}

// A bar with an end says more than a record of epochs without one (Hugging Face); the record is the sign that the bar is the training's.
bool ProgressModel::counts_steps_to_an_end(Instant at, std::vector<Mark>& out) {
  if (is_epoch(unit_)) return false;
  if (of_ > 0) whole_bar_ = of_;
  if (of_ > 0) return true;
  const auto runs = std::find_if(bars_.begin(), bars_.end(), [](const Bar& bar) { return bar.n > 0 && bar.n < bar.of && bar.restarts == 0; });
  if (runs == bars_.end()) return false;
  runs->believed = true;
  whole_bar_ = runs->of;
  if (const auto begin = begin_of(*runs, at)) plan(runs->of, kStep, kBarBegins, *begin, out);
  take_steps(runs->n, runs->of, "tqdm", at, out);
  return true;
}

// The bar that was there before "epoch 1/3" and comes again after it: the line stood at the end.
void ProgressModel::settle_held(const Observation& seen, std::vector<Mark>& out) {
  if (!held_) return;
  const bool before = std::any_of(bars_.begin(), bars_.end(), [&](const Bar& bar) { return bar.of == seen.of && bar.first_seen < line_at_; });
  release(before ? Bare::end : Bare::begin, out);
}

}  // namespace carbontracker
