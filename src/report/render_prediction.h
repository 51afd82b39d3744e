#pragma once
// What a training will take, told before it runs or from a recorded part of it: text and JSON (docs/formats/commands.md).

#include <optional>
#include <string>

#include "carbon/beyond.h"
#include "prediction/plan_estimate.h"
#include "prediction/sweep.h"
#include "report/report.h"

namespace carbontracker {

// The estimate with the grid that turns it into grams. Grams include the PUE of `estimate.facility_joules`.
struct Prediction {
  PlanEstimate estimate;
  CarbonIntensity grid{};
  std::string equivalents = "current";  // the set of factors: carbon/footprint.h
  std::optional<Cost> cost;             // where a price was given
  Grams low{}, high{};                  // of grams(), by the ranges of the energy and of the grid
  [[nodiscard]] Grams grams() const { return estimate.facility_joules * grid; }
};

[[nodiscard]] std::string prediction_json(const Prediction& prediction);
[[nodiscard]] std::string prediction_text(const Prediction& prediction);

[[nodiscard]] std::string forecast_text(const ReportForecast& forecast);

// Sum of a project's runs and, where trials were planned, what all of them will take; lines to stand below the list.
// `running`: runs that have not ended, which are in neither.
[[nodiscard]] std::string sweep_text(const SweepSum& sum, const std::optional<SweepForecast>& forecast, std::size_t running = 0);

}  // namespace carbontracker
