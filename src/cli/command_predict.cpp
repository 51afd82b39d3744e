// carbontracker predict: what a training will take, before it runs.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/iso_time.h"
#include "carbon/remaining.h"
#include "cli/commands.h"
#include "cli/grid_choice.h"
#include "cli/grid_outlook.h"
#include "cli/probe.h"
#include "cli/style.h"
#include "report/numbers.h"
#include "report/render_prediction.h"
#include "storage/journal.h"
#include "storage/store.h"
#include "tracker/like_run.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

int failed(const Error& error, const Host& host) {
  print_message(style_of(STDERR_FILENO, host), error.what, error.hint);
  return error.code == Errc::invalid_input || error.code == Errc::not_found ? 2 : 1;
}

PlanInputs inputs_of(const PredictArguments& p, double pue) {
  PlanInputs in;
  if (!p.gpu.empty()) in.gpu = p.gpu;
  in.count = p.count.value_or(1);
  in.hours = p.hours;
  in.flops = p.flops;
  in.params = p.params;
  in.tokens = p.tokens;
  in.mfu = p.mfu;
  in.flops_per_second = p.flops_per_second;
  in.watts = p.watts;
  in.precision = p.precision;
  in.pue = pue;
  return in;
}

// The run of --like, if that is asked for.
Result<std::optional<Report>> earlier_of(const PredictArguments& p, const Host& host) {
  if (p.like.empty()) return std::optional<Report>();
  auto store = Store::open(data_home(host));
  if (!store) return unexpected(store.error());
  const auto record = (*store)->load(p.like);
  if (!record) return unexpected(record.error());
  return std::optional<Report>(report_of(*record));
}

Result<PlanEstimate> like(const PredictArguments& p, const Report& earlier, double pue) {
  const auto scale = parse_scale(p.scale);
  if (!scale) return unexpected(scale.error());
  return estimate_like(earlier, *scale, pue);
}

Result<PlanEstimate> probed(const PredictArguments& p, double pue, const Host& host) {
  const auto seen = probe(p.command, *p.probe, host);
  if (!seen) return unexpected(seen.error());
  const Forecast& f = seen->forecast;
  PlanEstimate out{f.joules, f.low, f.high, f.joules * pue, f.seconds, f.seconds_low, f.seconds_high, {}};
  if (seen->whole) out.assumptions.push_back({"measured to its end", "the command was done after " + three_digits(seen->steps) + " steps", "exit code 0"});
  else if (const std::string part = fmt::format("{:.10g} of {:.10g} {}s", f.done, f.of, f.unit); true) out.assumptions.push_back({"the rest goes on like", part, f.method == part ? "measured" : f.method});
  if (seen->ended.value_or(0) != 0) out.assumptions.push_back({"the command failed before it was stopped", "after " + three_digits(seen->steps) + " steps", "exit code " + std::to_string(*seen->ended)});
  return out;
}

Result<> check(const PredictArguments& p) {
  const bool work = p.hours || p.flops || p.params || p.tokens;
  if (int(work) + int(!p.like.empty()) + int(p.probe.has_value()) > 1)
    return unexpected(Errc::invalid_input, "predict: --like, --probe and a description of the work exclude each other", "give one of them");
  if (!p.scale.empty() && p.like.empty()) return unexpected(Errc::invalid_input, "predict: --scale goes with --like", "carbontracker predict --like last --scale epochs=100");
  if (p.intensity && (!p.history.empty() || p.network.live)) return unexpected(Errc::invalid_input, "predict: --intensity and --history or --live exclude each other", "give one of them");
  if (p.history.empty() && !p.column.empty()) return unexpected(Errc::invalid_input, "predict: --column goes with --history", "give the file that has the column");
  if (p.at && p.history.empty() && !p.network.live) return unexpected(Errc::invalid_input, "predict: --at goes with --history or --live", "the yearly mean is the same at any time");
  if (p.probe && p.command.empty()) return unexpected(Errc::invalid_input, "predict: --probe has no command", "carbontracker predict --probe 200 -- python train.py");
  if (!p.probe && !p.command.empty()) return unexpected(Errc::invalid_input, "predict: a command is run with --probe only", "carbontracker predict --probe 200 -- python train.py");
  return {};
}

void say_place(const Place& place, std::vector<Assumption>& said) {
  if (place.code.empty()) said.push_back({"place", "unknown", "tell it with --place DK"});
  else if (place.from != "--place") said.push_back({"place", place.code, place.from});
}

// The grid of the work: its mean, and the series (or one figure) that the range of the grams is told from.
struct WorkGrid {
  CarbonIntensity mean{};
  IntensitySeries series;
  WallTime at{};
};

WorkGrid yearly_grid(const Place& place, std::vector<Assumption>& said) {
  const GridFigure grid = table_intensity(place);
  said.push_back({"grid", three_digits(grid.g_per_kwh.value()) + " g/kWh, " + grid.zone_name, grid.provider + " " + std::to_string(grid.year) + ", " + grid.basis});
  say_place(place, said);
  return {grid.g_per_kwh, {.about = grid}, {}};
}

// The mean over the hours of the work, which begins at the present and takes constant power: each hour weighs by its energy.
Result<WorkGrid> grid_of(const PredictArguments& p, const Place& place, Seconds length, std::vector<Assumption>& said, const Host& host) {
  if (p.intensity) {
    const CarbonIntensity told(*p.intensity);
    return WorkGrid{told, {.about = {.g_per_kwh = told, .low = told, .high = told}}, {}};
  }
  const bool live = p.history.empty() && live_allowed(p.network.live, p.network.offline, host);
  if (p.history.empty() && !live) return yearly_grid(place, said);
  const int hours = static_cast<int>(std::clamp(std::ceil(length.count() / 3600) + 1, 1.0, 96.0));
  const auto outlook = grid_outlook({.place = place, .history = p.history, .column = p.column, .at = p.at, .hours = hours, .live = live, .provider = p.network.provider}, host);
  if (!outlook) return unexpected(outlook.error());
  if (outlook->live_failed) {
    print_message(style_of(STDERR_FILENO, host), outlook->live_failed->what + "; the table stands", outlook->live_failed->hint);
    return yearly_grid(place, said);
  }
  const CarbonIntensity mean = mean_told(outlook->series, outlook->at, length);
  const GridFigure& about = outlook->series.about;
  const WallTime end = outlook->at + std::chrono::round<WallTime::duration>(std::min<Seconds>(length, std::chrono::hours(24 * 36500)));
  said.push_back({"grid", fmt::format("{} g/kWh, mean of {} to {}", three_digits(mean.value()), iso_time(outlook->at).substr(0, 16) + "Z", iso_time(end).substr(0, 16) + "Z"),
                  fmt::format("{}, {}; {}", about.provider, about.basis, about.note)});
  const WallTime told = outlook->series.points.back().start + std::chrono::hours(1);
  if (told < end) said.push_back({"grid later", fmt::format("{} g/kWh from {} on", three_digits(about.g_per_kwh.value()), iso_time(told).substr(0, 16) + "Z"), "no forecast reaches so far: the mean of what was measured"});
  if (p.history.empty()) say_place(place, said);
  return WorkGrid{mean, outlook->series, outlook->at};
}

// What runs here, or ran, is judged as `run` does; work that is only described, by what was told.
Facility site_of(const PredictArguments& p, const std::optional<Report>& earlier, const Place& place, const Host& host) {
  if (!p.pue && p.place.empty() && earlier && !earlier->site.from.empty()) return {earlier->site.pue, "of that run: " + earlier->site.from};
  return !p.pue && p.probe ? default_facility(place, host) : chosen_facility(p.pue, place, host);
}

Result<Prediction> predict(const PredictArguments& p, const Host& host) {
  if (const auto ok = check(p); !ok) return unexpected(ok.error());
  const auto earlier = earlier_of(p, host);
  if (!earlier) return unexpected(earlier.error());
  auto place = p.place.empty() && *earlier && !(*earlier)->place.code.empty() ? Result<Place>((*earlier)->place) : told_place(p.place, host);
  if (!place) return unexpected(place.error());
  if (p.place.empty() && *earlier && !(*earlier)->place.code.empty()) place->from = "of that run: " + place->from;
  const Facility site = site_of(p, *earlier, *place, host);
  auto estimate = p.probe ? probed(p, site.pue, host) : *earlier ? like(p, **earlier, site.pue) : estimate_plan(inputs_of(p, site.pue));
  if (!estimate) return unexpected(estimate.error());
  if (!p.pue) estimate->assumptions.push_back({"PUE", three_digits(site.pue), site.from});
  const auto grid = grid_of(p, *place, estimate->seconds, estimate->assumptions, host);
  if (!grid) return unexpected(grid.error());
  const auto price = chosen_price(p.price, host);
  if (!price) return unexpected(price.error());
  std::optional<Cost> costs;
  if (*price) costs = cost({estimate->joules, estimate->low, estimate->high}, site, **price);
  const Energy energy{estimate->joules, estimate->low, estimate->high};
  const Footprint range = footprint(energy, {{grid->at, estimate->seconds, estimate->joules}}, grid->series, site, *place);
  return Prediction{std::move(*estimate), grid->mean, p.equivalents, std::move(costs), range.low, *range.high};
}

}  // namespace

int predict_command(const PredictArguments& arguments, const Host& host) {
  const auto prediction = predict(arguments, host);
  if (!prediction) return failed(prediction.error(), host);
  return print_product(arguments.format == "json" ? prediction_json(*prediction) : prediction_text(*prediction), host);
}

}  // namespace carbontracker::cli
