#pragma once
// Keys, URLs and zones of the live providers: CARBONTRACKER_* variables (also under the other spellings of carbon/provider.h), or the configuration file under the same names in small letters
// (electricity_maps_key = "..."). Keys and URLs are taken from the user's own file alone: a project's ./.carbontracker.toml may come from anywhere,
// and its URL would be sent the user's key.

#include <string>
#include <string_view>

#include "base/host.h"

namespace carbontracker::cli {

enum class ProviderSetting { none, secret, zone };
// What a key of the configuration file is: "electricity_maps_key" and "_url" a secret, "eia_respondent" a zone, anything else none.
[[nodiscard]] ProviderSetting provider_setting(std::string_view key);

// The same host, whose environment also answers from the configuration file where such a variable is unset. The file is read when the first of them is asked for,
// so that a command that asks no provider does not pay for it. A file with keys that others may read is told on stderr, once.
[[nodiscard]] Host with_provider_settings(Host host);

}  // namespace carbontracker::cli
