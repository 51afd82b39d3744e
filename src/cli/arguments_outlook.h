#pragma once
// Arguments of the commands that look ahead: predict, forecast, intensity, plan, advise.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace CLI {
class App;
}

namespace carbontracker::cli {

// Whether and whom a command may ask about the grid.
struct LiveArguments {
  bool live = false, offline = false;
  std::string provider;
};

struct PredictArguments {
  LiveArguments network;
  std::string history, column;            // the grid of the window that begins at `at`
  std::optional<WallTime> at;
  std::string gpu, place, precision, like, scale, equivalents, price, format;
  std::optional<double> count, hours, flops, mfu, flops_per_second, watts, params, tokens, pue, intensity;
  std::optional<double> probe;            // steps
  std::vector<std::string> command;       // of --probe
};

// By which metric, in what the command prints, it stops early.
struct MetricArguments {
  std::string metric;                     // its name, or a regular expression
  std::optional<double> target, patience, min_delta;
  bool smaller = false, larger = false;   // is better
};

struct ForecastArguments {
  std::string power, events, prior, place, metric, format;
  std::optional<double> total, now, eval_start, eval_every, pue;
  std::optional<double> target, patience;
  bool smaller = false;                   // a smaller metric is better
};

struct IntensityArguments {
  LiveArguments network;
  std::string place, history, column, format;
  std::optional<WallTime> at;
  std::optional<double> hours;
};

struct PlanArguments {
  LiveArguments network;
  std::string run, from, place, history, column, regions, price, format;
  std::vector<std::string> command;       // for --format slurm, at and cron
  std::optional<double> hours, kwh, pue;
  std::optional<WallTime> at, deadline;
  std::optional<Seconds> within;
  bool pausing = false;
};

struct AdviseArguments {
  std::string run, against, metric, points, price, format;
  bool power_sweep = false, stop = false;
  std::optional<double> steps;            // limits to try
  std::optional<Seconds> each;            // at each
  std::vector<std::string> command;       // of --power-sweep
};

void add_live(CLI::App& verb, LiveArguments& network);
void add_metric(CLI::App& verb, MetricArguments& metric);
void define_predict(CLI::App& app, PredictArguments& into);
void define_forecast(CLI::App& app, ForecastArguments& into);
void define_intensity(CLI::App& app, IntensityArguments& into);
void define_plan(CLI::App& app, PlanArguments& into);
void define_advise(CLI::App& app, AdviseArguments& into);

}  // namespace carbontracker::cli
