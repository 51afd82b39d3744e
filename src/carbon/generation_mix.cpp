#include "carbon/generation_mix.h"

#include <algorithm>

namespace carbontracker {
namespace {

constexpr double kMostUnknown = 0.1;  // of a moment's energy

WallTime::duration time_of_day(WallTime when) { return when - std::chrono::floor<std::chrono::days>(when); }

// How many moments have each type: of all, and of those of one time of day.
struct Reported {
  std::map<std::string, std::size_t> types;
  std::size_t moments = 0;

  void add(const std::map<std::string, double>& mix) {
    ++moments;
    for (const auto& entry : mix) ++types[entry.first];
  }
  [[nodiscard]] std::size_t of(const std::string& type) const {
    const auto found = types.find(type);
    return found == types.end() ? 0 : found->second;
  }
};

bool whole(const std::map<std::string, double>& mix, const Reported& all, const Reported& same_time) {
  // Neither count holds this moment for the types asked about: it lacks them.
  const Reported& like = same_time.moments > 1 ? same_time : all;
  const std::size_t others = like.moments - 1;
  return std::all_of(all.types.begin(), all.types.end(), [&](const auto& type) {
    return mix.count(type.first) > 0 || 2 * like.of(type.first) < others || like.of(type.first) == 0;
  });
}

std::optional<CarbonIntensity> intensity_of(const std::map<std::string, double>& mix, const FuelFactors& factors) {
  double energy = 0, emission = 0, unknown = 0;
  for (const auto& [type, value] : mix) {
    const auto factor = factors.find(type);
    if (factor == factors.end()) unknown += value;
    else energy += value, emission += value * factor->second;
  }
  if (!(energy > 0) || unknown > kMostUnknown * (energy + unknown)) return std::nullopt;
  return CarbonIntensity(emission / energy);
}

}  // namespace

std::vector<IntensityPoint> intensity_of_mix(const GenerationMix& mix, const FuelFactors& factors, std::chrono::minutes step, WallTime at) {
  Reported all;
  std::map<WallTime::duration, Reported> by_time;
  for (const auto& [start, types] : mix) all.add(types), by_time[time_of_day(start)].add(types);
  std::vector<IntensityPoint> out;
  for (const auto& [start, types] : mix) {
    if (start + step > at || !whole(types, all, by_time[time_of_day(start)])) continue;
    if (const auto g = intensity_of(types, factors)) out.push_back({start, *g, *g, *g, false, false});
  }
  return out;
}

}  // namespace carbontracker
