#include "cli/arguments_outlook.h"

#include <CLI/CLI.hpp>

#include "cli/option_kinds.h"

namespace carbontracker::cli {
namespace {

constexpr const char* kPlaceHelp = "Where the electricity is taken: DK, US-CA, aws:eu-west-1 or LAT,LON";

void add_history(CLI::App& verb, std::string& history, std::string& column, std::optional<WallTime>& at) {
  verb.add_option("--history", history, "Recorded intensity of the grid: a CSV or JSON file with times and g/kWh")->type_name("FILE");
  verb.add_option("--column", column, "... and its column, where it has several")->type_name("NAME");
  add_moment(verb, "--at", at, "The present: nothing of the file from then on is used");
}

}  // namespace

void add_live(CLI::App& verb, LiveArguments& network) {
  verb.add_flag("--live", network.live, "Ask a provider of live intensity; one answer is kept for 15 minutes");
  verb.add_flag("--offline", network.offline, "Ask nobody, whatever the configuration says");
  verb.add_option("--provider", network.provider, "... this one: electricity_maps, uk_carbon_intensity, energi_data_service, energy_charts, entsoe, eia, watttime, carbon_aware_sdk")->type_name("NAME");
}

void add_metric(CLI::App& verb, MetricArguments& m) {
  verb.add_option("--metric", m.metric, "Metric that the command prints and stops early by, as it stands there (val_loss), or a regular expression with a group: the likely end is told too")->type_name("NAME|REGEX");
  add_number(verb, "--target", m.target, "... it stops when the metric reaches this")->type_name("VALUE");
  add_amount(verb, "--patience", m.patience, "... it stops after this many evaluations without a new best")->type_name("N");
  add_amount(verb, "--min-delta", m.min_delta, "... a new best is better by more than this (0)")->type_name("VALUE");
  verb.add_flag("--smaller", m.smaller, "... a smaller metric is better, where its name does not say so");
  verb.add_flag("--larger", m.larger, "... a larger metric is better");
}

void define_predict(CLI::App& app, PredictArguments& p) {
  auto& verb = *app.add_subcommand("predict", "What a training will take, before it runs");
  verb.add_option("--gpu", p.gpu, "Accelerator: h100-sxm, a100, v100, rtx4090, ...")->type_name("NAME");
  add_count(verb, "--count", p.count, "How many of them");
  add_hours(verb, p.hours, "How long, where it is known");
  add_large(verb, "--flops", p.flops, "How much work, in floating-point operations");
  add_large(verb, "--params", p.params, "... or parameters of a language model: 7e9 or 7B");
  add_large(verb, "--tokens", p.tokens, "... and the tokens it is trained on: 2e12 or 2T");
  add_share(verb, "--mfu", p.mfu, "Share of the peak that is reached: 0.4 or 40%");
  add_choice(verb, "--precision", p.precision, "Whose peak: fp32, tf32, bf16 or fp8", {"bf16", "fp16", "fp32", "tf32", "fp8"});
  add_large(verb, "--flops-per-second", p.flops_per_second, "Speed of one accelerator");
  add_count(verb, "--watts", p.watts, "Power of one accelerator with its share of the machine");
  verb.add_option("--place", p.place, kPlaceHelp)->type_name("PLACE");
  add_pue(verb, "--pue", p.pue, "Power usage effectiveness of the site, 1 to 10");
  add_grams(verb, "--intensity", p.intensity, "Intensity of the grid in g CO2e/kWh");
  add_price(verb, p.price, "gives what the energy costs");
  add_history(verb, p.history, p.column, p.at);
  add_live(verb, p.network);
  verb.add_option("--like", p.like, "As an earlier run: last, an id or a name")->type_name("RUN");
  verb.add_option("--scale", p.scale, "... but with epochs=100,gpus=4")->type_name("WHAT=N,...");
  add_choice(verb, "--equivalents", p.equivalents, "Factors of km and homes: current, or 2020 for those of the carbontracker paper", {"current", "2020"});
  add_count(verb, "--probe", p.probe, "Run the command that follows -- for N steps, forecast the whole, and stop it");
  add_choice(verb, "--format", p.format, "text or json", {"text", "json"});
  verb.footer("The command of --probe follows --.");
}

void define_forecast(CLI::App& app, ForecastArguments& f) {
  auto& verb = *app.add_subcommand("forecast", "Forecast of a recorded, unfinished run");
  verb.add_option("--power", f.power, "Readings of power: CSV with time_ms and watts")->type_name("FILE")->required();
  verb.add_option("--events", f.events, "Marks: CSV with time_ms and key (run_start, epoch_stop, ...)")->type_name("FILE");
  add_count(verb, "--total", f.total, "Units planned: epochs where the file has any, else blocks, else evaluations")->required();
  add_amount(verb, "--now", f.now, "The present, in seconds since the run began; the end of the file where it is left out")->type_name("SECONDS");
  add_amount(verb, "--eval-start", f.eval_start, "Units before the first evaluation")->type_name("A");
  add_count(verb, "--eval-every", f.eval_every, "Units from one evaluation to the next")->type_name("B");
  add_number(verb, "--target", f.target, "The run stops when its metric reaches this: the likely end is told too")->type_name("VALUE");
  add_amount(verb, "--patience", f.patience, "The run stops after this many evaluations without a new best")->type_name("N");
  verb.add_option("--metric", f.metric, "The marks that tell the metric in their value (eval_accuracy)")->type_name("KEY");
  verb.add_flag("--smaller", f.smaller, "A smaller metric is better: a loss");
  verb.add_option("--prior", f.prior, "An earlier run of the same workload")->type_name("POWER,EVENTS");
  verb.add_option("--place", f.place, kPlaceHelp)->type_name("PLACE");
  add_pue(verb, "--pue", f.pue, "Power usage effectiveness of the site, 1 to 10");
  add_choice(verb, "--format", f.format, "text or json", {"text", "json"});
}

void define_intensity(CLI::App& app, IntensityArguments& i) {
  auto& verb = *app.add_subcommand("intensity", "Carbon intensity of a grid, now and to come");
  verb.add_option("place,--place", i.place, kPlaceHelp)->type_name("PLACE");
  add_history(verb, i.history, i.column, i.at);
  add_live(verb, i.network);
  add_hours(verb, i.hours, "How far ahead, at most 96");
  add_choice(verb, "--format", i.format, "text or json", {"text", "json"});
}

void define_plan(CLI::App& app, PlanArguments& p) {
  auto& verb = *app.add_subcommand("plan", "When and where to run with less carbon");
  verb.add_option("run", p.run, "Work as long and as large as this run: last, an id or a name")->type_name("RUN");
  verb.add_option("--from", p.from, "... or as this prediction: what predict --format json printed; - reads it from stdin")->type_name("FILE");
  add_hours(verb, p.hours, "... or this long");
  add_count(verb, "--kwh", p.kwh, "... and this much energy, without PUE");
  verb.add_option("--place", p.place, kPlaceHelp)->type_name("PLACE");
  add_pue(verb, "--pue", p.pue, "Power usage effectiveness of the site, 1 to 10");
  add_history(verb, p.history, p.column, p.at);
  add_live(verb, p.network);
  add_span(verb, "--within", p.within, "The work ends within this time: 24h");
  add_moment(verb, "--deadline", p.deadline, "The work ends by then");
  verb.add_flag("--pausing", p.pausing, "The work may be paused");
  add_price(verb, p.price, "the same at each place; gives what the energy costs");
  verb.add_option("--regions", p.regions, "Rank these clouds' regions or places beside it: aws,gcp,azure,SE; PL=FILE with a recorded series")->type_name("LIST");
  add_choice(verb, "--format", p.format, "text, json, slurm, at or cron", {"text", "json", "slurm", "at", "cron"});
  verb.footer("A command that follows -- is put into the lines of slurm, at and cron.");
}

void define_advise(CLI::App& app, AdviseArguments& a) {
  auto& verb = *app.add_subcommand("advise", "What a run shows that could be done with less");
  verb.add_option("run", a.run, "last, an id or the beginning of one, or a name")->type_name("RUN");
  verb.add_option("--against", a.against, "Another run, for what a point of accuracy costs; else the runs of its project that have the tag")->type_name("RUN");
  verb.add_option("--metric", a.metric, "Tag or metric with the score, in percent or as a share; else accuracy, acc, top1, f1 or score")->type_name("TAG");
  verb.add_option("--points", a.points, "... or the scores themselves, of RUN and of --against: 91.2,90.5")->type_name("A,B");
  add_price(verb, a.price, "tells what could be saved in money too");
  verb.add_flag("--power-sweep", a.power_sweep, "Run the command that follows -- and try power limits of its GPUs while it trains (needs the rights to set them)");
  add_count(verb, "--limits", a.steps, "... so many, from the one in force evenly down; without it the best is searched, down and up");
  add_span(verb, "--each", a.each, "... how long each, at least: 20s");
  verb.add_flag("--stop", a.stop, "... and end the command when the sweep is done");
  add_choice(verb, "--format", a.format, "text or json", {"text", "json"});
  verb.footer("The command of --power-sweep follows --; without one RUN is run again. The limits are put back whatever happens.");
}

}  // namespace carbontracker::cli
