#pragma once
// Reports for people: the summary of a run, the list, the comparison; as text, CSV and Markdown.

#include <string>
#include <vector>

#include "report/report.h"
#include "storage/store.h"

namespace carbontracker {

struct TextStyle {
  bool colour = false;
  int width = 80;
};

// At most eight lines: what ran, what it took (source and coverage beside it), the run's share, carbon with its grid figure,
// equivalents, the forecast, what has no data and why.
[[nodiscard]] std::string report_text(const Report& report, const TextStyle& style);
[[nodiscard]] std::string runs_text(const std::vector<RunSummary>& runs, const TextStyle& style);
[[nodiscard]] std::string comparison_text(const Report& a, const Report& b, const TextStyle& style);

// One row a channel and one for the total. Fields are quoted where needed; one that begins like a formula gets a leading '.
[[nodiscard]] std::string report_csv(const Report& report);
[[nodiscard]] std::string runs_csv(const std::vector<RunSummary>& runs);
[[nodiscard]] std::string comparison_csv(const Report& a, const Report& b);

[[nodiscard]] std::string report_markdown(const Report& report);
[[nodiscard]] std::string runs_markdown(const std::vector<RunSummary>& runs);
[[nodiscard]] std::string comparison_markdown(const Report& a, const Report& b);

}  // namespace carbontracker
