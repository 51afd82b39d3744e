#pragma once
// Reports as JSON, schema 1: docs/FORMATS.md says what a reader may rely on.

#include <string>
#include <vector>

#include "report/report.h"
#include "storage/store.h"

namespace carbontracker {

[[nodiscard]] std::string report_json(const Report& report);
[[nodiscard]] std::string runs_json(const std::vector<RunSummary>& runs);
// {schema, runs: [report, report], difference: {joules, percent, grams}}
[[nodiscard]] std::string comparison_json(const Report& a, const Report& b);

}  // namespace carbontracker
