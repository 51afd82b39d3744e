#pragma once
// The grid as a run that waits or pauses sees it: now and to come.

#include <optional>
#include <string>

#include "base/host.h"
#include "carbon/intensity.h"

namespace carbontracker::cli {

struct RunGrid {
  IntensitySeries series;         // from the point that holds now
  WallTime known_until{};         // behind it the series' mean would stand
  bool constant = false;          // no hour is known to differ from another
  std::string note;               // why it is constant, why it is known no further, why its hours are usual ones, or why they are not of now
  bool usual = false;             // its hours are a usual day's of the month (carbon/grid_profile.h), not a forecast
};

// `history` is read anew. Its rows from now on are taken as they are: in a file that is kept up they are its publisher's forecast. Behind the
// last of them stands our own forecast, from the rows before now. Without a file a usual day of the place's month stands for the next 96 hours, and where there is none its yearly
// mean for every hour.
// Errors are those of reading the file.
[[nodiscard]] Result<RunGrid> run_grid(const Place& place, const std::string& history, const std::string& column, WallTime now, WallTime until);

// The same from a live provider (cli/grid_outlook.h); where none answers, the same as without a file, and why. It may take some ten seconds: while the command runs cli/grid_feed.h asks.
[[nodiscard]] RunGrid live_run_grid(const Place& place, const std::string& provider, WallTime now, WallTime until, const Host& host);

// What a provider told before stands where it tells nothing now: `last` goes with the time, and `note` says why.
[[nodiscard]] RunGrid or_last(RunGrid fresh, std::optional<RunGrid>& last, WallTime now);

}  // namespace carbontracker::cli
