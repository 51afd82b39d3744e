#pragma once
// What is kept of a run: run -> segments (node x attempt) -> minutes, regions, marks. Joules only; grams are derived.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metering/snapshot.h"

namespace carbontracker {

enum class RunState { running, finished, interrupted };
[[nodiscard]] std::string_view to_string(RunState state);

// Progress as it was seen, for forecasts made again later.
struct ProgressMark {
  Seconds at{};          // since the segment began
  double done = 0;       // units finished
  double of = 0;         // units planned; 0: unknown
  std::string unit;      // "epoch", "step"
  Joules joules{};       // headline energy up to then
};

// A forecast as it was made; intervals 90 %.
struct ForecastRecord {
  Seconds made_at{};
  Joules joules{}, low{}, high{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
  double done = 0, of = 0;
  std::string unit, method;
};

// A value of a metric, as the program told or printed it; NaN where it had none.
struct MetricRecord {
  Seconds at{};          // since the segment began
  std::string name;
  double done = 0;       // units finished
  std::string unit;
  double value = 0;
};

// Where the training was likely to stop by a rule on a metric, made with a forecast; intervals 90 %.
struct EndRecord {
  Seconds made_at{};
  std::string metric;
  std::optional<double> target, patience;  // the rule: the first that is met
  double min_delta = 0;
  bool larger_is_better = true;
  std::string reason;    // why there is no likely end: then the rest is 0
  double units = 0, low = 0, high = 0;
  double before_plan = 0;  // probability that it ends before the plan does
  Joules joules{}, joules_low{}, joules_high{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
};

// The grid at a time, as it was told while the run lasted.
struct GridReading {
  WallTime start{};
  CarbonIntensity g_per_kwh{}, low{}, high{};
  bool forecast = false, estimated = false;  // of the time to come; of the past, modelled by its source
};

// One answer about the grid: from a live provider, or from a file of hours that is kept up.
struct GridAnswer {
  WallTime asked{};
  std::string zone, zone_name, provider, basis;
  int year = 0;
  Seconds step{};                     // usual distance of the readings
  std::vector<GridReading> readings;  // by time; what is new or has changed since the answer before. None: no answer
  std::string note;                   // what is to be said of it; without readings, why there are none
};

// One node's part of a run, one attempt (a requeued job has several).
struct Segment {
  std::string node;
  int attempt = 0;
  std::string boot_id;
  WallTime started{};
  std::optional<WallTime> ended;      // empty: still running, or died without a word
  WallTime last_seen{};               // of the last flush
  std::string place;                  // "DK", "US-CA", "aws:eu-west-1", "lat,lon"; empty: unknown
  std::string place_from;             // "--place", "config", "cloud metadata", "time zone Europe/Copenhagen"
  double pue = 1;
  std::string pue_from;
  Snapshot totals;                    // of this segment
  std::vector<Minute> minutes;
  std::vector<ProgressMark> marks;
  std::vector<ForecastRecord> forecasts;
  std::vector<MetricRecord> metrics;
  std::vector<EndRecord> ends;
  std::vector<GridAnswer> grid;       // what was told of the time that the run lasted, in the order it was told
  GridAnswer grid_ahead;              // what the newest answer says of the time to come; replaced by each
};

struct RunRecord {
  std::string id;                     // sortable by start: "20261125-153012-7f3a"
  std::string name;
  std::string project;
  std::map<std::string, std::string> tags;
  std::vector<std::string> command;   // key-like values masked
  std::string directory;              // where it was started
  std::optional<int> exit_code;       // empty while running and when interrupted
  RunState state = RunState::running;
  std::string tool_version;
  std::vector<Segment> segments;      // by node, then attempt
};

// Replaces what looks like a secret: the value after --api-key, --token, --password, ...; KEY=...; long tokens with known prefixes.
[[nodiscard]] std::vector<std::string> mask_secrets(const std::vector<std::string>& command);

}  // namespace carbontracker
