#pragma once
// From a CPU's name and numbers to watts per thread, by the tables data/cpu_models.csv and data/cpu_microarchitectures.csv.

#include <string>
#include <string_view>

#include "hardware/cpu_identity.h"

namespace carbontracker {

enum class CpuMatch { model, microarchitecture, generic };

struct CpuPower {
  CpuMatch match = CpuMatch::generic;
  double tdp_w = 0;              // of the chip; 0 unless the model is known
  double tdp_w_per_thread = 0;   // what one logical CPU's share of the chip is designed for; always set
  double band = 0;               // 95 %, relative (docs/method/hardware-model.md)
  std::string microarchitecture; // "Zen 4", "Neoverse-N1"; empty when unknown
  std::string label;             // for people: the name given, or what the numbers say it is
  std::string basis;             // what the watts rest on, as a clause: "TDP 280 W over 128 threads"
};

// The key under which a model stands in the table: "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz" -> "xeon gold 6230".
// The same rules are in tools/make_cpu_tables.py.
[[nodiscard]] std::string normalised_cpu_name(std::string_view name);

// Never fails: an unknown CPU gets the generic watts and the wide band.
[[nodiscard]] CpuPower cpu_power(const CpuIdentity& cpu);

// Share of the TDP drawn at a load of 0 to 1. Teads' measured curve as Boavizta states it: 0.12, 0.32, 0.75 and 1.02
// at 0, 10, 50 and 100 %, straight between.
[[nodiscard]] double share_of_tdp(double load);

}  // namespace carbontracker
