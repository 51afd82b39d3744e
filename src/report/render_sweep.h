#pragma once
// A sweep over power limits, for people and as JSON (docs/formats/commands.md).

#include <optional>
#include <string>
#include <vector>

#include "advice/power_sweep.h"

namespace carbontracker {

struct SweepReport {
  std::string gpus, unit, run;      // "gpu0 (NVIDIA H100 ...)", "step", id of the run that was kept
  Watts before{};                   // of the first GPU
  std::vector<SweepPoint> points;
  std::string trouble;              // why it is not whole; empty
  bool put_back = false;
};
[[nodiscard]] std::string sweep_text(const SweepReport& sweep);
[[nodiscard]] std::string sweep_json(const SweepReport& sweep);

}  // namespace carbontracker
