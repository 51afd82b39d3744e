#include "metering/source_loop.h"

#include <algorithm>

namespace carbontracker {
namespace {

// What devices do is asked for once a second in the first half minute, so that short runs have something too, then every 5 s; less often
// where the asking is slow, so that it takes 0.05 % of a processor at most.
constexpr int kQuickLooks = 30;
constexpr Seconds kQuickly{1}, kUsually{5}, kSeldom{60};
constexpr double kRestPerCost = 2000;

std::chrono::nanoseconds nanoseconds(Seconds time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time); }

}  // namespace

void SourceLoop::add(std::unique_ptr<EnergySource> source) {
  const Instant now = clock_.now();
  const auto channels = source->channels();
  const SourceId id = ledger_->attach(channels);
  const auto seed = static_cast<std::uint64_t>(now.time_since_epoch().count()) + 977 * id;
  entries_.push_back({std::move(source), id, Cadence(channels, now, seed), now, std::vector<Reading>(channels.size()), now + nanoseconds(kQuickly), 0});
  update_scope(entries_.back());
}

// The reading is stamped in the middle of the call: a slow driver is late by half of its own time at most.
void SourceLoop::read(Entry& entry, bool last) {
  const Instant before = clock_.now();
  entry.source->read(entry.readings);
  const Instant after = clock_.now();
  const Instant at = before + (after - before) / 2;
  ledger_->add(entry.id, at, entry.readings);
  entry.due = entry.cadence.after_read(after, entry.readings, ledger_->demand(entry.id, after), last);
}

Instant SourceLoop::step(bool edge, bool last) {
  Instant next = clock_.now() + std::chrono::seconds(1);
  for (Entry& entry : entries_) {
    const Instant now = clock_.now();
    if (edge) entry.due = std::min(entry.due, entry.cadence.edge_due(now).value_or(entry.due));
    if (now >= entry.due || last) read(entry, last);
    next = std::min(next, entry.due);
    if (!edge && !last && now >= entry.look_due) look(entry);
  }
  return next;
}

void SourceLoop::look(Entry& entry) {
  const Instant before = clock_.now();
  bool any = false;
  for (std::size_t i = 0; i < entry.readings.size(); ++i) {
    if (!entry.source->in_scope(i)) continue;
    const auto seen = entry.source->activity(i);
    if (seen) ledger_->observe(entry.id, i, *seen, clock_.now());
    any |= seen.has_value();
  }
  const Instant after = clock_.now();
  const Seconds period = !any ? kSeldom : entry.looks++ < kQuickLooks ? kQuickly : kUsually;
  entry.look_due = after + nanoseconds(std::clamp(seconds_between(before, after) * kRestPerCost, period, kSeldom));
}

void SourceLoop::attribute(std::span<const int> pids) {
  for (Entry& entry : entries_) {
    entry.source->refresh_scope(pids);
    update_scope(entry);
    const Instant now = clock_.now();
    for (std::size_t i = 0; i < entry.readings.size(); ++i) {
      if (const auto share = entry.source->process_share(i, pids)) ledger_->attribute(entry.id, i, *share, now);
    }
  }
}

void SourceLoop::update_scope(Entry& entry) {
  std::vector<char> scope(entry.readings.size());
  for (std::size_t i = 0; i < scope.size(); ++i) scope[i] = entry.source->in_scope(i);
  ledger_->set_scope(entry.id, scope);
}

}  // namespace carbontracker
