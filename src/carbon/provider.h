#pragma once
// Live providers of carbon intensity: what to ask each, and what its answer says. Pure: asking is carbon/live.h's part. Sources: docs/method/providers.md.

#include <string>
#include <string_view>
#include <vector>

#include "base/host.h"
#include "carbon/intensity.h"
#include "net/http.h"

namespace carbontracker {

struct Provider {
  const char* id;               // "ELECTRICITY_MAPS": CARBONTRACKER_<id>_URL stands before the paths, CARBONTRACKER_<id>_KEY is its key
  const char* name;             // for people, and in the report
  const char* base;             // the service's own URL; empty: only where a URL is configured
  bool keyed;
  const char* basis;            // "average, lifecycle"
  double most;                  // g/kWh; a value above it is no g/kWh, whatever the answer calls it
  // The provider's name of the zone of a place; empty: not covered.
  std::string (*zone)(const Place& place, const Host& host);
  // Requests whose answers are parsed one by one, measured before forecast. `key` may be empty where keyed is false.
  std::vector<HttpRequest> (*requests)(const std::string& base, const std::string& key, const std::string& zone, WallTime at);
  // Points of one answer, in any order; points after `at` are forecasts. Errc::corrupt: not what the service answers, with the reason.
  Result<std::vector<IntensityPoint>> (*parse)(std::string_view body, WallTime at);
  // Exchanges "user:password" for a token; null where the key is sent as it is.
  HttpRequest (*login)(const std::string& base, const std::string& key);
};

// In the order in which they are tried.
[[nodiscard]] const std::vector<Provider>& providers();

}  // namespace carbontracker
