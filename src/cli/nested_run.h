#pragma once
// A wrapper inside a wrapped program: the outer one measures, so that nothing is counted twice; this one marks.

#include <string>

#include "base/host.h"
#include "cli/arguments.h"
#include "cli/style.h"
#include "launch/signals.h"

namespace carbontracker::cli {

// The socket of a living wrapper around this process; empty where there is none.
[[nodiscard]] std::string outer_wrapper(const Host& host);

// Runs the command untouched, as a region of the outer run that bears its name. Returns the exit code as run_command does.
// -o, --place, --pue and --budget belong to the outer run and are left out, which is said.
[[nodiscard]] int run_nested(const RunArguments& run, const Host& host, const Style& style, const std::string& socket, Signals& signals, const std::string& name);

}  // namespace carbontracker::cli
