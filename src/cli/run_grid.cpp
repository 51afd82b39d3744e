#include "cli/run_grid.h"

#include <algorithm>
#include <cmath>

#include "carbon/grid_forecast.h"
#include "carbon/grid_profile.h"
#include "carbon/live.h"
#include "carbon/series_file.h"
#include "cli/grid_outlook.h"

namespace carbontracker::cli {
namespace {

WallTime after(WallTime when, Seconds by) { return when + std::chrono::round<WallTime::duration>(by); }

// The rows of the file from the one that holds now; returns the end of the last.
WallTime take_rows(RunGrid& grid, const IntensitySeries& history, WallTime now) {
  const auto ends = [&](const IntensityPoint& point) { return after(point.start, history.step); };
  for (const IntensityPoint& point : history.points)
    if (ends(point) > now) grid.series.points.push_back(point);
  return grid.series.points.empty() ? now : ends(grid.series.points.back());
}

void add_forecast(RunGrid& grid, const IntensitySeries& forecast) {
  const WallTime from = grid.known_until;
  // How our hours err together is known; where a publisher's rows come first, not how theirs and ours do.
  if (!forecast.points.empty() && from <= forecast.points.front().start + std::chrono::hours(1)) grid.series.errors = forecast.errors;
  for (IntensityPoint point : forecast.points) {
    const WallTime end = point.start + std::chrono::hours(1);
    if (end <= from) continue;
    point.start = std::max(point.start, from);
    grid.series.points.push_back(point);
    grid.known_until = end;
  }
}

// Without any hours of its own: a usual day of the place's month, else the yearly mean.
RunGrid table_grid(const Place& place, WallTime now, WallTime until, const std::string& why) {
  const GridFigure yearly = table_intensity(place);
  auto usual = usual_hours(place, yearly, now, kGridForecastHours);
  if (!usual) return {{.about = yearly}, until, true, why};
  RunGrid grid{std::move(*usual), {}, false, why, true};
  grid.known_until = after(grid.series.points.back().start, grid.series.step);
  return grid;
}

}  // namespace

Result<RunGrid> run_grid(const Place& place, const std::string& history, const std::string& column, WallTime now, WallTime until) {
  if (history.empty()) return table_grid(place, now, until, "only the grid's yearly mean is known; --history FILE tells its hours");
  const auto read = read_series(history, column);
  if (!read) return unexpected(read.error());
  RunGrid grid{{.about = read->about, .points = {}, .step = std::max<Seconds>(read->step, std::chrono::hours(1))}, {}, false, {}};
  grid.known_until = take_rows(grid, *read, now);
  if (grid.known_until >= until) return grid;
  const auto forecast = forecast_grid(*read, now, static_cast<int>(std::clamp(Seconds(until - now).count() / 3600 + 2, 1.0, 96.0)));
  if (forecast) add_forecast(grid, *forecast);
  else grid.note = forecast.error().what;
  grid.constant = grid.series.points.empty();
  return grid;
}

RunGrid live_run_grid(const Place& place, const std::string& provider, WallTime now, WallTime until, const Host& host) {
  const int hours = static_cast<int>(std::clamp(Seconds(until - now).count() / 3600 + 2, 1.0, 96.0));
  auto outlook = grid_outlook({place, "", "", now, hours, true, provider}, host);
  if (!outlook || outlook->live_failed) {
    const Error why = outlook ? *outlook->live_failed : outlook.error();
    return table_grid(place, now, until, why.what + (why.hint.empty() ? "" : " (" + why.hint + ")"));
  }
  RunGrid grid{std::move(outlook->series), now, false, {}};
  std::erase_if(grid.series.points, [&](const IntensityPoint& point) { return after(point.start, grid.series.step) <= now; });
  if (!grid.series.points.empty()) grid.known_until = after(grid.series.points.back().start, grid.series.step);
  grid.constant = grid.series.points.empty();
  grid.note = outage_of(grid.series.about.note);
  return grid;
}

RunGrid or_last(RunGrid fresh, std::optional<RunGrid>& last, WallTime now) {
  if (!fresh.usual && !fresh.constant) return *(last = std::move(fresh));
  if (!last || last->known_until <= now) return fresh;
  last->note = "by what was told of the grid before: " + fresh.note;
  return *last;
}

}  // namespace carbontracker::cli
