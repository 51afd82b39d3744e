#include "tracker/metric_book.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr std::size_t kMost = 4096;       // values kept, and of the rule's metric
constexpr std::size_t kMostOpen = 64;     // between two marks of progress
constexpr double kLatePart = 0.5;         // of an epoch: a value told before is not that of its end

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Told once for each evaluation, and not while the training goes on.
bool of_validation(const std::string& name) {
  for (const char* word : {"val", "eval", "test", "dev"})
    if (name.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace

EndRecord end_record(const EarlyEnd& made, const std::string& metric, const StopRule& rule, Seconds at) {
  const Distribution& units = made.end.distribution;
  return {at, metric, rule.target, rule.patience, rule.min_delta, rule.larger_is_better, {}, made.end.units, units.quantile(0.05), units.quantile(0.95), made.end.before_plan,
          made.joules, made.low, made.high, made.seconds, made.seconds_low, made.seconds_high};
}

void MetricBook::follow(MetricRule rule) {
  if (rule_ && rule_->metric == rule.metric) {
    rule_ = std::move(rule);
    return;
  }
  rule_ = std::move(rule);
  points_.clear();
  bar_ = {};
  for (const MetricRecord& record : kept_)
    if (record.name == rule_->metric) points_.push_back({record.done, record.value});
}

bool MetricBook::take(const Mark& mark, double done, Seconds at) {
  const bool followed = follows(mark.name);
  last_at_ = at;
  leads_ = leads_ || unit_.empty();
  if (mark.source == MetricSource::call) {
    if (followed && !called_) points_.clear(), std::erase_if(open_, [&](const MetricRecord& r) { return follows(r.name); });
    called_ = called_ || followed;
    add(mark.name, mark.value, done, at);
    return followed;
  }
  if (!followed || called_) return false;
  if (mark.source == MetricSource::bar) return take_bar(mark.value, done, at);
  add(mark.name, mark.value, done, at);
  return true;
}

void MetricBook::add(const std::string& name, double value, double done, Seconds at) {
  const bool twice = std::any_of(open_.begin(), open_.end(), [&](const MetricRecord& r) { return r.name == name && r.done == done && same(r.value, value); });
  if (!twice && open_.size() < kMostOpen) open_.push_back({at, name, done, unit_, value});
}

bool MetricBook::take_bar(double value, double done, Seconds at) {
  const bool changed = !bar_.shown || !same(bar_.value, value);
  bar_ = {value, true, bar_.changed || changed};
  if (!changed || !of_validation(rule_->metric)) return false;
  add(rule_->metric, value, done, at);
  bar_.changed = false;
  return true;
}

// A bar that shows what it showed before tells an evaluation only where evaluations came at this distance.
void MetricBook::end_epoch_of_bar(double done) {
  if (!bar_.shown || called_) return;
  const bool open = std::any_of(open_.begin(), open_.end(), [&](const MetricRecord& r) { return follows(r.name); });
  const std::size_t n = points_.size();
  const bool due = n >= 2 && done - points_[n - 1].done >= points_[n - 1].done - points_[n - 2].done - 1e-9;
  if (!open && (of_validation(rule_->metric) ? due : bar_.changed)) open_.push_back({last_at_, rule_->metric, done, unit_, bar_.value});
  bar_.changed = false;
}

void MetricBook::progressed(const Mark& mark) {
  const std::string unit = mark.unit.empty() ? "epoch" : mark.unit;
  if (mark.kind != MarkKind::epoch_begin && mark.kind != MarkKind::epoch_end && mark.kind != MarkKind::step) return;
  const bool whole = unit == "epoch" && mark.done == std::floor(mark.done);
  if (whole && rule_ && mark.done > 0) end_epoch_of_bar(mark.done);
  if (!open_.empty()) settle(mark.done, whole);
  if (unit != unit_ && !unit_.empty()) points_.clear();
  while (!points_.empty() && points_.back().done > mark.done) points_.pop_back();  // it goes back
  unit_ = unit;
  // A record that tells whole epochs stands at an epoch's end; a bar that does so has begun the next.
  const bool at_end = mark.kind == MarkKind::epoch_end ? !leads_ : mark.kind == MarkKind::step && whole && mark.name == "record";
  within_epoch_ = unit == "epoch" && !at_end;
}

// What is told again of the same place, or of one before, replaces what was told first.
void MetricBook::put(const MetricRecord& record) {
  while (!points_.empty() && points_.back().done >= record.done) points_.pop_back();
  if (points_.size() < kMost) points_.push_back({record.done, record.value});
}

// Several of one place: within an epoch they are spread over it, else the last stands.
void MetricBook::settle(double done, bool epoch_ends) {
  for (std::size_t i = 0; i < open_.size(); ++i) {
    MetricRecord& record = open_[i];
    const auto alike = [&](const MetricRecord& r) { return r.name == record.name && r.done == record.done; };
    const double after = static_cast<double>(std::count_if(open_.begin() + static_cast<std::ptrdiff_t>(i) + 1, open_.end(), alike));
    const double all = static_cast<double>(std::count_if(open_.begin(), open_.end(), alike));
    const double part = record.done - std::floor(record.done);
    const bool moves = within_epoch_ && epoch_ends && done > record.done && done - record.done <= 1 && (part == 0 || part >= kLatePart);
    if (!moves && after > 0) continue;
    MetricRecord settled = record;
    settled.unit = unit_;
    if (moves) settled.done = done - after * (done - record.done) / all;
    if (follows(settled.name)) put(settled);
    if (kept_.size() < kMost) kept_.push_back(std::move(settled));
  }
  open_.clear();
}

void MetricBook::end() {
  if (!open_.empty()) settle(within_epoch_ ? std::floor(open_.back().done) + 1 : open_.back().done, within_epoch_);
}

std::vector<MetricPoint> MetricBook::points() const {
  MetricBook now = *this;
  now.end();
  return std::move(now.points_);
}

}  // namespace carbontracker
