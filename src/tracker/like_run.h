#pragma once
// What a run like an earlier one will take. Pure.

#include <optional>
#include <string_view>

#include "prediction/plan_estimate.h"
#include "report/report.h"

namespace carbontracker {

struct RunScale {
  std::optional<double> epochs, steps, gpus;   // of the new run; gpus is a whole number
};
// "epochs=100,gpus=4", "steps=5000". Errc::invalid_input names the word that does not fit.
[[nodiscard]] Result<RunScale> parse_scale(std::string_view text);

// The whole of the earlier run (its forecast, where it did not come to its end), scaled: time and energy go with the epochs or steps; more GPUs
// share the work, so that their energy stays and all else goes with the time. low and high say how far that may be off.
// Errc::unavailable where the run has no energy, failed or runs without a forecast, or tells no epochs, steps or GPU to scale by.
[[nodiscard]] Result<PlanEstimate> estimate_like(const Report& run, const RunScale& scale, double pue);

}  // namespace carbontracker
