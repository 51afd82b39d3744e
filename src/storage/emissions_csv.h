#pragma once
// The emissions.csv of the Python CodeCarbon, every generation of its header: columns are found by name.
// Energy there is in kWh with the row's PUE in it, CO2e in kg, time stamps are local without an offset.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/run_record.h"

namespace carbontracker {

struct EmissionsRow {
  std::size_t line = 0;               // in the file, from 1
  std::string run_id;                 // empty in the first generation
  std::string experiment_id, project, timestamp, version, country, region, cloud_provider, cloud_region, cpu_model, gpu_model, tracking_mode;
  WallTime ended{};                   // of `timestamp`, as if it were UTC
  Seconds duration{};
  double kwh = 0, kg = 0, pue = 1;
  std::optional<double> cpu_kwh, gpu_kwh, ram_kwh;
};

struct EmissionsFile {
  std::vector<EmissionsRow> rows;     // one a run: the last state of each, in the order of the file
  std::vector<Error> bad;             // rows that are left out, by line
  std::size_t earlier_states = 0;     // rows that flush() wrote while their run went on
};

// Errc::invalid_input where the first line is no header of CodeCarbon's, or is that of a file of tasks.
[[nodiscard]] Result<EmissionsFile> parse_emissions(std::string_view text);

// The run that a row states: its joules (without PUE) by device, with their error left open. `offset`: of local time, to be taken
// from the stamps. Without an id.
[[nodiscard]] RunRecord imported_run(const EmissionsRow& row, std::chrono::seconds offset);

// Tags of an imported run: they say which row it is, and what the row states.
inline constexpr const char* kImportedFrom = "imported_from";              // "CodeCarbon 3.0.1"
inline constexpr const char* kImportedRun = "codecarbon_run_id";
inline constexpr const char* kImportedStamp = "codecarbon_timestamp";
inline constexpr const char* kImportedEmissions = "codecarbon_emissions_kg";

}  // namespace carbontracker
