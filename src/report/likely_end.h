#pragma once
// Where a training is likely to stop early, as words and as JSON.

#include <string>

#include "report/report.h"

namespace carbontracker {

// 12, 12.25, 1500: whole where they are.
[[nodiscard]] std::string show_units(double units);
// The `likely_end` object of a forecast (docs/formats/commands.md); "null" where there is a reason instead.
[[nodiscard]] std::string likely_end_json(const EndRecord& end, Grams grams);
// "likely stops after 12 epochs (9 to 17) by val_loss: 1.2 kWh, 3 h, 130 g CO2e", "no early end in sight by val_loss (12 % before the plan's)",
// "no likely end by val_loss: REASON".
[[nodiscard]] std::string likely_end_words(const EndRecord& end, const std::string& unit, Grams grams);

}  // namespace carbontracker
