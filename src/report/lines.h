#pragma once
// The facts of a report as labelled lines of text; the text and the Markdown rendering share them.

#include <string>
#include <vector>

#include "report/report.h"

namespace carbontracker {

struct ReportLine {
  std::string label;              // "energy"
  std::vector<std::string> parts; // most important first
};

[[nodiscard]] std::vector<ReportLine> report_lines(const Report& report);
// "France 2024 mean", "world average 2025: the place is unknown"
[[nodiscard]] std::string grid_words(const Report& report);
// "measured 99.8 %", "modelled", "measured 100 %, DRAM modelled"
[[nodiscard]] std::string origin_words(const Report& report);

}  // namespace carbontracker
