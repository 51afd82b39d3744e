#pragma once
// A plan as text with a small chart, as JSON, and as the line that starts the work then (docs/formats/commands.md).

#include <optional>
#include <string>
#include <vector>

#include "advice/plan.h"
#include "carbon/beyond.h"
#include "report/render_places.h"

namespace carbontracker {

struct PlanView {
  Plan plan;
  Work work;
  Joules it{};                    // of the work, without PUE
  std::optional<Cost> cost;       // of the work, with PUE, where a price was given
  WallTime from{}, deadline{};
  IntensitySeries grid;           // of the first place, for the chart
  std::string hours;              // whose its hours are: "live", "history", "profile" (a usual day of the month) or "table" (no hour differs)
  std::string no_profile;         // with "table": why there is no usual day either
  bool deadline_assumed = false;
  double paused_share = 0;        // of the power, while paused
  std::vector<PlaceFacts> places; // the first and those it is compared with
};

[[nodiscard]] std::string plan_json(const PlanView& view);
[[nodiscard]] std::string plan_text(const PlanView& view);

enum class Scheduler { slurm, at, cron };
// The line for a shell or a crontab that starts `command` at the best start, in the machine's own time zone. An empty command leaves a place to fill in.
[[nodiscard]] std::string plan_line(const PlanOption& best, Scheduler scheduler, const std::vector<std::string>& command);
// That the best start's local time comes twice, where clocks go back in that night: a scheduler takes either. Else empty.
[[nodiscard]] std::string twice_a_night(const PlanOption& best);

}  // namespace carbontracker
