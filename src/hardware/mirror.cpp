#include "hardware/mirror.h"

#include <algorithm>
#include <cmath>

namespace carbontracker {
namespace {

constexpr double kLeastJoules = 1;       // below this a step is mostly the granularity of the counter
constexpr double kTogetherJoules = 1;
constexpr double kTogetherShare = 0.001;
constexpr double kInStepShare = 0.02;    // reads of two dies are microseconds apart: what is one counter agrees far better
constexpr int kEnoughSteps = 10;

}  // namespace

bool looks_mirrored(Joules a, Joules b) {
  const double least = std::min(a.value(), b.value());
  const double apart = std::abs(a.value() - b.value());
  return least > kLeastJoules && apart <= kTogetherJoules && apart <= kTogetherShare * least;
}

void MirrorDetector::add(Joules a, Joules b) {
  const double most = std::max(a.value(), b.value());
  if (most < kLeastJoules) return;
  if (std::abs(a.value() - b.value()) > kInStepShare * most) apart_ = true;
  else ++in_step_;
}

MirrorDetector::Verdict MirrorDetector::verdict() const {
  if (apart_) return Verdict::different;
  return in_step_ >= kEnoughSteps ? Verdict::mirrored : Verdict::undecided;
}

}  // namespace carbontracker
