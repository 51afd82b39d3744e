#include "metering/source_loop.h"

#include <algorithm>

namespace carbontracker {

void SourceLoop::add(std::unique_ptr<EnergySource> source) {
  const Instant now = clock_.now();
  const auto channels = source->channels();
  const SourceId id = ledger_->attach(channels);
  const auto seed = static_cast<std::uint64_t>(now.time_since_epoch().count()) + 977 * id;
  entries_.push_back({std::move(source), id, Cadence(channels, now, seed), now, std::vector<Reading>(channels.size())});
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
    if (now >= entry.due || last || (edge && entry.cadence.wants_edge(now))) read(entry, last);
    next = std::min(next, entry.due);
  }
  return next;
}

}  // namespace carbontracker
