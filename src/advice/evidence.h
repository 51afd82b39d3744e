#pragma once
// What a run's record says about how its devices were used. Pure; figures that make no sense (a damaged record) are left out.

#include <optional>
#include <string>
#include <vector>

#include "storage/run_record.h"

namespace carbontracker {

struct GpuEvidence {
  std::string name, node, label;        // "gpu0"
  Joules joules{};
  Joules own{};                         // of the run's own processes
  Seconds covered{};
  std::optional<Watts> watts;           // mean
  std::optional<Watts> working_watts;   // mean without the minutes in which all cards rested
  std::optional<double> busy;           // mean over what was seen, 0 to 1
  std::optional<double> working;        // the same without the minutes in which all cards rested
  std::optional<double> memory_peak, memory_total;  // bytes
  std::optional<Watts> limit, limit_default, limit_least;
  std::optional<Watts> idle;            // of such a card, by table
  bool matrix_units = false;            // by table: 16-bit numbers are at least twice as fast as 32-bit ones
  // Nothing ran on it: its driver says so, with its memory empty as far as that is known; where it says nothing, by a draw at rest all along.
  [[nodiscard]] bool unused() const;
};

struct Evidence {
  std::vector<GpuEvidence> gpus;        // those the total counts
  Seconds duration{};
  Seconds paused{};                     // of it, stood still on purpose: no part of the means, nor of the minutes
  Joules joules{}, gpu_joules{};        // headline
  std::optional<double> own_cpus;       // processors that the run kept busy, mean
  double cpus = 0;                      // that it may use
  std::optional<double> memory_peak, memory_limit;  // bytes: of the run's processes, the largest node's; what the job asked for there
  Joules dram_joules{};                 // headline, of the nodes that have such a limit
  std::size_t hidden_gpus = 0;          // given to the job by its scheduler, and not shown to the run
  std::size_t minutes = 0, idle_minutes = 0;  // whole ones with data, not paused; idle: every GPU (where none is used: the processors) at rest
  Joules idle_joules{};                 // headline energy of the idle ones
  bool idle_by_power = false;           // told from power, no driver said how busy
  bool idle_by_processors = false;      // no GPU was used, or there is none
  std::vector<std::string> gauges;      // what there was to go by: "energy by device", "GPU utilisation", ...
};
[[nodiscard]] Evidence evidence_of(const RunRecord& run);

}  // namespace carbontracker
