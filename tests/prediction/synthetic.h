#pragma once
// Runs made by rule: the cost of each unit and its power are given, so the truth is known exactly.

#include <cmath>
#include <functional>
#include <random>

#include "prediction/forecast.h"

namespace carbontracker {

struct SyntheticRun {
  std::vector<ProgressPoint> progress;
  std::vector<EnergyPoint> energy{{}};
  double seconds = 0, joules = 0;

  void spend(double duration, double watts, double reading_every = 1) {
    const double begin = seconds, joules_before = joules;
    for (double t = reading_every; t < duration; t += reading_every) {
      energy.push_back({Seconds(begin + t), Joules(joules_before + t * watts)});
    }
    seconds += duration;
    joules += duration * watts;
    energy.push_back({Seconds(seconds), Joules(joules)});
  }
  void mark(double done) { progress.push_back({Seconds(seconds), done}); }

  // What was known at `now`.
  [[nodiscard]] Observed until(double now) const {
    Observed seen;
    seen.now = Seconds(now);
    for (const auto& p : progress) if (p.at.count() <= now) seen.progress.push_back(p);
    for (const auto& p : energy) if (p.at.count() <= now) seen.energy.push_back(p);
    return seen;
  }
  [[nodiscard]] Observed after_units(double done) const {
    for (const auto& p : progress) {
      if (p.done >= done - 1e-9) return until(p.at.count());
    }
    return until(seconds);
  }
};

// `units` units; cost(i) in seconds and watts(i) of unit i = 0, 1, ...; a little noise on the cost.
inline SyntheticRun make_run(int units, const std::function<double(int)>& cost, const std::function<double(int)>& watts, double noise = 0.003,
                             unsigned seed = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(0, noise);
  SyntheticRun run;
  for (int i = 0; i < units; ++i) {
    run.spend(cost(i) * (1 + normal(engine)), watts(i), cost(i) / 5);
    run.mark(i + 1);
  }
  return run;
}

inline SyntheticRun make_run(int units, const std::function<double(int)>& cost) {
  return make_run(units, cost, [](int) { return 300.0; });
}

}  // namespace carbontracker
