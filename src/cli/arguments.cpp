#include "cli/arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "carbontracker/version.h"
#include "cli/did_you_mean.h"
#include "cli/option_kinds.h"

namespace carbontracker::cli {
namespace {

constexpr std::array kFormats{"text", "json", "csv", "md"};
constexpr int kAnyNumber = 1000;  // more than two are refused in our words
// Of the Python tool's command line. After the command they are the child's own.
constexpr std::array kPythonToolOptions{"--log_dir", "--api_keys", "--sim-cpu", "--sim-cpu-tdp", "--sim-cpu-util", "--sim-gpu", "--sim-gpu-watts", "--sim-gpu-util"};

void add_format(CLI::App& app, std::string& into) {
  into = "text";
  app.add_option("--format", into, "text, json, csv or md")->type_name("FORMAT")
      ->check(CLI::IsMember(std::vector<std::string>(kFormats.begin(), kFormats.end())));
}

void add_tags(CLI::App& app, std::vector<std::string>& into, const std::string& help) {
  app.add_option("--tag", into, help)->type_name("KEY=VALUE")->allow_extra_args(false)->check([](const std::string& tag) {
    return tag.find('=') == std::string::npos || tag.front() == '=' ? "'" + tag + "' is not of the form KEY=VALUE" : std::string();
  });
}

void define_run(CLI::App& app, RunArguments& run) {
  auto* verb = app.add_subcommand("run", "Run a command and report its energy, carbon and forecast");
  verb->footer("The command follows the options; put -- before it where it begins with a dash.");
  add_count(*verb, "--epochs", run.epochs, "Epochs planned, where the command does not print them");
  verb->add_option("--name", run.name, "Name of the run")->type_name("NAME");
  verb->add_option("--project", run.project, "Project it belongs to")->type_name("NAME");
  add_tags(*verb, run.tags, "A tag, may be given several times");
  verb->add_option("--place", run.place, "Where the electricity is taken: DK, US-CA, aws:eu-west-1 or LAT,LON")->type_name("PLACE");
  add_pue(*verb, "--pue", run.pue, "Power usage effectiveness of the site, 1 to 10");
  add_duration(*verb, "--interval", run.interval, "How often -o is rewritten while the command runs: 90s, 5m");
  verb->add_option("-o,--output", run.output, "Write the report as JSON to FILE")->type_name("FILE");
  run.progress = "auto";
  verb->add_option("--progress", run.progress, "auto: read progress from what the command prints; off: touch nothing")
      ->type_name("MODE")->check(CLI::IsMember({"auto", "off"}));
  verb->add_option("--progress-pattern", run.progress_pattern, "Regular expression whose groups are units done and planned")->type_name("REGEX");
  add_metric(*verb, run.early);
  verb->add_option("--budget", run.budget, "What it may take: 5kWh, 2kgCO2 or 10EUR (with --price); meter and forecast are held against it")->type_name("AMOUNT");
  add_choice(*verb, "--on-budget", run.on_budget, "warn, or stop: SIGTERM, then SIGKILL after 10 s", {"warn", "stop"});
  add_price(*verb, run.price, "for a budget in money, and what the run cost");
  add_choice(*verb, "--when", run.when, "now, or green: wait for the hours with the least carbon", {"now", "green"});
  add_span(*verb, "--within", run.within, "... so that the work ends within this time: 24h");
  add_moment(*verb, "--deadline", run.deadline, "... or by then");
  add_hours(*verb, run.hours, "... and takes this long; else as long as its last run");
  add_live(*verb, run.network);
  verb->add_option("--history", run.history, "The grid: a CSV or JSON file with times and g/kWh, read again when it changes; rows to come are its forecast")->type_name("FILE");
  verb->add_option("--column", run.column, "... and its column, where it has several")->type_name("NAME");
  verb->add_option("--pause-above", run.pause_above, "Stop the command while the grid is above this: 300g; it goes on below 95 % of it")->type_name("G_PER_KWH");
  add_span(*verb, "--max-pause", run.max_pause, "... for this long at most, all pauses together (2h)");
  verb->add_flag("--strict", run.strict, "Do not start the command where nothing can be measured");
  verb->add_flag("-q,--quiet", run.quiet, "Print no summary");
}

void define_report(CLI::App& app, ReportArguments& report) {
  auto* verb = app.add_subcommand("report", "List runs, show one, or compare two");
  verb->add_option("run", report.which, "last, an id or the beginning of one, or a name; none: list all; two: compare")->type_name("RUN")->expected(0, kAnyNumber);
  add_format(*verb, report.format);
  verb->add_option("-o,--output", report.output, "Write to FILE")->type_name("FILE");
  verb->add_option("--project", report.project, "List only runs of this project")->type_name("NAME");
  add_tags(*verb, report.tags, "List only runs with this tag");
  add_count(*verb, "--trials", report.trials, "... and predict the sweep of N runs that they are part of");
  verb->add_option("--limit", report.limit, "List at most N runs")->type_name("N")->check([](const std::string& text) {
    return parse_uint(text) ? std::string() : "'" + text + "' is not a whole number of runs";
  });
  verb->add_option("--place", report.place, "Judge the run again as if it had run there")->type_name("PLACE");
  add_pue(*verb, "--pue", report.pue, "... and with this PUE");
  add_grams(*verb, "--market", report.market, "Factor of the contract the electricity is bought by, in g CO2e/kWh: a market-based figure beside the location-based one");
  add_price(*verb, report.price, "gives what the energy cost");
  verb->add_option("--intensity", report.intensity, "... and, minute by minute, with this recorded grid: a CSV or JSON file with times and g/kWh")->type_name("FILE");
  add_live(*verb, report.network);
  verb->add_option("--column", report.column, "... and its column, where it has several")->type_name("NAME");
}

void define_manage(CLI::App& app, ManageArguments& manage) {
  auto* rename = app.add_subcommand("rename", "Give a run another name");
  rename->add_option("run", manage.which, "last, an id or a name")->type_name("RUN")->required();
  rename->add_option("name", manage.new_name, "The new name")->type_name("NAME")->required();
  auto* remove = app.add_subcommand("delete", "Delete a run for good");
  remove->add_option("run", manage.which, "last, an id or a name")->type_name("RUN")->required();
  auto* prune = app.add_subcommand("prune", "Delete runs that started long ago");
  add_span(*prune, "--older-than", manage.older_than, "Age from which runs are deleted: 90d, 24h")->required();
}

void define_import(CLI::App& app, ImportArguments& import) {
  auto* verb = app.add_subcommand("import", "Take the runs of CodeCarbon's emissions.csv into the store");
  verb->footer("A run that is there already is not taken again; rows that cannot be read are named and left out.");
  verb->add_option("file", import.files, "emissions.csv of any version of CodeCarbon")->type_name("FILE")->required();
  verb->add_option("--project", import.project, "Put them into this project instead of the rows' own")->type_name("NAME");
}

bool is_verb(const CLI::App& app, const std::string& word) {
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(verbs.begin(), verbs.end(), [&](const CLI::App* verb) { return verb->get_name() == word; });
}

const CLI::Option* find_option(const CLI::App& verb, std::string word) {
  if (const auto equals = word.find('='); equals != std::string::npos && word.starts_with("--")) word.resize(equals);
  for (const CLI::Option* option : verb.get_options())
    if (option->check_name(word)) return option;
  return nullptr;
}

// Where the child's command begins in the words after "run": everything from there on is the child's, whatever it looks like.
std::size_t command_start(const CLI::App& verb, const std::vector<std::string>& words) {
  std::size_t i = 0;
  while (i < words.size()) {
    const std::string& word = words[i];
    if (word == "--" || word.empty() || word.front() != '-') return i;
    const CLI::Option* option = find_option(verb, word);
    if (!option) return i;  // left for the parser to name
    const bool takes_word = option->get_expected_min() > 0 && option->get_type_size() > 0 && word.find('=') == std::string::npos;
    i += takes_word ? 2 : 1;
  }
  return words.size();
}

// CLI11 knows nothing of the command behind the options, nor that RUN may stand twice.
std::string help_of(const CLI::App& app, const std::string& verb) {
  std::string text = app.help(verb.empty() ? "" : "carbontracker");
  const auto set = [&](const std::string& usage) {
    const auto begin = text.find("Usage: "), end = text.find('\n', begin);
    if (begin != std::string::npos) text.replace(begin, end - begin, "Usage: carbontracker " + usage);
  };
  if (verb.empty()) set("VERB [OPTIONS]\n       carbontracker COMMAND ...   as carbontracker run");
  if (verb == "run") set("run [OPTIONS] [--] COMMAND [ARGUMENT ...]");
  if (verb == "report") set("report [OPTIONS] [RUN [RUN]]");
  if (verb == "predict" || verb == "plan" || verb == "advise") set(verb + (verb == "predict" ? " [OPTIONS]" : " [OPTIONS] [RUN]") + " [-- COMMAND ...]");
  return text;
}

std::vector<std::string> reversed(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  return words;
}

// What follows "--", which is taken out of `words` with it.
std::vector<std::string> take_command(std::vector<std::string>& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) return {};
  std::vector<std::string> command(std::next(dashes), words.end());
  words.erase(dashes, words.end());
  return command;
}

std::string help_call(const std::string& verb) { return "carbontracker" + (verb.empty() ? "" : " " + verb) + " --help"; }

Error unknown_word(const std::string& word, const std::string& verb) {
  if (!word.starts_with('-')) return {Errc::invalid_input, verb + ": '" + word + "' is one word too many", "a name with blanks stands in quotes; " + help_call(verb)};
  const std::string meant = nearest_option(verb, word);
  const std::string dashes = verb == "run" ? "; put -- before a command that begins with a dash" : "";
  return {Errc::invalid_input, verb + ": unknown option " + word, meant.empty() ? help_call(verb) + dashes : "did you mean " + meant + "?"};
}

// "The following arguments were not expected: x --histroy": an option, if there is one, since what stands behind it may be its value.
std::string first_extra(std::string_view what) {
  const auto words = split(what.substr(what.find(": ") + 2), ' ');
  const auto option = std::find_if(words.begin(), words.end(), [](std::string_view word) { return word.starts_with('-'); });
  return std::string(option == words.end() ? words.front() : *option);
}

Error failure_of(const CLI::ParseError& error, const std::string& verb) {
  std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) && !verb.empty()) return unknown_word(first_extra(what), verb);
  if (!verb.empty()) what = verb + ": " + what;
  return {Errc::invalid_input, what, help_call(verb)};
}

Result<Arguments> parse_run(CLI::App& app, Arguments& into, std::vector<std::string> words) {
  const CLI::App& verb = *app.get_subcommand("run");
  const std::size_t start = command_start(verb, words);
  const bool unknown = start < words.size() && words[start].size() > 1 && words[start].front() == '-' && words[start] != "--";
  if (unknown) return unexpected(unknown_word(words[start], "run"));
  const std::size_t command = start < words.size() && words[start] == "--" ? start + 1 : start;
  into.run.command.assign(words.begin() + static_cast<std::ptrdiff_t>(std::min(command, words.size())), words.end());
  words.resize(std::min(start, words.size()));
  words.insert(words.begin(), "run");
  app.parse(reversed(words));
  into.verb = "run";
  if (into.run.command.empty()) return unexpected(Errc::invalid_input, "run: no command was given", "carbontracker run -- python train.py");
  return into;
}

void define(CLI::App& app, Arguments& into) {
  app.description("Measures the energy of a training, forecasts the whole of it, and turns both into CO2.");
  app.set_version_flag("--version", std::string("carbontracker ") + kVersion);
  app.require_subcommand(0, 1);
  define_run(app, into.run);
  define_report(app, into.report);
  define_predict(app, into.predict);
  define_forecast(app, into.forecast);
  define_intensity(app, into.intensity);
  define_plan(app, into.plan);
  define_advise(app, into.advise);
  auto* sources = app.add_subcommand("sources", "Every sensor family: open, or why not, and the command that fixes it");
  add_format(*sources, into.sources_format);
  define_manage(app, into.manage);
  define_import(app, into.import);
  app.add_subcommand("man", "Print the manual page");
  auto* completions = app.add_subcommand("completions", "Print the completions of a shell");
  completions->add_option("shell", into.shell, "bash, zsh or fish")->type_name("SHELL")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  // Behind the verbs, which would inherit it.
  app.footer("carbontracker VERB --help tells the options of each. To begin: carbontracker run -- python train.py");
}

// CLI11 shows a choice as WORD:{one,other}.
std::vector<std::string> choices_of(const std::string& type) {
  const auto open = type.find('{'), close = type.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (const std::string_view word : split(std::string_view(type).substr(open + 1, close - open - 1), ',')) choices.emplace_back(word);
  return choices;
}

OptionInfo info_of(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  if (option.get_expected_min() > 0 || option.get_positional()) info.value = option.get_type_name();
  info.choices = choices_of(option.get_type_name());
  if (const auto colon = info.value.find(':'); colon != std::string::npos) info.value.resize(colon);
  info.help = option.get_description();
  return info;
}

}  // namespace

std::vector<VerbInfo> describe() {
  Arguments unused;
  CLI::App app("", "carbontracker");
  define(app, unused);
  std::vector<VerbInfo> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    VerbInfo info{verb->get_name(), verb->get_description(), verb->get_footer(), {}};
    for (const CLI::Option* option : verb->get_options()) info.options.push_back(info_of(*option));
    verbs.push_back(std::move(info));
  }
  return verbs;
}

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
  Arguments into;
  CLI::App app("", "carbontracker");
  define(app, into);
  std::string verb;
  try {
    const bool ours = !words.empty() && (is_verb(app, words[0]) || words[0] == "--help" || words[0] == "-h" || words[0] == "--version");
    if (words.empty()) {
      into.text = help_of(app, "");
      return into;
    }
    if (words[0] == "help") {
      const std::string about = words.size() > 1 && is_verb(app, words[1]) ? words[1] : "";
      into.text = about.empty() ? help_of(app, "") : help_of(*app.get_subcommand(about), about);
      return into;
    }
    if (!ours || words[0] == "run") {
      verb = "run";
      into.run.plain = !ours && !words[0].starts_with('-');
      return parse_run(app, into, {words.begin() + (ours ? 1 : 0), words.end()});
    }
    verb = is_verb(app, words[0]) ? words[0] : "";
    std::vector<std::string> before = words;
    if (verb == "predict") into.predict.command = take_command(before);
    if (verb == "plan") into.plan.command = take_command(before);
    if (verb == "advise") into.advise.command = take_command(before);
    app.parse(reversed(std::move(before)));
    if (into.report.which.size() > 2) return unexpected(Errc::invalid_input, "report: two runs are taken at most, and here are " + std::to_string(into.report.which.size()) + " words", "a name with blanks stands in quotes");
    into.verb = verb;
  } catch (const CLI::CallForHelp&) {
    into.verb.clear();
    into.text = verb.empty() ? help_of(app, "") : help_of(*app.get_subcommand(verb), verb);
  } catch (const CLI::CallForVersion&) {
    into.text = std::string("carbontracker ") + kVersion + "\n";
  } catch (const CLI::ParseError& error) {
    return unexpected(failure_of(error, verb));
  }
  return into;
}

std::string misplaced_option_hint(const std::vector<std::string>& command) {
  if (!command.empty() && command.front().substr(command.front().rfind('/') + 1) == "carbontracker") return {};  // its own indeed
  for (const std::string& word : command) {
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    if (std::find(kPythonToolOptions.begin(), kPythonToolOptions.end(), name) != kPythonToolOptions.end()) {
      return std::string(name) + " stands after the command and was given to it; options of carbontracker go before: carbontracker run [options] -- " + command.front();
    }
  }
  return {};
}

}  // namespace carbontracker::cli
