#pragma once
// What could be done with less, from the evidence of the run itself. Pure. Nothing seen, nothing said.
// Thresholds, formulas and sources of each kind: docs/method/advice.md.

#include <optional>
#include <string>
#include <vector>

#include "advice/evidence.h"
#include "storage/store.h"

namespace carbontracker {

// What trying it may save; low may be below 0: it can also cost. IT energy, of a run like this one.
struct Saving {
  Joules low{}, high{};
  Joules of{};                 // what it is a part of: the run, or for failed runs the project
  std::string source;
};

struct AdviceItem {
  std::string kind;            // "idle", "starved", "unused-gpu", "memory", "job-memory", "batch-size", "mixed-precision", "power-limit", "failed-runs", "accuracy"
  std::string brief;           // for one line of a report: "GPUs at rest for 41 of 120 min"
  std::string seen;            // with its figures
  std::optional<Saving> saving;  // empty: no figure can be given, `unknown` says why
  std::string unknown;
  std::string attempt;         // what to try
};

struct Advice {
  std::vector<AdviceItem> items;      // the largest possible saving first
  std::vector<std::string> gauges;    // what there was to go by
};

// `project`: the runs of its project, where it has one.
[[nodiscard]] Advice advise(const RunRecord& run, const std::vector<RunSummary>& project = {});

}  // namespace carbontracker
