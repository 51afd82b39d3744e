#pragma once
// Reads some sources, each at its own cadence, on whichever thread calls step(). One wake-up serves all that is due.

#include <memory>
#include <vector>

#include "metering/cadence.h"
#include "metering/ledger.h"

namespace carbontracker {

class SourceLoop {
 public:
  SourceLoop(std::shared_ptr<Ledger> ledger, const Clock& clock) : ledger_(std::move(ledger)), clock_(clock) {}

  // Joins the source to the ledger; its first reading follows at the next step().
  void add(std::unique_ptr<EnergySource> source);
  // Reads what is due; with `edge`, also what wants to be read at a region's edge. Returns when to come back.
  Instant step(bool edge, bool last = false);
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  // For GPUs, about once a second: which are in the run's scope, and what share of each its processes take.
  void attribute(std::span<const int> pids);

 private:
  struct Entry {
    std::unique_ptr<EnergySource> source;
    SourceId id;
    Cadence cadence;
    Instant due;
    std::vector<Reading> readings;
    Instant look_due = {};   // for what the devices do
    int looks = 0;
  };
  void read(Entry& entry, bool last);
  void update_scope(Entry& entry);
  void look(Entry& entry);

  std::shared_ptr<Ledger> ledger_;
  const Clock& clock_;
  std::vector<Entry> entries_;
};

}  // namespace carbontracker
