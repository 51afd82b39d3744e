#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/commands.h"
#include "cli/grid_feed.h"
#include "cli/idle_options.h"
#include "cli/manual.h"
#include "cli/python_tool.h"
#include "cli/settings.h"
#include "cli/style.h"

namespace carbontracker::cli {
namespace {

Result<Arguments> understood(const std::vector<std::string>& words, const Host& host) {
  auto arguments = parse_arguments(words);
  if (!arguments) return arguments;
  if (const auto checked = check_idle_options(*arguments, host); !checked) return unexpected(checked.error());
  return arguments;
}

// What is wrong with the settings. `run` says so itself, and the others take nothing from them.
void warn_of_settings(const std::string& verb, const Host& host) {
  constexpr std::array kVerbs{"intensity", "plan", "predict", "forecast", "report", "advise"};
  if (std::find(kVerbs.begin(), kVerbs.end(), verb) == kVerbs.end()) return;
  for (const std::string& warning : load_settings(host).warnings) print_message(style_of(STDERR_FILENO, host), warning);
}

}  // namespace

int dispatch(const std::vector<std::string>& words, const Host& host) {
  if (is_python_tool_line(words)) return run_python_tool(words, host);
  if (!words.empty() && words[0] == "grid-feed") return grid_feed_command(words, host);
  const auto arguments = understood(words, host);
  if (!arguments) {
    print_message(style_of(STDERR_FILENO, host), arguments.error().what, arguments.error().hint);
    return arguments.error().what.starts_with("run:") ? 125 : 2;
  }
  const std::string& verb = arguments->verb;
  warn_of_settings(verb, host);
  if (verb == "run") return run_command(arguments->run, host);
  if (verb == "report") return report_command(arguments->report, host);
  if (verb == "predict") return predict_command(arguments->predict, host);
  if (verb == "forecast") return forecast_command(arguments->forecast, host);
  if (verb == "intensity") return intensity_command(arguments->intensity, host);
  if (verb == "plan") return plan_command(arguments->plan, host);
  if (verb == "advise") return advise_command(arguments->advise, host);
  if (verb == "sources") return sources_command(arguments->sources_format, host);
  if (verb == "rename") return rename_command(arguments->manage, host);
  if (verb == "delete") return delete_command(arguments->manage, host);
  if (verb == "prune") return prune_command(arguments->manage, host);
  if (verb == "import") return import_command(arguments->import, host);
  if (verb == "man") return print_product(manual_page(), host);
  if (verb == "completions") return print_product(completions(arguments->shell), host);
  return print_product(arguments->text, host);
}

}  // namespace carbontracker::cli
