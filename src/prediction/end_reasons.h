#pragma once
// Why nothing is known of an early end as yet: as messages, which are kept with the run, and what tells them from the others.

#include <string_view>

namespace carbontracker {

inline constexpr const char* kMetricNotSeen = "the metric has not been seen yet";
inline constexpr const char* kTooFewEvaluations = "fewer than three evaluations have been seen";

// Whether more evaluations may tell.
[[nodiscard]] constexpr bool awaits_evaluations(std::string_view reason) { return reason == kMetricNotSeen || reason == kTooFewEvaluations; }

}  // namespace carbontracker
