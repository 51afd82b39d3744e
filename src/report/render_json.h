#pragma once
// Reports as JSON, schema 1: docs/FORMATS.md says what a reader may rely on.

#include <string>
#include <vector>

#include "prediction/sweep.h"
#include "report/report.h"
#include "storage/store.h"

namespace carbontracker {

[[nodiscard]] std::string report_json(const Report& report);
// The report's `forecast` object alone.
[[nodiscard]] std::string forecast_json(const ReportForecast& forecast);
// `sum`: {runs, failed, joules, failed_joules, seconds}, `forecast`: {joules, low, high, seconds, ..., seen, remaining}, where given.
[[nodiscard]] std::string runs_json(const std::vector<RunSummary>& runs, const std::optional<SweepSum>& sum = std::nullopt,
                                    const std::optional<SweepForecast>& forecast = std::nullopt);
// {schema, runs: [report, report], difference: {joules, percent, grams}}
[[nodiscard]] std::string comparison_json(const Report& a, const Report& b);

}  // namespace carbontracker
