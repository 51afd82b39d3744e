#include "cli/idle_options.h"

#include <vector>

#include "cli/grid_outlook.h"

namespace carbontracker::cli {
namespace {

struct Need {
  bool given, met;
  const char *option, *partner, *remedy;
};

Result<> first_unmet(const std::string& verb, const std::vector<Need>& needs) {
  for (const Need& need : needs)
    if (need.given && !need.met) return unexpected(Errc::invalid_input, verb + ": " + need.option + " goes with " + need.partner, need.remedy);
  return {};
}

// --offline beside --provider is meant: ask nobody.
Need provider(const LiveArguments& network, const Host& host) {
  return {!network.provider.empty(), network.offline || live_allowed(network.live, network.offline, host), "--provider", "--live", "nobody is asked without it"};
}

std::vector<Need> needs_of(const RunArguments& run, const Host& host) {
  const bool moves = run.when == "green" || !run.pause_above.empty();
  const char *green = "--when green or --pause-above", *example = "carbontracker run --when green --within 24h --hours 6 -- python train.py";
  return {{run.within.has_value(), moves, "--within", green, example},
          {run.deadline.has_value(), moves, "--deadline", green, example},
          {run.hours.has_value(), moves, "--hours", green, example},
          {run.max_pause.has_value(), !run.pause_above.empty(), "--max-pause", "--pause-above", "--pause-above 300g --max-pause 2h"},
          {!run.column.empty(), !run.history.empty(), "--column", "--history", "give the file that has the column"},
          {run.on_budget == "stop", !run.budget.empty(), "--on-budget", "--budget", "--budget 5kWh --on-budget stop"},
          provider(run.network, host)};
}

std::vector<Need> needs_of(const AdviseArguments& a) {
  const char* example = "carbontracker advise --power-sweep -- python train.py";
  return {{a.steps.has_value(), a.power_sweep, "--limits", "--power-sweep", example},
          {a.each.has_value(), a.power_sweep, "--each", "--power-sweep", example},
          {a.stop, a.power_sweep, "--stop", "--power-sweep", example}};
}

}  // namespace

Result<> check_idle_options(const Arguments& arguments, const Host& host) {
  const std::string& verb = arguments.verb;
  if (verb == "run") return first_unmet(verb, needs_of(arguments.run, host));
  if (verb == "advise") return first_unmet(verb, needs_of(arguments.advise));
  if (verb == "predict") return first_unmet(verb, {provider(arguments.predict.network, host)});
  if (verb == "intensity") return first_unmet(verb, {provider(arguments.intensity.network, host)});
  if (verb == "forecast") {
    const ForecastArguments& f = arguments.forecast;
    const bool rule = f.target || f.patience;
    return first_unmet(verb, {{!f.metric.empty(), rule, "--metric", "--target or --patience", "--patience 3 --metric val_loss --smaller"}, {f.smaller, rule, "--smaller", "--target or --patience", "--patience 3 --smaller"}});
  }
  if (verb == "plan") {
    const PlanArguments& p = arguments.plan;
    return first_unmet(verb, {{!p.column.empty(), !p.history.empty(), "--column", "--history", "give the file that has the column"}, provider(p.network, host)});
  }
  if (verb == "report") {
    const ReportArguments& r = arguments.report;
    return first_unmet(verb, {{r.trials.has_value(), !r.project.empty() || !r.tags.empty(), "--trials", "--project or --tag", "of unrelated runs a sum says nothing"}, {!r.column.empty(), !r.intensity.empty(), "--column", "--intensity", "give the file that has the column"}, provider(r.network, host)});
  }
  return {};
}

}  // namespace carbontracker::cli
