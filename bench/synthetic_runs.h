#pragma once
// Runs made by rule, for the back-test: each shape that makes "first epoch x N" wrong, at random sizes, speeds and powers.

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "prediction/trace.h"

namespace carbontracker {

struct Shape {
  std::string name;
  // Cost of unit i of n over that of a plain one, and its power over the plain power.
  std::function<double(int i, int n, std::mt19937&)> cost, power;
  int restart_at = 0;    // percent of the units done when the run is down for three units' time; 0: never
  int validates_at = 0;  // percent of the units done when validation of 0.3 units' time begins, marked, after each unit; 0: never
  bool told = false;     // whether its schedule is told
};

inline double flat(int, int, std::mt19937&) { return 1; }

inline std::vector<Shape> shapes() {
  const auto chance = [](std::mt19937& e, double p) { return std::bernoulli_distribution(p)(e); };
  return {
      {"equal", flat, flat},
      {"compile x2", [](int i, int, auto&) { return i == 0 ? 2.0 : 1.0; }, flat},
      {"compile x5", [](int i, int, auto&) { return i == 0 ? 5.0 : 1.0; }, [](int i, int, auto&) { return i == 0 ? 0.7 : 1.0; }},
      {"growth 1 to 2", [](int i, int n, auto&) { return 1 + static_cast<double>(i) / (n - 1); }, flat},
      {"validation every 5th", [](int i, int, auto&) { return i % 5 == 4 ? 2.0 : 1.0; }, flat},
      {"power settling", flat, [](int i, int n, auto&) { return 1 - 0.05 * std::exp(-30.0 * i / n); }},
      {"warm-up ramp", [](int i, int, auto&) { return 1 + 1.5 * std::exp2(-i); }, [](int i, int, auto&) { return 1 - 0.4 * std::exp2(-i); }},
      {"step at 5 %", [](int i, int n, auto&) { return i < n / 20 ? 1.0 : 1.6; }, flat},
      {"stalls", [chance](int, int, auto& e) { return chance(e, 0.02) ? 4.0 : 1.0; }, flat},
      {"restart", flat, flat, 7},
      {"drift of 15 %", [](int i, int n, auto&) { return 1 + 0.15 * i / (n - 1); }, flat},
      {"late validation", flat, flat, 0, 33},
      {"late validation, told", flat, flat, 0, 33, true},
  };
}

// Readings every `period` s; the power of a unit is even within it, with a little noise on cost and power.
inline Trace synthetic_trace(const Shape& shape, std::mt19937& engine) {
  std::uniform_int_distribution<int> units(40, 200);
  std::uniform_real_distribution<double> decade(-1, 2), noise_size(0.001, 0.02);
  const int n = units(engine);
  const double plain = 10 * std::pow(10, decade(engine)), watts = 100 * std::pow(10, decade(engine)), spread = noise_size(engine);
  std::normal_distribution<double> noise(0, spread);
  Trace trace;
  double at = 0, joules = 0;
  trace.energy.push_back({Seconds(-1), Joules(-0.3 * watts)});
  trace.energy.push_back({});
  const auto work = [&](int i, const std::string& what, double seconds, double power) {
    trace.events.push_back({at, what + "_start", i});
    for (int k = 1; k <= 4; ++k) trace.energy.push_back({Seconds(at + seconds * k / 4), Joules(joules + power * seconds * k / 4)});
    at += seconds, joules += power * seconds;
    trace.events.push_back({at, what + "_stop", i});
  };
  for (int i = 0; i < n; ++i) {
    work(i, "epoch", plain * shape.cost(i, n, engine) * std::exp(noise(engine)), watts * shape.power(i, n, engine) * std::exp(noise(engine) / 2));
    if (shape.validates_at && i >= n * shape.validates_at / 100) work(i, "eval", 0.3 * plain * std::exp(noise(engine)), 0.8 * watts);
    if (shape.restart_at && i == n * shape.restart_at / 100) {  // power at rest, nothing done
      at += 3 * plain, joules += 0.9 * watts * plain;
      trace.energy.push_back({Seconds(at), Joules(joules)});
    }
  }
  trace.events.push_back({at, "run_stop", {}});
  trace.run_stop = at, trace.last_reading = at;
  return trace;
}

}  // namespace carbontracker
