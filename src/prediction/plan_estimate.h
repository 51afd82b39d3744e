#pragma once
// Energy and time of a training before anything runs, from what the user knows of it. Pure but for the embedded table of accelerators.

#include <optional>
#include <string>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"

namespace carbontracker {

// What the host (processors, memory, fans, network) draws for each accelerator, over the accelerator's TDP: data/SOURCES.md, Accelerators.
inline constexpr double kHostShare = 0.33, kHostShareLow = 0.2, kHostShareHigh = 0.45;
// Share of the peak FLOP/s that trainings reach: 0.2 (GPT-3 on V100, Patterson et al. 2021) to 0.55 (PaLM's report, 2022, of TPU v4).
inline constexpr double kMfu = 0.4, kMfuLow = 0.2, kMfuHigh = 0.55;
// Band of an accelerator's mean power over its typical load: small batches and slow input leave it idle, dense kernels reach the limit.
inline constexpr double kLoadLow = 0.65, kLoadHigh = 1.15;

// Work: hours, or flops, or params and tokens (6 FLOP for each parameter and token: Kaplan et al. 2020).
// Speed, for work in FLOP: flops_per_second of one accelerator, or a known gpu and mfu. Power: watts of one accelerator
// with its share of the host, else the gpu's. What is not given is assumed, and said.
struct PlanInputs {
  std::optional<std::string> gpu;
  double count = 1;
  std::optional<double> hours, flops, params, tokens, mfu, flops_per_second, watts;
  std::string precision = "bf16";     // fp32, tf32, bf16 (or fp16), fp8
  double pue = 1;
};

struct Assumption {
  std::string what, value, from;
};

// Joules are IT energy; facility_joules includes the PUE. low and high (90 %) are as wide as what was assumed: equal where all was given.
struct PlanEstimate {
  Joules joules{}, low{}, high{}, facility_joules{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
  std::vector<Assumption> assumptions;
};

// Errc::invalid_input names what is missing or makes no sense; Errc::not_found an unknown accelerator.
[[nodiscard]] Result<PlanEstimate> estimate_plan(const PlanInputs& inputs);

}  // namespace carbontracker
