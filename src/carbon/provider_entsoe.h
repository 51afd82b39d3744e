#pragma once
// ENTSO-E's transparency platform: actual generation by type (A75) times fuel factors.

#include "carbon/provider.h"

namespace carbontracker {

[[nodiscard]] std::string entsoe_zone(const Place& place, const Host& host);  // the area's EIC code
[[nodiscard]] std::vector<HttpRequest> entsoe_requests(const std::string& base, const std::string& key, const std::string& zone, WallTime at);
// Hourly or quarter-hourly means of all types, IPCC AR5 lifecycle medians; what storage takes is left out, imports are not counted.
[[nodiscard]] Result<std::vector<IntensityPoint>> entsoe_parse(std::string_view xml, WallTime at);

}  // namespace carbontracker
