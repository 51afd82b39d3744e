#pragma once
// Places from single rows of the tables; shared by parse_place and find_place.

#include <optional>
#include <string_view>

#include "carbon/place.h"

namespace carbontracker {

// By ISO alpha-2, alpha-3 or English name, any case; "UK" is read as GB and says so in `note`.
[[nodiscard]] std::optional<Place> country_place(std::string_view text);
// "US-CA", "CA-QC": subdivisions with a figure of their own, any case.
[[nodiscard]] std::optional<Place> subdivision_place(std::string_view code);
// ... by its English name: "California", "Quebec".
[[nodiscard]] std::optional<Place> subdivision_by_name(std::string_view name);
// A region of "aws", "gcp" or "azure" (also by amazon, google, microsoft...), any case; an availability zone gives its region.
[[nodiscard]] std::optional<Place> region_place(std::string_view provider, std::string_view region);
// "aws", "gcp", "azure" for any of the names they go by ("ec2", "gce"); empty for others.
[[nodiscard]] std::string_view provider_code(std::string_view name);
// "AWS", "Google Cloud", "Azure".
[[nodiscard]] std::string_view provider_name(std::string_view code);

}  // namespace carbontracker
