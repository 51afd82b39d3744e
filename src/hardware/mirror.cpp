#include "hardware/mirror.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kLeastJoules = 1;       // below this a step is mostly the granularity of the counter
constexpr double kTogetherJoules = 1;
constexpr double kTogetherShare = 0.001;
constexpr int kPairs = 3;
constexpr double kTornAtMost = 1000;     // 1 s of a large package

}  // namespace

bool looks_mirrored(Joules a, Joules b) {
  const double least = std::min(a.value(), b.value());
  const double apart = std::abs(a.value() - b.value());
  return least > kLeastJoules && apart <= kTogetherJoules && apart <= kTogetherShare * least;
}

bool is_one_counter(const std::function<Joules(int)>& read) {
  for (int pair = 0; pair < kPairs; ++pair) {
    const Joules one = read(0), other = read(1);
    if (looks_mirrored(one, other)) return true;
    if (std::abs(other.value() - one.value()) > kTornAtMost) return false;  // nothing that lies between two reads is as much: spares the other pairs
  }
  return false;
}

}  // namespace carbontracker
