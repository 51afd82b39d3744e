#include "prediction/distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace carbontracker {
namespace {

constexpr std::size_t kKnots = 400;

struct Weighted {
  double value, weight;
};

std::vector<Weighted> usable_in_order(const std::vector<double>& values, const std::vector<double>& weights) {
  std::vector<Weighted> all;
  all.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) return {};
    if (weights[i] > 0) all.push_back({values[i], weights[i]});
  }
  std::sort(all.begin(), all.end(), [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  return all;
}

}  // namespace

Distribution::Distribution(const std::vector<double>& values, const std::vector<double>& weights) {
  const auto all = usable_in_order(values, weights);
  const double whole = std::accumulate(all.begin(), all.end(), 0.0, [](double sum, const Weighted& each) { return sum + each.weight; });
  if (all.empty() || !(whole > 0)) return;
  knots_.reserve(kKnots);
  std::size_t next = 0;
  double below = 0;  // weight of what lies before all[next]
  for (std::size_t k = 0; k < kKnots; ++k) {
    const double wanted = (static_cast<double>(k) + 0.5) / kKnots * whole;
    while (next + 1 < all.size() && below + all[next].weight < wanted) below += all[next++].weight;
    knots_.push_back(all[next].value);
  }
}

double Distribution::quantile(double p) const {
  if (knots_.empty()) return 0;
  const double place = std::clamp(p, 0.0, 1.0) * static_cast<double>(knots_.size()) - 0.5;
  const double last = static_cast<double>(knots_.size() - 1);
  const double low = std::clamp(std::floor(place), 0.0, last);
  const auto i = static_cast<std::size_t>(low);
  const auto j = std::min(i + 1, knots_.size() - 1);
  return knots_[i] + (knots_[j] - knots_[i]) * std::clamp(place - low, 0.0, 1.0);
}

Lattice::Lattice() {
  double ratio = 2;  // the root of x^(d+1) = x + 1, by iteration
  for (int i = 0; i < 64; ++i) ratio = std::pow(1 + ratio, 1.0 / (kLatticeDimensions + 1));
  double step = 1;
  for (double& each : step_) each = (step /= ratio);
}

double Lattice::at(std::size_t index, std::size_t dimension) const {
  const double place = 0.5 + step_[dimension] * static_cast<double>(index + 1);
  return std::clamp(place - std::floor(place), 1e-6, 1 - 1e-6);
}

constexpr double kNoiseScale = 1.6448536 / 2.9444390;  // normal 95 % point over ln 19

double below(double value) { return 1 / (1 + std::exp(-value / kNoiseScale)); }

double noise(double uniform) {
  return kNoiseScale * std::log(uniform / (1 - uniform));
}

}  // namespace carbontracker
