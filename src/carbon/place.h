#pragma once
// Where the energy was taken from the grid: parsed from what the user says, or found on the machine without any network.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host.h"
#include "carbontracker/result.h"

namespace carbontracker {

struct Place {
  std::string code;         // as shown and stored: "DK", "US-CA", "aws:eu-west-1", "55.68,12.57"; empty: unknown
  std::string country;      // ISO 3166-1 alpha-2, where known
  std::string subdivision;  // "US-CA", "CA-QC", where known
  std::string egrid;        // US eGRID subregion, where known
  std::string provider;     // "aws", "gcp", "azure", where it is a cloud region
  std::string region;       // "eu-west-1"
  std::string name;         // for people: "Denmark", "Ireland (AWS eu-west-1)"
  std::string from;         // how it was found: "--place", "config", "CARBONTRACKER_PLACE", "cloud metadata", "time zone Europe/Copenhagen", "unknown"
  std::string note;         // what the reader of a report should know: an alias taken, a border nearby, a region not in the table; often empty
};

// ISO 3166 alpha-2, alpha-3 or subdivision in any case, an English country name, "UK" (with GB meant), "WORLD", `provider:region`,
// "lat,lon" in degrees. US and CA subdivisions must exist; another country's (SE-AB) is kept in `subdivision` and the country's
// figure is used. Errc::invalid_input names the text and the nearest valid codes.
[[nodiscard]] Result<Place> parse_place(std::string_view text, std::string_view from);

// All regions of a cloud in the embedded table, as parse_place takes them: "aws:eu-west-1"; empty for a cloud that is not in it.
[[nodiscard]] std::vector<std::string> cloud_regions(std::string_view provider);

// What the machine itself says, without any network: the cloud (cloud-init's instance data; else DMI's vendor with the region that
// the provider's own files name), then the time zone (TZ; where it is unset /etc/localtime, then /etc/timezone; all below host.root).
// "UTC", offsets and unknown zones give an unknown place, never a guess. Under 1 ms.
[[nodiscard]] Place find_place(const Host& host);

}  // namespace carbontracker
