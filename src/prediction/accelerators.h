#pragma once
// The table of accelerators (data/accelerators.csv): power and dense peak FLOP/s.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"

namespace carbontracker {

struct Accelerator {
  std::string name;
  Watts tdp{}, idle{};
  double typical_load = 0;   // mean power of training over TDP
  std::optional<double> fp32, tf32, bf16, fp8;  // FLOP/s, dense; fp16 where bf16 does not exist
  double memory_gb = 0;
  int year = 0;
  std::string load_source, source;
};

// By name or alias; case, blanks, '_' and "NVIDIA " do not matter ("NVIDIA H100 80GB HBM3", "rtx 4090").
// Errc::not_found with names that come near.
[[nodiscard]] Result<Accelerator> find_accelerator(std::string_view name);
[[nodiscard]] std::vector<std::string> accelerator_names();

}  // namespace carbontracker
