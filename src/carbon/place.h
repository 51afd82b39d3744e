#pragma once
// Where the energy was taken from the grid: parsed from what the user says, or found on the machine without any network.

#include <optional>
#include <string>
#include <string_view>

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
};

// ISO 3166 alpha-2, alpha-3 or subdivision in any case, "UK" (with GB meant), `provider:region`, "lat,lon".
// Errc::invalid_input names the text and the nearest valid codes.
[[nodiscard]] Result<Place> parse_place(std::string_view text, std::string_view from);

// Cloud metadata left on the machine (DMI vendor with cloud-init's instance data, /etc/default/instance_configs, Azure's files...), then the time zone
// (TZ, /etc/localtime, /etc/timezone). "UTC" and unknown zones give an unknown place, never a guess.
[[nodiscard]] Place find_place(const Host& host);

}  // namespace carbontracker
