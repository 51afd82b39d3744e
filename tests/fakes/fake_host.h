#pragma once
// A Host whose root and environment the test chooses.

#include <map>

#include "base/host.h"

namespace carbontracker {

inline Host fake_host(std::string root, std::map<std::string, std::string> variables = {}) {
  Host host;
  host.root = std::move(root);
  host.environment = [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  return host;
}

}  // namespace carbontracker
