#pragma once
// A record with everything that is derived from it (place, grid, footprint, forecast), as text for people and machines.

#include <string>

#include "carbon/footprint.h"
#include "prediction/forecast.h"
#include "report/report.h"
#include "storage/run_record.h"

namespace carbontracker {

// The report of a run: place, PUE and grid (what was told while it lasted, else the year's figure) as recorded, or as given here. `grid`: a series that its minutes are joined with;
// what lies outside the series takes its mean.
[[nodiscard]] Report report_of(const RunRecord& record, const std::optional<Place>& place = std::nullopt, const std::optional<Facility>& site = std::nullopt,
                               const std::optional<IntensitySeries>& grid = std::nullopt, const std::optional<Price>& price = std::nullopt);
[[nodiscard]] std::string render_json(const RunRecord& record, const std::optional<Price>& price = std::nullopt);
// At most eight lines. With a price what it cost stands in the place of equivalents.
[[nodiscard]] std::string render_summary(const RunRecord& record, bool colour, int width, const std::optional<Price>& price = std::nullopt);
// "forecast 17.6 kWh (16.9 to 18.4), 9 h 58 min, 985 g CO2e; 1 of 10 epochs"
// `grams` of the whole run, PUE included.
[[nodiscard]] std::string forecast_sentence(const Forecast& forecast, Grams grams);

}  // namespace carbontracker
