#pragma once
// A program run for a few steps, to forecast the whole of it.

#include <optional>

#include "base/host.h"
#include "prediction/forecast.h"

namespace carbontracker::cli {

struct Probed {
  Forecast forecast;           // of the whole; where the command came to its end by itself, what it took
  double steps = 0;            // that were seen
  bool whole = false;          // it ended by itself with exit code 0: `forecast` is what it took
  std::optional<int> ended;    // exit code, where it ended by itself
};

// Runs `command` until `steps` of its steps were told (steps within epochs count on from epoch to epoch; else epochs), makes a forecast, and ends it
// (SIGTERM, 10 s later SIGKILL). Nothing is kept. Its output goes where ours would but for stdout, which belongs to the result and becomes stderr.
// Errc::unavailable: it told no progress, or too little, with its exit code.
[[nodiscard]] Result<Probed> probe(const std::vector<std::string>& command, double steps, const Host& host);

}  // namespace carbontracker::cli
