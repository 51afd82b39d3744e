#pragma once
// The grid now and to come, as text with a small chart and as JSON (docs/formats/commands.md).

#include <string>

#include "carbon/intensity.h"

namespace carbontracker {

struct GridView {
  std::string zone;          // as the user named it, or as it was found
  WallTime at{};
  IntensitySeries series;
};

[[nodiscard]] std::string intensity_json(const GridView& view);
// One line a day (UTC), one block character an hour; `constant`: no hour differs, and no chart is drawn.
[[nodiscard]] std::string intensity_text(const GridView& view, bool constant);

// One block character for each value, from the least to the greatest of `low` to `high`; a space for NaN.
[[nodiscard]] std::string bars(const std::vector<double>& values, double low, double high);

}  // namespace carbontracker
