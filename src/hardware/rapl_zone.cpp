#include "hardware/rapl_zone.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr std::string_view kClassDirectory = "/sys/class/powercap";
constexpr std::string_view kDeviceDirectory = "/sys/devices/virtual/powercap";
constexpr std::string_view kPrefix = "intel-rapl";  // AMD's zones are called so too; dtpm and idle-inject have no energy
constexpr std::string_view kGuestDirectory = "/var/scaphandre/intel-rapl:0";  // Scaphandre's qemu exporter, mounted in the guest
constexpr int kDeepest = 4;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string parent_of(const std::string& id) {
  const auto first = id.find(':');
  const auto last = id.rfind(':');
  return first == last ? std::string() : id.substr(0, last);
}

// The class directory lists every zone flat and, through the links, nested: each is taken the first time it is met.
void walk(const std::string& directory, int depth, ZoneTree& tree, std::set<std::string>& seen) {
  const auto names = list_directory(directory);
  if (!names || depth > kDeepest) return;
  for (const std::string& id : *names) {
    if (id.compare(0, kPrefix.size(), kPrefix) != 0 || !seen.insert(id).second) continue;
    const std::string path = directory + "/" + id;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      tree.dangling.push_back(path);
      seen.erase(id);  // the same zone may be reachable another way
      continue;
    }
    // Control types have no `name`.
    if (const auto name = read_file(path + "/name", 4096))
      tree.zones.push_back({id, parent_of(id), path, std::string(trim(*name)), id.find("mmio") != std::string::npos});
    walk(path, depth + 1, tree, seen);
  }
}

}  // namespace

std::optional<ZoneName> parse_zone_name(std::string_view text) {
  text = trim(text);
  if (text == "dram") return ZoneName{Domain::dram, "", ""};
  if (text == "core") return ZoneName{Domain::core, "", ""};
  if (text == "uncore") return ZoneName{Domain::uncore, "", ""};
  if (text == "psys" || text == "platform") return ZoneName{Domain::psys, "", ""};
  const auto parts = split(text, '-');
  const bool package = parts.size() >= 2 && parts[0] == "package" && is_number(parts[1]);
  if (package && parts.size() == 2) return ZoneName{Domain::package, std::string(parts[1]), ""};
  if (package && parts.size() == 4 && parts[2] == "die" && is_number(parts[3]))
    return ZoneName{Domain::package, std::string(parts[1]), std::string(parts[3])};
  return std::nullopt;
}

ZoneTree find_zones(const Host& host) {
  ZoneTree tree;
  std::set<std::string> seen;
  for (const auto directory : {kClassDirectory, kDeviceDirectory}) {
    if (!tree.zones.empty()) break;
    tree.directory = tree.directory || list_directory(host.path(directory)).has_value();
    walk(host.path(directory), 0, tree, seen);
  }
  const std::string guest = host.path(kGuestDirectory);
  if (tree.zones.empty() && ::access((guest + "/energy_uj").c_str(), F_OK) == 0) tree.zones.push_back({"intel-rapl:0", "", guest, "package-0", false, true});
  std::stable_sort(tree.zones.begin(), tree.zones.end(), [](const Zone& a, const Zone& b) { return a.mmio < b.mmio; });
  return tree;
}

std::string channel_name(Domain domain, const ZoneName& place) {
  std::string name(to_string(domain));
  if (!place.socket.empty()) name += "-" + place.socket;
  if (!place.die.empty()) name += "-die-" + place.die;
  return name;
}

}  // namespace carbontracker
