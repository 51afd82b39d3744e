#include "tracker/progress_book.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "progress/progress_model.h"

namespace carbontracker {
namespace {

constexpr std::size_t kMostPoints = 4096;
constexpr Seconds kKeepSteps{30};
constexpr Seconds kGoesOn{2};  // behind what was planned: longer than an end takes
constexpr std::size_t kMostPauses = 512;

template <class Point>
void thin(std::vector<Point>& points) {
  if (points.size() <= kMostPoints) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (i % 2 == 0 || i + 1 == points.size()) points[kept++] = points[i];
  points.resize(kept);
}

std::string epoch_label(double number) { return "epoch " + std::to_string(static_cast<long long>(number)); }

}  // namespace

ProgressBook::ProgressBook(Ledger& ledger, double planned, bool whole_program)
    : ledger_(ledger), planned_(planned), whole_program_(whole_program), last_epoch_end_(ledger.began()) {
  schedule_.total = planned;
  schedule_.unit = planned > 0 ? "epoch" : "";
}

bool ProgressBook::take(const Mark& mark) {
  switch (mark.kind) {
    case MarkKind::region_begin: {
      const std::string parent = !nesting_.empty() ? nesting_.back() : epoch_ ? epoch_name_ : "";
      open_regions_[mark.name].push_back(ledger_.begin_region(mark.name, parent, mark.at));
      nesting_.push_back(mark.name);
      if (mark.name == kPausedRegion) paused(true, mark.at);
      return false;
    }
    case MarkKind::region_end: {
      auto& open = open_regions_[mark.name];
      if (open.empty()) return false;  // an end without a begin: nothing to close
      ledger_.end_region(open.back(), mark.at);
      open.pop_back();
      if (mark.name == kPausedRegion) paused(false, mark.at);
      const auto place = std::find(nesting_.rbegin(), nesting_.rend(), mark.name);
      if (place != nesting_.rend()) nesting_.erase(std::next(place).base());
      return false;
    }
    case MarkKind::plan:
      if (mark.unit == "step" && schedule_.unit == "epoch" && !points_.empty()) return false;  // a number of steps, of a run that counts epochs
      if (mark.of <= 0) {
        if (mark.revises && planned_ <= 0) withdraw_total(mark.at);
        return false;
      }
      if (mark.unit.empty() || mark.unit == "epoch") told_ = mark.of;
      if (mark.name == kBarBegins) first_began_ = since_start(mark.at);
      if (planned_ <= 0) schedule_.total = mark.of;
      if (points_.empty() && planned_ <= 0 && !mark.unit.empty()) schedule_.unit = mark.unit;
      return false;
    case MarkKind::epoch_begin: begin_epoch(mark.done + 1, mark.at); progress(mark, false); return false;
    case MarkKind::epoch_end: end_epoch(mark.done, mark.at, mark.revises); progress(mark, true); return true;
    case MarkKind::metric: return false;  // MetricBook's
    case MarkKind::step: progress(mark, false); return std::floor(done()) > 0 && std::floor(done()) == done();
  }
  return false;
}

bool ProgressBook::look(Instant now) {
  if (!complete() || points_.empty()) return false;
  const Seconds at = since_start(now), last = points_.back().at;
  if (at - last < std::max(kGoesOn, last * 0.1) || at < followed_ * 1.1) return false;
  followed_ = at;
  if (lone_bar_) withdraw_total(now);
  return true;
}

// What was taken for the end is none; forecasts up to here hold no longer.
void ProgressBook::withdraw_total(Instant at) {
  if (kept_.empty() || kept_.back().of == 0) kept_.push_back({since_start(at), done(), schedule_.total, schedule_.unit, ledger_.energy_until(at)});
  schedule_.total = 0;
  kept_.push_back({since_start(at), done(), 0, schedule_.unit, ledger_.energy_until(at)});
}

void ProgressBook::begin_epoch(double number, Instant at) {
  if (epoch_) ledger_.end_region(*epoch_, at);
  if (!first_began_ && points_.empty()) first_began_ = since_start(at);
  epoch_name_ = epoch_label(number);
  epoch_ = ledger_.begin_region(epoch_name_, "", at);
}

// Where only ends are told (a line printed after each epoch), an epoch lasted from the last end, the first from the start.
void ProgressBook::end_epoch(double number, Instant at, bool revises) {
  if (!epoch_ && revises && ended_epoch_ && ended_number_ == number) {  // that end was a wrong guess: the line stood at the epoch's beginning
    epoch_ = ended_epoch_;
    ledger_.begin_region_where_it_ended(*epoch_);
    if (number == 1) first_began_ = since_start(last_epoch_end_);
  }
  if (!epoch_) epoch_ = ledger_.begin_region(epoch_label(number), "", last_epoch_end_);
  ledger_.end_region(*epoch_, at);
  ended_epoch_ = std::exchange(epoch_, std::nullopt);
  ended_number_ = number;
  last_epoch_end_ = at;
}

void ProgressBook::restart(const std::string& unit) {
  points_.clear();
  schedule_.unit = unit;
  schedule_.total = unit != "epoch" ? 0 : planned_ > 0 ? planned_ : told_;  // what the user planned are epochs
}

// Epochs outrank steps: once an epoch is seen, steps are left out, unless only they have an end. Progress that goes back is a new phase.
void ProgressBook::progress(const Mark& mark, bool finished_unit) {
  const std::string unit = mark.unit.empty() ? "epoch" : mark.unit;
  if (unit != schedule_.unit) {
    if (schedule_.unit == "epoch" && !points_.empty() && (schedule_.total > 0 || mark.of == 0)) return;
    restart(unit);
  }
  if (mark.revises) std::erase_if(points_, [&](const ProgressPoint& point) { return point.done >= mark.done; });
  else if (!points_.empty() && mark.done < points_.back().done) restart(unit);
  if (mark.of > 0 && !(planned_ > 0 && unit == "epoch")) schedule_.total = mark.of;
  lone_bar_ = mark.name == kLoneBar;
  const Seconds at = since_start(mark.at);
  if (!points_.empty() && mark.done == points_.back().done && !finished_unit) return;
  points_.push_back({at, mark.done});
  thin(points_);
  note_energy(mark.at);
  const bool due = kept_.empty() || at - kept_.back().at >= kKeepSteps;
  if (finished_unit || due) kept_.push_back({at, mark.done, schedule_.total, unit, ledger_.energy_until(mark.at)});
}

void ProgressBook::note_energy(Instant at) {
  const Seconds when = since_start(at);
  if (!energy_.empty() && when - energy_.back().at < energy_spacing_ * 0.5) return;
  energy_.push_back({when, ledger_.energy_until(at)});
  if (energy_.size() > kMostPoints) energy_spacing_ *= 2;
  thin(energy_);
}

// Its edges are points of the energy series, so that what the pause took is told apart from the work beside it.
void ProgressBook::paused(bool begins, Instant at) {
  pausing_ += begins ? 1 : -1;
  if (pausing_ != (begins ? 1 : 0)) return;
  const Seconds when = since_start(at);
  if (energy_.empty() || when > energy_.back().at) energy_.push_back({when, ledger_.energy_until(at)});
  if (begins && pauses_.size() < kMostPauses) pauses_.push_back({when, std::nullopt});
  else if (!begins && !pauses_.empty() && !pauses_.back().end) pauses_.back().end = when;
}

void ProgressBook::end(Instant at) {
  if (epoch_) ledger_.end_region(*epoch_, at);
  epoch_.reset();
  for (auto& [name, open] : open_regions_)
    for (const RegionId region : open) ledger_.end_region(region, at);
  open_regions_.clear();
}

Observed ProgressBook::observed(Instant now) const {
  Observed seen;
  seen.progress = points_;
  seen.energy = energy_;
  seen.pauses = pauses_;
  seen.now = since_start(now);
  seen.first_unit_began = first_began_;
  seen.first_unit_holds_start = !first_began_;
  seen.program_end_follows = whole_program_;
  const EnergyPoint last{seen.now, ledger_.energy_until(now)};
  if (seen.energy.empty() || seen.energy.back().at < last.at) seen.energy.push_back(last);
  return seen;
}

}  // namespace carbontracker
