#pragma once
// An intensity history as one value an hour, in logarithms: what the grid forecast works on.

#include <cstdint>
#include <vector>

#include "carbon/intensity.h"

namespace carbontracker {

struct HourlyLog {
  std::int64_t first_hour = 0;     // hours since 1970, UTC
  std::vector<double> log_g;       // ln(g/kWh) of each hour
  std::size_t bridged = 0;         // hours that the history lacks, filled from those beside them

  [[nodiscard]] std::int64_t end_hour() const { return first_hour + static_cast<std::int64_t>(log_g.size()); }
};

// Measured points alone (forecast = false) that begin before the hour of `before`, the last two years and a month of them.
// Several points in an hour are averaged, a point of several hours holds for each. Gaps up to three hours are drawn straight, longer ones take the
// same hours of the day before; after a gap of a week or more the history begins anew. Values below 1 % of the mean count as that (a logarithm needs it).
// Errc::unavailable: nothing before that hour.
[[nodiscard]] Result<HourlyLog> hourly_log(const IntensitySeries& history, WallTime before);

[[nodiscard]] std::int64_t hour_of(WallTime when);   // hours since 1970, rounded down
[[nodiscard]] WallTime start_of_hour(std::int64_t hour);

}  // namespace carbontracker
