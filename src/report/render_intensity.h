#pragma once
// The grid now and to come, as text with a small chart and as JSON (docs/formats/commands.md).

#include <string>

#include "carbon/intensity.h"

namespace carbontracker {

struct GridView {
  std::string zone;          // as the user named it, or as it was found
  WallTime at{};
  IntensitySeries series;
  std::string hours;         // whose they are: "live", "history", "profile" (a usual day of the month) or "table" (no hour differs)
  GridFigure yearly;         // the table's figure, with "profile" and "table"
  std::string no_profile;    // with "table": why there is no usual day either
};

[[nodiscard]] std::string intensity_json(const GridView& view);
// One line a day (UTC), one block character an hour; no chart where no hour differs.
[[nodiscard]] std::string intensity_text(const GridView& view);

// One block character for each value, from the least to the greatest of `low` to `high`; a space for NaN.
[[nodiscard]] std::string bars(const std::vector<double>& values, double low, double high);

}  // namespace carbontracker
