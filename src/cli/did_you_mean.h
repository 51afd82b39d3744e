#pragma once
// What somebody meant who was not understood.

#include <string>
#include <vector>

#include "base/host.h"

namespace carbontracker::cli {

// The option of `verb` that `word` is most likely a slip of ("--histroy"), or empty.
[[nodiscard]] std::string nearest_option(const std::string& verb, const std::string& word);
// The remedy for a command that was not found. `plain`: it stood where a verb may stand.
[[nodiscard]] std::string not_found_hint(const std::vector<std::string>& command, bool plain);

}  // namespace carbontracker::cli
