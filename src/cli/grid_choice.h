#pragma once
// The grid and the site that a command that looks ahead reckons with.

#include <optional>
#include <string>

#include "carbon/beyond.h"

namespace carbontracker::cli {

// --place, else the setting, else where the machine stands.
[[nodiscard]] Result<Place> chosen_place(const std::string& text, const Host& host);
// The same; what there is to be said of a place that was typed (an alias taken, a border nearby) goes to stderr.
[[nodiscard]] Result<Place> told_place(const std::string& text, const Host& host);
// --pue, else the site of the place where it is a cloud's region, else 1.
[[nodiscard]] Facility chosen_facility(std::optional<double> pue, const Place& place, const Host& host);
// --price ("0.30", "0.30EUR"), else the setting; nothing where neither tells it.
[[nodiscard]] Result<std::optional<Price>> chosen_price(const std::string& text, const Host& host);

}  // namespace carbontracker::cli
