#include "prediction/sweep.h"

#include <cmath>

namespace carbontracker {
namespace {

bool sound(const Trial& trial) {
  const double joules = trial.joules.value(), seconds = trial.seconds.count();
  return std::isfinite(joules) && std::isfinite(seconds) && joules >= 0 && seconds >= 0;
}

struct Moments {
  double mean = 0, deviation = 0;
};

// Trials of a sweep differ much (some fail at once, some are pruned): one more trial that is off by 0.7 of the mean stands beside those that were seen,
// so that two alike do not count as certainty. With 0.7, and Student's t below, 90 % intervals hold 82 to 100 % over log-normal, failing and pruned trials.
template <class Get>
Moments moments(const std::vector<Trial>& trials, Get get) {
  constexpr double kUnseen = 0.7, kLeast = 0.02;
  Moments m;
  const double n = static_cast<double>(trials.size());
  for (const auto& trial : trials) m.mean += get(trial) / n;
  double squares = kUnseen * kUnseen * m.mean * m.mean;
  for (const auto& trial : trials) squares += (get(trial) - m.mean) * (get(trial) - m.mean);
  m.deviation = std::max(std::sqrt(squares / n), kLeast * m.mean);
  return m;
}

struct Band {
  double low, high;
};

// 95 % point of Student's t (Abramowitz and Stegun 26.7.5), within 2 % from two degrees on.
double student95(double degrees) {
  constexpr double kNormal = 1.6449;
  return kNormal + 1.5238 / degrees + 1.4201 / (degrees * degrees) + 0.983 / (degrees * degrees * degrees);
}

// The sum of `more` trials: their own spread, and the doubt about the mean of which `n` were seen (log-normal: energy is not negative).
Band band(const Moments& m, double n, double more) {
  const double relative = m.deviation * std::sqrt(1 / more + 1 / n) / m.mean;
  const double reach = std::exp(student95(n + 1) * std::sqrt(std::log(1 + relative * relative)));
  return {m.mean * more / reach, m.mean * more * reach};
}

}  // namespace

SweepSum sum_trials(const std::vector<Trial>& trials) {
  SweepSum sum;
  for (const auto& trial : trials) {
    ++sum.runs;
    sum.failed += trial.failed;
    if (!sound(trial)) continue;
    sum.joules += trial.joules;
    sum.seconds += trial.seconds;
    if (trial.failed) sum.failed_joules += trial.joules;
  }
  return sum;
}

Result<SweepForecast> forecast_sweep(const std::vector<Trial>& trials, std::size_t remaining) {
  std::vector<Trial> usable;
  for (const auto& trial : trials) {
    if (sound(trial) && trial.joules.value() > 0 && trial.seconds.count() > 0) usable.push_back(trial);
  }
  if (usable.empty()) return unexpected(Errc::unavailable, "no trial of the sweep has ended yet");
  const SweepSum sum = sum_trials(trials);
  const double n = static_cast<double>(usable.size()), more = static_cast<double>(remaining);
  SweepForecast f{sum.joules, sum.joules, sum.joules, sum.joules, sum.seconds, sum.seconds, sum.seconds, usable.size(), remaining};
  if (remaining == 0) return f;
  const auto energy = moments(usable, [](auto& t) { return t.joules.value(); });
  const auto time = moments(usable, [](auto& t) { return t.seconds.count(); });
  const Band joules = band(energy, n, more), seconds = band(time, n, more);
  f.joules += Joules(energy.mean * more), f.low += Joules(joules.low), f.high += Joules(joules.high);
  f.seconds += Seconds(time.mean * more), f.seconds_low += Seconds(seconds.low), f.seconds_high += Seconds(seconds.high);
  return f;
}

}  // namespace carbontracker
