#pragma once
// Live providers of carbon intensity: what to ask each, and what its answer says. Pure: asking is carbon/live.h's part. Sources: docs/method/providers.md.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "carbon/intensity.h"
#include "net/http.h"

namespace carbontracker {

struct ProviderQuery {
  std::string base;  // the URL before the paths, without a slash at its end
  std::string key;   // or the token it was exchanged for; empty where none is needed
  std::string zone;  // as the provider names it
  WallTime at{};     // the present
};

struct ProviderAnswer {
  std::vector<IntensityPoint> points;  // in any order; points after `at` are forecasts
  std::string zone;                    // that the answer itself tells; empty: it tells none
  std::string note;                    // what a reader of the figures should know, often empty
};

struct Provider {
  const char* id;               // "ELECTRICITY_MAPS": CARBONTRACKER_<id>_URL stands before the paths, CARBONTRACKER_<id>_KEY is its key
  const char* name;             // for people, and in the report
  const char* base;             // the service's own URL; empty: only where a URL is configured
  bool keyed;
  const char* basis;            // "average, lifecycle"
  double most;                  // g/kWh; a value above it is no g/kWh, whatever the answer calls it
  std::chrono::minutes step;    // of its data: nothing new is to be had sooner
  const char* zone_setting;     // "REGION": CARBONTRACKER_<id>_REGION is `configured` below; null: there is none
  // The provider's name of the zone of a place; empty: not covered. Errc::invalid_input: `configured` is no zone of this provider.
  Result<std::string> (*zone)(const Place& place, const std::string& configured);
  // Requests whose answers are parsed one by one, measured before forecast.
  std::vector<HttpRequest> (*requests)(const ProviderQuery& query);
  // One answer. Errc::corrupt: not what the service answers to that query (no JSON, another unit, another zone), with the reason.
  Result<ProviderAnswer> (*parse)(std::string_view body, const ProviderQuery& query);
  // Exchanges "user:password" for a token of half an hour; null where the key is sent as it is.
  HttpRequest (*login)(const std::string& base, const std::string& key) = nullptr;
  // Where zone() may answer "lat,lon": the request for the zone there, and what its answer says. Null: requests() take coordinates themselves, or never get them.
  HttpRequest (*locate)(const ProviderQuery& query) = nullptr;
  Result<std::string> (*located)(std::string_view body) = nullptr;
};

// In the order in which they are tried.
[[nodiscard]] const std::vector<Provider>& providers();
// By its id or another usual spelling of it, in any case, with or without "_", "-" and " " between its words; null: there is none of that name.
[[nodiscard]] const Provider* find_provider(std::string_view id);

// Other spellings of an id that people use in variables: {"ENTSOE", "ENTSO_E"}. A variable under such a name must not be passed over in silence.
struct ProviderSpelling {
  std::string_view id, other;
};
[[nodiscard]] const std::vector<ProviderSpelling>& provider_spellings();

}  // namespace carbontracker
