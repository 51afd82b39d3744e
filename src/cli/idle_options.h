#pragma once
// Options that would be without effect: whoever gives one expects something of it.

#include "base/host.h"
#include "cli/arguments.h"

namespace carbontracker::cli {

// Errc::invalid_input where an option stands without the one that it belongs to ("run: --within goes with --when green"). The setting `live` counts as --live.
[[nodiscard]] Result<> check_idle_options(const Arguments& arguments, const Host& host);

}  // namespace carbontracker::cli
