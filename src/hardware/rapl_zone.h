#pragma once
// The zones of the powercap tree, found and named; nothing is read but the small description files.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host.h"
#include "carbontracker/result.h"
#include "hardware/energy_source.h"

namespace carbontracker {

// What a zone's `name` file says: package-<P>, package-<P>-die-<D>, dram, core, uncore, psys (TPMI: platform).
struct ZoneName {
  Domain domain = Domain::other;
  std::string socket;  // physical id, for packages; may be 10 and 15 with no 0
  std::string die;     // empty where packages have no dies
};
[[nodiscard]] std::optional<ZoneName> parse_zone_name(std::string_view text);

struct Zone {
  std::string id;      // directory name: "intel-rapl:0:1"; says nothing of the socket
  std::string parent;  // "intel-rapl:0", empty for a top-level zone
  std::string path;    // of the directory, as reached through <root>/sys/class/powercap
  std::string name;    // content of `name`
  bool mmio = false;   // the MMIO view of hardware that the MSR view may show too
  bool guest = false;  // a guest's share of the host's energy, as Scaphandre on the host writes it to /var/scaphandre
};

struct ZoneTree {
  std::vector<Zone> zones;             // MSR views first, then by id
  std::vector<std::string> dangling;   // zones that are listed but whose target is not there (a container that masks them)
  bool directory = false;              // whether /sys/class/powercap (or its device tree) exists at all
};
[[nodiscard]] ZoneTree find_zones(const Host& host);

// "package-0-die-1", "dram-0-die-1", "core-2", "psys"; a sub-zone takes its socket and die from the zone it lives in.
[[nodiscard]] std::string channel_name(Domain domain, const ZoneName& place);

}  // namespace carbontracker
