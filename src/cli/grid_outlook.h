#pragma once
// What the grid of a place was lately and will be, as a command that looks ahead needs it.

#include <optional>

#include "base/host.h"
#include "carbon/intensity.h"
#include "carbon/place.h"

namespace carbontracker::cli {

struct OutlookRequest {
  Place place;                      // whose figure stands where there is no history
  std::string history, column;      // recorded series; empty: none
  std::optional<WallTime> at;       // the present; nothing of the history at or after it is used. Nothing: now, by the clock
  int hours = 96;                   // 1 to 96
  bool live = false;                // where there is no history: ask a provider (carbon/live.h)
  std::string provider;             // its id; empty: the first that fits
  bool lifecycle = false;           // where the table stands: its lifecycle figure, by which places can be compared
};

// Whose hours an outlook holds.
enum class HoursOf { live, history, profile, table };
[[nodiscard]] const char* name_of(HoursOf hours);  // "live", "history", "profile", "table"

struct Outlook {
  WallTime at{};
  IntensitySeries series;           // the last measured hour, where there is one, then a point for each hour from that of `at` on
  HoursOf hours = HoursOf::table;
  GridFigure yearly{};              // the table's figure; with `profile` the mean that the hours are shaped from
  bool constant = false;            // no hour differs from another: the table's yearly mean
  std::string no_profile{};         // ... and why no usual day of the month stands in for the hours
  std::optional<Error> live_failed; // why the table stands although a live figure was wanted
};

// Where nothing else tells the hours, a usual day of the place's month does (carbon/grid_profile.h), and where there is none the yearly mean stands for each hour.
// Errors of reading the file and of the forecast (carbon/series_file.h, carbon/grid_forecast.h).
// A provider that fails is no error: the table stands, and `live_failed` says why.
[[nodiscard]] Result<Outlook> grid_outlook(const OutlookRequest& request, const Host& host);

// Whether the network may be asked: --offline forbids it, --live or the setting `live` allows it; without either it is not.
[[nodiscard]] bool live_allowed(bool live, bool offline, const Host& host);
// Where answers of providers are kept.
[[nodiscard]] std::string live_cache(const Host& host);

}  // namespace carbontracker::cli
