#pragma once
// A recorded run in two CSV files, as docs/FORMATS.md lays down: power readings (time_ms, watts) and events
// (time_ms, event_type, key, number, value) with the key names of the MLPerf logging format.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "carbontracker/result.h"
#include "prediction/forecast.h"

namespace carbontracker {

struct TraceEvent {
  double at = 0;        // s since the run began
  std::string key;      // run_start, epoch_stop, ...
  std::optional<double> number;
  std::optional<double> value;   // of a metric: eval_accuracy, eval_loss
};

struct Trace {
  std::vector<EnergyPoint> energy;   // trapezoids between the readings; 0 J at the run's start
  std::vector<double> watts;         // read at each point of `energy`; empty where only energy was recorded
  std::vector<TraceEvent> events;    // in time order
  std::optional<double> run_stop;    // s since the run began
  double last_reading = 0;           // s
};

// The columns are found by name: the time by `time_ms`, power by the first column whose name holds "watt" (else the second).
// CR LF, blank lines, lines out of order and repeated times are taken; a file without a usable reading is Errc::corrupt.
// `events` may be empty: the run then begins at the first reading.
[[nodiscard]] Result<Trace> parse_trace(std::string_view power, std::string_view events);
// `events_path` may be empty.
[[nodiscard]] Result<Trace> read_trace(const std::string& power_path, const std::string& events_path);

// Joules of the whole recorded run, from its start to its stop (the last reading where no stop is marked).
[[nodiscard]] double trace_seconds(const Trace& trace);
[[nodiscard]] double trace_joules(const Trace& trace, double from, double to);

}  // namespace carbontracker
