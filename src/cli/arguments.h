#pragma once
// What was typed, as plain values. The options are defined once, in arguments.cpp; help, man page and completions come from there.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"
#include "cli/arguments_outlook.h"

namespace carbontracker::cli {

struct RunArguments {
  LiveArguments network;                // whom to ask about the grid: before the command starts, and by a process of its own while it runs
  std::string name, project, place, output, progress, progress_pattern;
  std::vector<std::string> tags;        // key=value
  std::optional<double> epochs, pue;
  std::optional<Seconds> interval;
  bool strict = false, quiet = false;
  MetricArguments early;                // by which metric it stops early
  std::string budget, on_budget;        // "5kWh"; "warn" or "stop"
  std::string price;                    // of one kWh: "0.30EUR"
  std::string when, history, column;    // "now" or "green"; the grid it is judged by
  std::optional<Seconds> within;        // the work ends within this time
  std::optional<WallTime> deadline;     // ... or by then
  std::optional<double> hours;          // how long it takes
  std::string pause_above;              // "300g"
  std::optional<Seconds> max_pause;
  std::vector<std::string> command;
  bool plain = false;                   // carbontracker COMMAND, without a verb or an option: the Python tool's spelling
};

struct ReportArguments {
  LiveArguments network;                // judge the run with a provider's figures of its hours
  std::vector<std::string> which;       // none: list; one: show; two: compare
  std::string format, output, project, place;
  std::vector<std::string> tags;
  std::optional<double> pue;
  std::optional<unsigned> limit;
  std::string intensity, column;        // a series to join the minutes with
  std::string price;                    // of one kWh: "0.30EUR"
  std::optional<double> market;         // g/kWh of the contract
  std::optional<double> trials;         // of the whole sweep
};

struct ManageArguments {                // rename, delete, prune
  std::string which, new_name;
  std::optional<Seconds> older_than;
};

struct ImportArguments {
  std::vector<std::string> files;
  std::string project;                  // in place of the rows' own
};

struct Arguments {
  std::string verb;                     // "run", "report", ...; empty: only help was asked for
  RunArguments run;
  ReportArguments report;
  ManageArguments manage;
  ImportArguments import;
  PredictArguments predict;
  ForecastArguments forecast;
  IntensityArguments intensity;
  PlanArguments plan;
  AdviseArguments advise;
  std::string sources_format = "text";
  std::string shell;                    // completions
  std::string text;                     // help or version: to be printed, then exit 0
};

// `words` without the program's name. An unknown first word means run. Errc::invalid_input names the word.
[[nodiscard]] Result<Arguments> parse_arguments(const std::vector<std::string>& words);

// The same definitions as plain values, for the manual page and the completions.
struct OptionInfo {
  std::vector<std::string> names;       // "-o", "--output"; a positional has none
  std::string value;                    // "FILE"; empty: a flag
  std::string help;
  std::vector<std::string> choices;     // where the value is one of a few
};
struct VerbInfo {
  std::string name, help, footer;
  std::vector<OptionInfo> options;      // positionals included
};
[[nodiscard]] std::vector<VerbInfo> describe();
// Options of the Python tool that stand behind the command, where they belong to the child: a hint for the user; else empty.
[[nodiscard]] std::string misplaced_option_hint(const std::vector<std::string>& command);

}  // namespace carbontracker::cli
