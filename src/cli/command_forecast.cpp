// carbontracker forecast: a recorded, unfinished run, forecast as it would have been while it ran.

#include <unistd.h>

#include "cli/commands.h"
#include "cli/grid_choice.h"
#include "cli/style.h"
#include "prediction/recorded.h"
#include "report/render_json.h"
#include "report/render_prediction.h"
#include "tracker/metric_book.h"

namespace carbontracker::cli {
namespace {

Result<std::optional<Trace>> prior_of(const std::string& text) {
  if (text.empty()) return std::optional<Trace>();
  const auto comma = text.find(',');
  auto trace = read_trace(text.substr(0, comma), comma == std::string::npos ? "" : text.substr(comma + 1));
  if (!trace) return unexpected(trace.error());
  return std::optional<Trace>(std::move(*trace));
}

Result<Forecast> made_from(const ForecastArguments& f) {
  if (f.eval_start && !f.eval_every) return unexpected(Errc::invalid_input, "forecast: --eval-start goes with --eval-every", "--eval-start 2 --eval-every 1");
  const auto trace = read_trace(f.power, f.events);
  if (!trace) return unexpected(trace.error());
  const auto prior = prior_of(f.prior);
  if (!prior) return unexpected(prior.error());
  RecordedPlan plan{*f.total, f.now, f.eval_start, f.eval_every};
  return forecast_recorded(*trace, plan, *prior ? &**prior : nullptr);
}

// What the rule and the metric say of the end; nothing where no rule is given. Errors are those of the rule and of the files.
Result<std::optional<EndRecord>> early_end(const ForecastArguments& f) {
  if (!f.target && !f.patience) return std::optional<EndRecord>();
  const auto trace = read_trace(f.power, f.events);
  if (!trace) return unexpected(trace.error());
  const std::string metric = f.metric.empty() ? "eval_accuracy" : f.metric;
  StopRule rule;
  rule.target = f.target, rule.patience = f.patience, rule.larger_is_better = !f.smaller;
  auto end = early_end_recorded(*trace, {*f.total, f.now, f.eval_start, f.eval_every}, rule, metric);
  if (!end) return unexpected(end.error());
  return std::optional(end_record(*end, metric, rule, Seconds(0)));
}

Result<ReportForecast> report_forecast(const ForecastArguments& f, const Host& host) {
  const auto place = told_place(f.place, host);
  if (!place) return unexpected(place.error());
  const auto made = made_from(f);
  if (!made) return unexpected(made.error());
  const Facility site = chosen_facility(f.pue, *place, host);
  ReportForecast out;
  out.made = {made->elapsed, made->joules, made->low, made->high, made->seconds, made->seconds_low, made->seconds_high, made->done, made->of, made->unit, made->method};
  out.elapsed = made->elapsed_joules;
  const CarbonIntensity grid = table_intensity(*place).g_per_kwh;
  out.grams = made->joules * site.pue * grid;
  const auto end = early_end(f);
  if (!end) print_message(style_of(STDERR_FILENO, host), "no likely end: " + end.error().what, end.error().hint);
  else if (*end) out.likely_end = ReportEnd{**end, (*end)->joules * site.pue * grid};
  return out;
}

}  // namespace

int forecast_command(const ForecastArguments& arguments, const Host& host) {
  const auto forecast = report_forecast(arguments, host);
  if (!forecast) {
    const bool none = forecast.error().code == Errc::unavailable;
    print_message(style_of(STDERR_FILENO, host), (none ? "no forecast: " : "") + forecast.error().what, forecast.error().hint);
    return forecast.error().code == Errc::invalid_input ? 2 : 1;
  }
  return print_product(arguments.format == "json" ? forecast_json(*forecast) : forecast_text(*forecast), host);
}

}  // namespace carbontracker::cli
