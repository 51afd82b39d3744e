#pragma once
// The grid and the site that a command that looks ahead reckons with.

#include <optional>
#include <string>

#include "carbon/footprint.h"

namespace carbontracker::cli {

// --place, else the setting, else where the machine stands.
[[nodiscard]] Result<Place> chosen_place(const std::string& text, const Host& host);
// --pue, else the site of the place where it is a cloud's region, else 1.
[[nodiscard]] Facility chosen_facility(std::optional<double> pue, const Place& place, const Host& host);

}  // namespace carbontracker::cli
