#pragma once
// What energy costs, as words and as the text of a JSON object; for the sources of this folder.

#include <optional>
#include <string>

#include "carbon/beyond.h"

namespace carbontracker {

[[nodiscard]] std::string cost_words(const Cost& cost);                  // "3.36 EUR", "3.36" where no currency was named
[[nodiscard]] std::string cost_json(const std::optional<Cost>& cost);    // {amount, low, high, price_per_kwh, currency, from} or null

}  // namespace carbontracker
