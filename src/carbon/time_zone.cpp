#include "carbon/time_zone.h"

#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "carbon/zones.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

// "/usr/share/zoneinfo/posix/Europe/Oslo" -> "Europe/Oslo"; empty when the path is not into a zoneinfo tree.
std::string zone_in_path(std::string_view path) {
  constexpr std::string_view kTree = "zoneinfo/";
  const auto at = path.find(kTree);
  if (at == std::string_view::npos) return {};
  path.remove_prefix(at + kTree.size());
  for (std::string_view variant : {"posix/", "right/"})
    if (path.starts_with(variant)) path.remove_prefix(variant.size());
  return std::string(path);
}

std::string link_target(const std::string& path) {
  char buffer[1024];
  const ssize_t length = ::readlink(path.c_str(), buffer, sizeof buffer);
  return length > 0 ? std::string(buffer, static_cast<std::size_t>(length)) : std::string();
}

// Follows /etc/localtime by hand, so that a dangling link still tells its zone and absolute links stay below the host's root.
std::string zone_of_localtime(const Host& host) {
  std::string path = "/etc/localtime";
  for (int hop = 0; hop < 8; ++hop) {
    const std::string target = link_target(host.path(path));
    if (target.empty()) return {};
    if (const std::string zone = zone_in_path(target); !zone.empty()) return zone;
    path = target.front() == '/' ? target : path.substr(0, path.rfind('/') + 1) + target;
  }
  return {};
}

std::string zone_of_variable(std::string value) {
  if (!value.empty() && value.front() == ':') value.erase(0, 1);
  const std::string zone = zone_in_path(value);
  return zone.empty() ? std::string(trim(value)) : zone;
}

}  // namespace

std::string machine_time_zone(const Host& host) {
  if (const auto variable = host.env("TZ")) return variable->empty() ? "UTC" : zone_of_variable(*variable);
  if (std::string zone = zone_of_localtime(host); !zone.empty()) return zone;
  const auto text = read_file(host.path("/etc/timezone"), 4096);
  return text ? std::string(trim(text->substr(0, text->find('\n')))) : std::string();
}

std::optional<Place> zone_place(const std::string& zone) {
  const auto row = find_row("time_zones", zone);
  if (!row) return std::nullopt;
  std::optional<Place> place;
  if (const auto subdivision = (*row)["subdivision"]; !subdivision.empty()) place = subdivision_place(subdivision);
  if (!place) place = country_place((*row)["alpha2"]);
  if (place) place->from = "time zone " + zone;
  return place;
}

}  // namespace carbontracker
