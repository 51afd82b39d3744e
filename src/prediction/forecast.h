#pragma once
// A partial run -> a forecast of the whole. Pure: no clock, no files.

#include <optional>
#include <string>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"

namespace carbontracker {

// What is known of a run so far. Times since the run began; both series in time order.
struct ProgressPoint {
  Seconds at{};
  double done = 0;         // units finished (fractions allowed: steps within an epoch)
};
struct EnergyPoint {
  Seconds at{};
  Joules cumulative{};     // since the run began
};
struct Observed {
  std::vector<ProgressPoint> progress;
  std::vector<EnergyPoint> energy;
  Seconds now{};
};

struct Schedule {
  double total = 0;                       // units planned
  std::string unit;                       // "epoch", "step"
  std::optional<double> eval_start, eval_every;  // in units, where known
};

// What an earlier run of the same workload says; scale-free.
struct Prior {
  Observed run;
  double total = 0;
};

// Of the whole run, elapsed part included; low and high are 90 %.
struct Forecast {
  Joules joules{}, low{}, high{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
  Joules elapsed_joules{};
  Seconds elapsed{};
  double done = 0, of = 0;
  std::string unit;
  std::string method;      // what it rests on, for the report: "3 of 10 epochs, warm-up left out"
};

// Errc::unavailable with the reason where no honest forecast exists yet ("no unit has finished", "total unknown").
[[nodiscard]] Result<Forecast> forecast(const Observed& seen, const Schedule& plan, const Prior* prior = nullptr);

}  // namespace carbontracker
