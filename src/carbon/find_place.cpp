#include "carbon/cloud_metadata.h"
#include "carbon/place.h"
#include "carbon/time_zone.h"
#include "carbon/zones.h"

namespace carbontracker {
namespace {

Place unknown_place(const std::string& zone) {
  Place place;
  place.name = "unknown place";
  place.from = "unknown";
  place.note = zone.empty() ? "the machine has no time zone set" : "the time zone '" + zone.substr(0, 40) + "' names no country";
  place.note += "; set one with --place DK, CARBONTRACKER_PLACE or `place` in the config";
  return place;
}

}  // namespace

Place find_place(const Host& host) {
  const auto cloud = cloud_on(host);
  if (cloud)
    if (auto place = cloud_place(*cloud)) return *std::move(place);
  const std::string zone = machine_time_zone(host);
  Place place = zone_place(zone).value_or(unknown_place(zone));
  if (!cloud) return place;
  place.provider = cloud->provider;
  place.note = std::string(provider_name(cloud->provider)) + " machine whose region no file names" + (place.country.empty() ? "; " + place.note : ": taken from its time zone");
  return place;
}

}  // namespace carbontracker
