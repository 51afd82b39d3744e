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

// A single trial says nothing of how they differ: trials of a sweep then count as differing by their half.
template <class Get>
Moments moments(const std::vector<Trial>& trials, Get get) {
  constexpr double kOneTrial = 0.5, kLeast = 0.02;
  Moments m;
  const double n = static_cast<double>(trials.size());
  for (const auto& trial : trials) m.mean += get(trial) / n;
  double squares = 0;
  for (const auto& trial : trials) squares += (get(trial) - m.mean) * (get(trial) - m.mean);
  // One more trial of average spread, so that two alike do not count as certainty.
  const double seen = n > 1 ? std::sqrt((squares + kOneTrial * kOneTrial * m.mean * m.mean / 4) / (n - 0.75)) : kOneTrial * m.mean;
  m.deviation = std::max(seen, kLeast * m.mean);
  return m;
}

struct Band {
  double low, high;
};

// The sum of `more` trials: their own spread, and the doubt about the mean of which `n` were seen (log-normal: energy is not negative).
Band band(const Moments& m, double n, double more) {
  const double relative = m.deviation * std::sqrt(1 / more + 1 / n) / m.mean;
  const double reach = std::exp(1.645 * std::sqrt(std::log(1 + relative * relative)));
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
