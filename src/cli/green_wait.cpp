#include "cli/green_wait.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/iso_time.h"

namespace carbontracker::cli {
namespace {

using Why = GreenStart::Why;

std::string minute(WallTime when) { return iso_time(when).substr(0, 10) + " " + iso_time(when).substr(11, 5) + "Z"; }

std::string line_of(const GreenStart& plan, const GreenWait& wait, const RunGrid& grid, WallTime now) {
  return fmt::format("waiting for a greener grid{}: starts {}, in {}; {:.0f} % less CO2e than now ({:.0f} to {:.0f}); to end by {}",
                     grid.usual ? " by a usual day of the month, not a forecast (" + grid.note + ")" : "", minute(plan.start),
                     show_duration(std::chrono::ceil<std::chrono::seconds>(plan.start - now)), plan.saved_percent, plan.saved_low, plan.saved_high, minute(wait.deadline));
}

std::string line_at_once(const GreenStart& plan, const GreenWait& wait, const RunGrid& grid) {
  if (plan.why == Why::too_late) return fmt::format("starts now: work of {} does not end by {} otherwise", show_duration(wait.length), minute(wait.deadline));
  if (grid.constant) return "starts now: no hour is known to be better (" + grid.note + ")";
  return "starts now: no later hour until " + minute(std::min(wait.deadline, grid.known_until)) + " is known to be better" + (grid.usual ? " by a usual day of the month (" + grid.note + ")" : "");
}

// Of a start that was waited for.
std::string why_after_all(const GreenStart& plan, const RunGrid& grid) {
  if (plan.why == Why::too_late) return ": the deadline leaves no time to wait";
  return grid.constant ? ": no hour is known to be better any more (" + grid.note + ")" : "";
}

// Behind what is known of the grid its mean would stand, and promise hours that nobody forecast.
GreenStart plan_of(const GreenWait& wait, const RunGrid& grid, WallTime now) {
  const GreenStart plan = green_start(grid.series, now, wait.length, wait.deadline);
  if (!plan.waits() || grid.known_until >= wait.deadline) return plan;
  const GreenStart known = green_start(grid.series, now, wait.length, grid.known_until);
  return known.why == Why::too_late ? GreenStart{Why::now_is_best, now} : known;
}

}  // namespace

int wait_for_green(const GreenWait& wait) {
  std::optional<WallTime> told;
  std::optional<GreenStart> plan;
  RunGrid grid;
  std::string noted;
  for (;;) {
    const WallTime now = wait.clock.wall();
    if (auto read = wait.grid(now)) {
      grid = std::move(*read);
      plan = plan_of(wait, grid, now);
    } else if (!plan || now >= plan->start) {
      return 0;
    }
    if (!plan->waits()) {
      wait.say(told ? "starts now" + why_after_all(*plan, grid) : line_at_once(*plan, wait, grid));
      return wait.sleep(Seconds(0));  // a signal that came while we planned
    }
    if (told != plan->start) wait.say(line_of(*plan, wait, grid, now));
    else if (grid.note != noted && !grid.note.empty()) wait.say("still waiting, " + grid.note + "; starts " + minute(plan->start));
    told = plan->start;
    noted = grid.note;
    const WallTime next_hour = std::chrono::floor<std::chrono::hours>(now) + std::chrono::hours(1);
    const WallTime until = std::min(plan->start, next_hour);
    // By the wall clock, which goes on while the machine sleeps and may be set.
    while (wait.clock.wall() < until && wait.clock.wall() >= now) {
      if (const int signal = wait.sleep(std::min<Seconds>(std::chrono::seconds(30), until - wait.clock.wall()))) return signal;
    }
  }
}

}  // namespace carbontracker::cli
