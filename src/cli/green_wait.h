#pragma once
// run --when green: waits for the hours in which the work emits least.

#include <functional>
#include <string>

#include "advice/green_start.h"
#include "base/clock.h"
#include "base/host.h"
#include "cli/arguments.h"
#include "cli/run_grid.h"
#include "cli/style.h"
#include "launch/signals.h"
#include "tracker/session.h"

namespace carbontracker::cli {

// One wait, without the world around it.
struct GreenWait {
  Seconds length{};
  WallTime deadline{};
  const Clock& clock;
  std::function<Result<RunGrid>(WallTime now)> grid;
  // Sleeps that long at most; the number of the signal that ended the wait, else 0.
  std::function<int(Seconds)> sleep;
  std::function<void(const std::string&)> say;
};
// Plans, says what is waited for and why, sleeps, and plans again each hour. 0: start now; else the signal. The first plan's failure to read the
// grid is the caller's to hear (`grid` has been asked before); a later one's leaves the last plan standing.
[[nodiscard]] int wait_for_green(const GreenWait& wait);

// What a run that waits or pauses knows of its length and its end.
struct RunBounds {
  std::optional<Seconds> length;      // empty: not known
  std::string length_from;            // "--hours", "run 20261125-..."
  std::optional<WallTime> deadline;   // empty: none was given
};
[[nodiscard]] Result<RunBounds> run_bounds(const RunArguments& run, const SessionOptions& options, WallTime now);

// The whole of it: reads what is needed, waits, remembers. Nothing: start now (bounds.deadline holds the one that was kept). An exit code: end with it.
[[nodiscard]] std::optional<int> await_green(const RunArguments& run, const SessionOptions& options, RunBounds& bounds, const Host& host, const Style& style, Signals& signals);

}  // namespace carbontracker::cli
