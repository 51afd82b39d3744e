// carbontracker report: the runs, one run, or two side by side.

#include <unistd.h>

#include <cmath>

#include <cstdio>

#include "base/files.h"
#include "carbon/live.h"
#include "carbon/series_file.h"
#include "cli/commands.h"
#include "cli/grid_choice.h"
#include "cli/grid_outlook.h"
#include "cli/style.h"
#include "report/render_json.h"
#include "report/render_prediction.h"
#include "report/render_text.h"
#include "storage/journal.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

using Text = Result<std::string>;

// Nothing, with the reason on stderr, where the provider has no answer: the table stands.
std::optional<IntensitySeries> live_grid(const Place& place, WallTime started, const std::string& provider, const Host& host) {
  auto live = live_intensity({place, system_clock().wall(), live_cache(host), provider}, host);
  if (live && !live->points.empty() && started >= live->points.front().start) return std::move(*live);
  if (live) live = unexpected(Errc::unavailable, "live intensity: " + live->about.provider + " gives no figure for the time of this run", "give a recorded series with --intensity FILE");
  print_message(style_of(STDERR_FILENO, host), live.error().what + "; the table stands", live.error().hint);
  return std::nullopt;
}

// What a file lacks is said beside the figure that is made from it.
void note_lacks(IntensitySeries& series) {
  std::string& note = series.about.note;
  const auto add = [&](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  if (series.skipped > 0) add(std::to_string(series.skipped) + " rows left out (blank, damaged, repeated, or no figure to believe)");
  if (series.missing > 0) add(std::to_string(series.missing) + " steps without a row");
}

Result<Report> load(Store& store, const std::string& which, const ReportArguments& arguments, const Host& host) {
  auto record = store.load(which);
  if (!record) return unexpected(record.error());
  std::optional<Place> place;
  if (!arguments.place.empty()) {
    auto parsed = parse_place(arguments.place, "--place");
    if (!parsed) return unexpected(parsed.error());
    place = std::move(*parsed);
  }
  std::optional<Facility> site;
  if (arguments.pue) site = Facility{*arguments.pue, "--pue"};
  std::optional<IntensitySeries> grid;
  if (!arguments.intensity.empty()) {
    auto series = read_series(arguments.intensity, arguments.column);
    if (!series) return unexpected(series.error());
    grid = std::move(*series);
    note_lacks(*grid);
  } else if (live_allowed(arguments.network.live, arguments.network.offline, host)) {
    const Report plain = report_of(*record);
    grid = live_grid(place ? *place : plain.place, plain.started, arguments.network.provider, host);
  }
  const auto price = chosen_price(arguments.price, host);
  if (!price) return unexpected(price.error());
  Report report = report_of(*record, place, site, grid, *price);
  if (arguments.market && report.total) report.beyond.market = market_based(*report.total, report.site, CarbonIntensity(*arguments.market));
  return report;
}

bool failed_run(const RunSummary& run) { return run.state == RunState::interrupted || run.exit_code.value_or(0) != 0; }

std::vector<Trial> trials_of(const std::vector<RunSummary>& runs) {
  std::vector<Trial> trials;
  for (const RunSummary& run : runs)
    if (run.state != RunState::running) trials.push_back({run.joules, run.duration, failed_run(run)});
  return trials;
}

Result<std::optional<SweepForecast>> sweep_of(const std::vector<Trial>& trials, std::optional<double> planned) {
  if (!planned) return std::optional<SweepForecast>();
  const double left = std::max(0.0, std::round(*planned) - static_cast<double>(trials.size()));
  const auto forecast = forecast_sweep(trials, static_cast<std::size_t>(std::min(left, 1e9)));
  if (!forecast) return unexpected(forecast.error());
  return std::optional<SweepForecast>(*forecast);
}

Text list(Store& store, const ReportArguments& arguments, const TextStyle& style) {
  const bool summed = !arguments.project.empty() || !arguments.tags.empty();  // of unrelated runs a sum says nothing
  RunFilter filter{arguments.project, {}, summed || arguments.trials ? 0 : arguments.limit.value_or(0)};
  for (const std::string& tag : arguments.tags) filter.tags[tag.substr(0, tag.find('='))] = tag.substr(tag.find('=') + 1);
  auto runs = store.list(filter);
  if (!runs) return unexpected(runs.error());
  const std::vector<Trial> trials = trials_of(*runs);
  const std::size_t all = runs->size();
  const auto sum = summed ? std::optional(sum_trials(trials)) : std::nullopt;
  const auto sweep = sweep_of(trials, arguments.trials);
  if (!sweep) return unexpected(sweep.error());
  if (arguments.limit.value_or(0) > 0 && runs->size() > *arguments.limit) runs->resize(*arguments.limit);
  if (summed && all == 0 && arguments.format == "text") return std::string("no runs of that project or tag: carbontracker report lists what is kept\n");
  if (arguments.format == "json") return runs_json(*runs, sum, *sweep);
  if (arguments.format == "csv") return runs_csv(*runs);
  if (arguments.format == "md") return runs_markdown(*runs);
  return runs_text(*runs, style) + (sum || *sweep ? sweep_text(sum.value_or(sum_trials(trials)), *sweep, all - trials.size()) : "");
}

// "-o run.json" means JSON, as it does for `run`.
std::string format_of(const ReportArguments& arguments) {
  if (arguments.format != "text") return arguments.format;
  for (const char* format : {"json", "csv", "md"})
    if (arguments.output.ends_with(std::string(".") + format)) return format;
  return "text";
}

std::string one(const Report& report, const std::string& format, const TextStyle& style) {
  if (format == "json") return report_json(report);
  if (format == "csv") return report_csv(report);
  return format == "md" ? report_markdown(report) : report_text(report, style);
}

std::string two(const Report& a, const Report& b, const std::string& format, const TextStyle& style) {
  if (format == "json") return comparison_json(a, b);
  if (format == "csv") return comparison_csv(a, b);
  return format == "md" ? comparison_markdown(a, b) : comparison_text(a, b, style);
}

Text render(Store& store, const ReportArguments& arguments, const TextStyle& style, const Host& host) {
  if (arguments.which.empty()) return list(store, arguments, style);
  auto first = load(store, arguments.which[0], arguments, host);
  if (!first) return unexpected(first.error());
  if (arguments.which.size() == 1) return one(*first, arguments.format, style);
  auto second = load(store, arguments.which[1], arguments, host);
  if (!second) return unexpected(second.error());
  return two(*first, *second, arguments.format, style);
}

int failed(const Error& error, const Host& host) {
  print_message(style_of(STDERR_FILENO, host), error.what, error.hint);
  return 1;
}

}  // namespace

int report_command(const ReportArguments& given, const Host& host) {
  ReportArguments arguments = given;
  arguments.format = format_of(given);
  const Style style = style_of(STDOUT_FILENO, host);
  auto store = Store::open(data_home(host));
  if (!store) return failed(store.error(), host);
  for (const Error& note : (*store)->notes()) print_message(style_of(STDERR_FILENO, host), note.what, note.hint);
  const Text text = render(**store, arguments, {style.colour, style.width}, host);
  if (!text) return failed(text.error(), host);
  if (!arguments.output.empty()) {
    const auto written = write_file_atomically(arguments.output, *text);
    return written ? 0 : failed(written.error(), host);
  }
  return print_product(*text, host);
}

}  // namespace carbontracker::cli
