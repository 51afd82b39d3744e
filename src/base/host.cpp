#include "base/host.h"

#include <cstdlib>

namespace carbontracker {

Host this_host() {
  Host host;
  host.environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  host.root = host.env("CARBONTRACKER_HOST_ROOT").value_or("");
  while (!host.root.empty() && host.root.back() == '/') host.root.pop_back();
  return host;
}

}  // namespace carbontracker
