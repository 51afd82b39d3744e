#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/manual.h"
#include "cli/style.h"

namespace carbontracker::cli {
namespace {

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace

int dispatch(const std::vector<std::string>& words, const Host& host) {
  const auto arguments = parse_arguments(words);
  if (!arguments) {
    print_message(style_of(STDERR_FILENO, host), arguments.error().what, arguments.error().hint);
    return arguments.error().what.starts_with("run:") ? 125 : 2;
  }
  const std::string& verb = arguments->verb;
  if (verb == "run") return run_command(arguments->run, host);
  if (verb == "report") return report_command(arguments->report, host);
  if (verb == "sources") return sources_command(arguments->sources_format, host);
  if (verb == "rename") return rename_command(arguments->manage, host);
  if (verb == "delete") return delete_command(arguments->manage, host);
  if (verb == "prune") return prune_command(arguments->manage, host);
  if (verb == "man") return print(manual_page());
  if (verb == "completions") return print(completions(arguments->shell));
  return print(arguments->text);
}

}  // namespace carbontracker::cli
