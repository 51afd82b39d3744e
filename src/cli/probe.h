#pragma once
// A program run for a few steps, to forecast the whole of it.

#include "base/host.h"
#include "prediction/forecast.h"

namespace carbontracker::cli {

// Runs `command` until `steps` of its units were told, makes a forecast, and ends it (SIGTERM, 10 s later SIGKILL). Nothing is kept.
// Its output goes where ours would but for stdout, which belongs to the result and becomes stderr.
// Errc::unavailable: it told no progress, or too little, with its exit code.
[[nodiscard]] Result<Forecast> probe(const std::vector<std::string>& command, double steps, const Host& host);

}  // namespace carbontracker::cli
