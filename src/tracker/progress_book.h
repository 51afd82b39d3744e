#pragma once
// Marks become regions, a progress series and an energy series: what a forecast is made from. Memory stays bounded: a series
// that grows past its limit is thinned to every other point.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metering/ledger.h"
#include "prediction/forecast.h"
#include "progress/mark.h"
#include "storage/run_record.h"

namespace carbontracker {

// Not locked: the session owns it.
class ProgressBook {
 public:
  // `planned`: units the user announced (--epochs); 0: none. `whole_program`: the run ends with its program, not with its last unit.
  ProgressBook(Ledger& ledger, double planned, bool whole_program = false);

  // Takes a mark in; true when a unit has finished, so that a new forecast is due.
  bool take(const Mark& mark);
  // Whether a new forecast is due because of time alone: what was planned is done and the run goes on. Where that was counted by one bar alone
  // (kLoneBar) it was a part of the run: its end is withdrawn as the run's. About once a second.
  bool look(Instant now);
  [[nodiscard]] bool complete() const { return schedule_.total > 0 && done() >= schedule_.total; }
  [[nodiscard]] bool lone_bar() const { return lone_bar_; }
  // A point of the energy series; about once a second, and at marks.
  void note_energy(Instant at);
  // Closes what is open.
  void end(Instant at);

  [[nodiscard]] Observed observed(Instant now) const;
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  // Marks to keep with the run: every finished epoch, steps at most every 30 s. Only grows.
  [[nodiscard]] const std::vector<ProgressMark>& marks() const { return kept_; }
  [[nodiscard]] double done() const { return points_.empty() ? 0 : points_.back().done; }

 private:
  void progress(const Mark& mark, bool finished_unit);
  void begin_epoch(double number, Instant at);
  void end_epoch(double done, Instant at, bool revises);
  void restart(const std::string& unit);
  void paused(bool begins, Instant at);
  void withdraw_total(Instant at);
  [[nodiscard]] Seconds since_start(Instant at) const { return seconds_between(ledger_.began(), at); }

  Ledger& ledger_;
  double planned_;
  bool whole_program_;
  double told_ = 0;  // epochs that the program itself has planned
  Schedule schedule_;
  std::vector<ProgressPoint> points_;
  std::vector<EnergyPoint> energy_;
  Seconds energy_spacing_{1};
  std::vector<ProgressMark> kept_;
  std::optional<RegionId> epoch_;
  std::string epoch_name_;
  std::optional<RegionId> ended_epoch_;  // the last that ended
  double ended_number_ = 0;
  Instant last_epoch_end_;
  std::optional<Seconds> first_began_;  // of the first unit, where a mark told it
  std::map<std::string, std::vector<RegionId>> open_regions_;
  std::vector<std::string> nesting_;
  std::vector<PauseSpan> pauses_;       // not overlapping
  bool lone_bar_ = false;               // that is all the progress rests on
  Seconds followed_{};                  // when the meter was last followed behind the plan's end
  int pausing_ = 0;                     // regions of that name that are open
};

}  // namespace carbontracker
