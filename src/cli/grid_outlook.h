#pragma once
// What the grid of a place was lately and will be, as a command that looks ahead needs it.

#include "base/host.h"
#include "carbon/intensity.h"
#include "carbon/place.h"

namespace carbontracker::cli {

struct OutlookRequest {
  Place place;                      // whose figure stands where there is no history
  std::string history, column;      // recorded series; empty: none
  std::optional<WallTime> at;       // the present; nothing of the history at or after it is used. Nothing: now, by the clock
  int hours = 96;                   // 1 to 96
};

struct Outlook {
  WallTime at{};
  IntensitySeries series;           // the last measured hour, where there is one, then a point for each hour from that of `at` on
  bool constant = false;            // no hour differs from another: the table's yearly mean
};

// Errors of reading the file and of the forecast (carbon/series_file.h, carbon/grid_forecast.h).
[[nodiscard]] Result<Outlook> grid_outlook(const OutlookRequest& request);

}  // namespace carbontracker::cli
