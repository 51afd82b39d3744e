// carbontracker intensity: the grid now and to come.

#include <unistd.h>

#include <cmath>

#include "cli/commands.h"
#include "cli/grid_choice.h"
#include "cli/grid_outlook.h"
#include "cli/style.h"
#include "report/render_intensity.h"

namespace carbontracker::cli {
namespace {

constexpr double kMostHours = 96;

Result<std::string> shown(const IntensityArguments& i, const Host& host) {
  const auto place = told_place(i.place, host);
  if (!place) return unexpected(place.error());
  if (i.history.empty() && !i.column.empty()) return unexpected(Errc::invalid_input, "intensity: --column goes with --history", "give the file that has the column");
  if (i.hours.value_or(0) > kMostHours) print_message(style_of(STDERR_FILENO, host), "intensity: --hours: 96 hours ahead are told at most");
  const auto outlook = grid_outlook({*place, i.history, i.column, i.at, static_cast<int>(std::ceil(i.hours.value_or(96))),
                                     live_allowed(i.network.live, i.network.offline, host), i.network.provider}, host);
  if (!outlook) return unexpected(outlook.error());
  if (outlook->live_failed) print_message(style_of(STDERR_FILENO, host), outlook->live_failed->what + "; the table stands", outlook->live_failed->hint);
  // A recorded series is of the place that the user names, if any: the machine's own is not its zone.
  const std::string zone = !i.history.empty() && i.place.empty() ? outlook->series.about.provider : place->code;
  const GridView view{zone.empty() ? outlook->series.about.zone_name : zone, outlook->at, outlook->series, name_of(outlook->hours), outlook->yearly,
                      outlook->no_profile};
  return i.format == "json" ? intensity_json(view) : intensity_text(view);
}

}  // namespace

int intensity_command(const IntensityArguments& arguments, const Host& host) {
  const auto text = shown(arguments, host);
  if (text) return print_product(*text, host);
  print_message(style_of(STDERR_FILENO, host), text.error().what, text.error().hint);
  return text.error().code == Errc::invalid_input || text.error().code == Errc::not_found ? 2 : 1;
}

}  // namespace carbontracker::cli
