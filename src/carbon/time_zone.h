#pragma once
// The machine's time zone, and the country that it names.

#include <optional>
#include <string>

#include "carbon/place.h"

namespace carbontracker {

// The zone's name as the machine has it ("Europe/Copenhagen", "UTC", "CET-1CEST"); empty when none can be told:
// TZ where it is set, else the name that /etc/localtime links to, else /etc/timezone.
[[nodiscard]] std::string machine_time_zone(const Host& host);

// The country of an IANA zone, and its state or province where the zone lies in one. Nothing for UTC, offsets and unknown names.
[[nodiscard]] std::optional<Place> zone_place(const std::string& zone);

}  // namespace carbontracker
