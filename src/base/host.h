#pragma once
// Where the machine is: the root before /sys, /proc and /dev, the environment, the vendor libraries' names.
// Passed in everywhere, in production too, so that what ships is what is tested.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace carbontracker {

struct Host {
  std::string root;                            // "" is this machine; "/host" inside a container
  std::string nvml_library = "libnvidia-ml.so.1";
  // Looks a variable up; empty optional when it is unset. Never null.
  std::function<std::optional<std::string>(std::string_view name)> environment;

  [[nodiscard]] std::string path(std::string_view absolute) const { return root + std::string(absolute); }
  [[nodiscard]] std::optional<std::string> env(std::string_view name) const { return environment(name); }
};

// This process's machine: root from CARBONTRACKER_HOST_ROOT, the real environment.
[[nodiscard]] Host this_host();

}  // namespace carbontracker
