#include "prediction/sweep.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

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
// so that two alike do not count as certainty.
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

// Deterministic numbers in (0, 1): splitmix64 (Steele et al. 2014).
class Numbers {
 public:
  double next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
  }
  double waiting() { return -std::log(next()); }

 private:
  std::uint64_t state_ = 0;
};

// Trials of several kinds (a small card and a node of eight, pruned ones, failures at once): the Bayesian bootstrap (Rubin 1981) with the weight of one trial on kinds that
// were not seen, each the mean times a log-normal factor. What is drawn for the remaining trials are trials, not their mean.
Band resampled(const std::vector<double>& seen, double mean, std::size_t more) {
  constexpr std::size_t kDraws = 200, kDrawn = 60, kUnseenKinds = 3, kMostSeen = 2000;
  constexpr double kKindsDeviation = 1.5;
  if (seen.size() > kMostSeen) return {mean * static_cast<double>(more), mean * static_cast<double>(more)};
  Numbers numbers;
  std::vector<double> sums, atoms, until;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    atoms = seen, until.clear();
    for (std::size_t i = 0; i < kUnseenKinds; ++i) atoms.push_back(mean * std::exp(kKindsDeviation * noise(numbers.next())));
    double weight = 0, weighted = 0;
    const double unseen = numbers.waiting() / kUnseenKinds;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      const double each = i < seen.size() ? numbers.waiting() : unseen;
      weight += each, weighted += each * atoms[i];
      until.push_back(weight);
    }
    const std::size_t drawn = std::min(more, kDrawn);
    double sum = static_cast<double>(more - drawn) * weighted / weight;
    for (std::size_t i = 0; i < drawn; ++i)
      sum += atoms[std::min<std::size_t>(atoms.size() - 1, static_cast<std::size_t>(std::lower_bound(until.begin(), until.end(), numbers.next() * weight) - until.begin()))];
    sums.push_back(sum);
  }
  const Distribution whole(sums, std::vector<double>(sums.size(), 1.0));
  return {whole.quantile(0.05), whole.quantile(0.95)};
}

template <class Get>
Band rest_of(const std::vector<Trial>& trials, const Moments& m, std::size_t more, Get get) {
  std::vector<double> seen;
  for (const auto& trial : trials) seen.push_back(get(trial));
  const Band even = band(m, static_cast<double>(trials.size()), static_cast<double>(more)), mixed = resampled(seen, m.mean, more);
  return {std::min(even.low, mixed.low), std::max(even.high, mixed.high)};
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
  const double more = static_cast<double>(remaining);
  SweepForecast f{sum.joules, sum.joules, sum.joules, sum.joules, sum.seconds, sum.seconds, sum.seconds, usable.size(), remaining};
  if (remaining == 0) return f;
  const auto joules_of = [](const Trial& t) { return t.joules.value(); };
  const auto seconds_of = [](const Trial& t) { return t.seconds.count(); };
  const auto energy = moments(usable, joules_of), time = moments(usable, seconds_of);
  const Band joules = rest_of(usable, energy, remaining, joules_of), seconds = rest_of(usable, time, remaining, seconds_of);
  f.joules += Joules(energy.mean * more), f.low += Joules(joules.low), f.high += Joules(joules.high);
  f.seconds += Seconds(time.mean * more), f.seconds_low += Seconds(seconds.low), f.seconds_high += Seconds(seconds.high);
  return f;
}

}  // namespace carbontracker
