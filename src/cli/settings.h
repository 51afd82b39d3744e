#pragma once
// Defaults of the options: ~/.config/carbontracker/config.toml, then ./.carbontracker.toml, then CARBONTRACKER_* variables; flags win.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/host.h"
#include "cli/arguments.h"

namespace carbontracker::cli {

struct Setting {
  std::string value;
  std::string from;  // "./.carbontracker.toml", "CARBONTRACKER_PLACE": shown beside the figure
};

struct Settings {
  std::map<std::string, Setting> values;   // by key: place, pue, project, name, interval, progress, epochs, price, live, offline, and those of the live providers (cli/provider_settings.h)
  std::vector<std::string> warnings;       // unknown keys, unreadable files, values of the wrong type: named, never fatal

  [[nodiscard]] const Setting* find(const std::string& key) const;
};

[[nodiscard]] Settings load_settings(const Host& host);
// What flags left open. Errc::invalid_input names the setting and where it came from.
[[nodiscard]] Result<> fill_from_settings(RunArguments& run, const Settings& settings, std::string& place_from, std::string& pue_from);

}  // namespace carbontracker::cli
