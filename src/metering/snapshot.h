#pragma once
// What the meter has seen so far, as a plain value: everything downstream (storage, carbon, prediction, report) takes it from here.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "carbontracker/energy.h"
#include "hardware/energy_source.h"

namespace carbontracker {

// Energy of one channel over some span, with its error kept in parts so that sums can be formed rightly:
// systematic parts add linearly within a kind of sensor, random parts in quadrature.
struct Measured {
  Joules joules{};             // what was counted
  Joules systematic{};         // 95 % half-width from gain or model error
  Joules random{};             // 95 % half-width from edges and sampling
  std::optional<Joules> missing = Joules{};  // at most this much was not counted (gaps); empty: cannot be bounded
  Seconds covered{};           // time for which there is data
};

struct ChannelTotal {
  Channel channel;
  Measured measured;
  Seconds expected{};          // time there should be data for
  Joules run{};                // the part attributed to the run's own process tree; 0 <= run <= joules
  Joules by_power{};           // the part of joules that came from the stand-in gauge (integrated power)
  std::optional<Joules> cross_check;  // what the stand-in gauge integrates to over the same time, where both exist
  bool headline = false;       // counts towards the total
};

// One headline channel in brief, for whoever asks often.
struct ChannelBrief {
  std::string name, label;       // of the channel
  Domain domain = Domain::other;
  std::optional<Joules> joules;  // since the run began; empty: no data yet
  Joules run{};                  // the part of the run's own process tree
};

struct Gap {
  std::string what;            // channel or backend: "gpu0", "nvml"
  std::string reason;
  std::string remedy;          // may be empty
  Seconds length{};            // 0: the whole run
};

struct RegionTotal {
  std::string name;            // "epoch 3", "validate"
  std::string parent;          // empty at the top
  Seconds start{};             // since the segment began
  Seconds duration{};
  Measured measured;           // headline sum; `systematic` already combined across kinds
  bool open = false;           // has not ended yet
  bool provisional = false;    // its counters have not ticked since it ended
};

// What a device did beside taking energy, as far as its driver tells. For advice, and no part of any account.
struct ActivityTotal {
  std::string name;              // of the channel: "gpu0"; "cpu": all processors of the machine, and the memory of the run's processes; kJobGpus
  double busy = 0;               // mean share of the time, 0 to 1
  Seconds seen{};                // the time that mean is over
  std::optional<double> memory_mean, memory_peak, memory_total;        // bytes
  std::optional<double> own;     // "cpu": how many processors the run itself kept busy, mean
  double cpus = 0;               // "cpu": how many the run may use; kJobGpus: how many GPUs the scheduler gave the job on this node
  std::optional<Watts> limit, limit_default, limit_least, limit_most;  // power limit as last seen
};
inline constexpr const char* kJobGpus = "job-gpus";  // always the last one
inline constexpr std::uint8_t kBusyUnknown = 255;

// Energy of one minute of one segment: row key is the minute's number since the segment began.
struct Minute {
  std::int64_t number = 0;
  std::vector<float> joules;     // by channel, in the order of Snapshot::channels
  std::vector<float> covered_s;  // by channel
  std::vector<std::uint8_t> busy = {};  // percent, by device in the order of Snapshot::activity; kBusyUnknown; kept to the nearest of 15 steps; shorter where a device came later
};

struct Snapshot {
  WallTime began{};              // UTC anchor of the segment
  Seconds duration{};            // on the steady clock, suspends excluded
  Seconds suspended{};
  std::vector<ChannelTotal> channels;
  Energy total;                  // headline channels, 95 %
  double coverage = 0;           // smallest among the headline channels, 0 to 1
  Energy run;                    // the run's share
  std::string run_method;        // how it was attributed: "cpu time of the process tree", "no process data: whole machine"
  std::optional<Joules> idle;    // what the machine would have taken idle over the same time, where idle was seen
  std::vector<Gap> gaps;
  std::vector<RegionTotal> regions;
  std::vector<ActivityTotal> activity = {};
};

// The sum of channels as one figure: gains add linearly within a (domain, origin) kind and in quadrature across kinds,
// random parts in quadrature, what is missing widens `high` (empty if it cannot be bounded).
[[nodiscard]] Energy combine(const std::vector<const ChannelTotal*>& channels);
[[nodiscard]] Energy interval(const Measured& measured);

}  // namespace carbontracker
