// carbontracker run: the command as if we were not there, and what it took.

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/settings.h"
#include "cli/style.h"
#include "launch/child.h"
#include "progress/line_parser.h"
#include "launch/mark_socket.h"
#include "progress/socket_marks.h"
#include "tracker/render.h"
#include "tracker/session.h"

namespace carbontracker::cli {
namespace {

constexpr int kFailedBeforeStart = 125;

int failed(const Style& style, const Error& error) {
  print_message(style, error.what, error.hint);
  return kFailedBeforeStart;
}

std::map<std::string, std::string> tags_of(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> tags;
  for (const std::string& pair : pairs) tags[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
  return tags;
}

std::string working_directory() {
  char path[4096];
  return ::getcwd(path, sizeof path) ? path : "";
}

// The word that tells runs apart: the script of "python -u train.py", else the program.
std::string name_of(const std::vector<std::string>& command) {
  const auto base = [](const std::string& word) { return word.substr(word.rfind('/') + 1); };
  for (const std::string& word : command)
    if (word.ends_with(".py") || word.ends_with(".sh")) return base(word);
  return base(command.front());
}

// A path that cannot be written is better known before a training of days than after it.
Result<> check_output(const std::string& path) {
  if (path.empty()) return {};
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (::access(directory.c_str(), W_OK | X_OK) == 0) return {};
  return unexpected(system_error("--output: writing in", directory, errno));
}

Result<SessionOptions> session_options(RunArguments run, const Host& host, const Style& style) {
  const Settings settings = load_settings(host);
  for (const std::string& warning : settings.warnings) print_message(style, warning);
  SessionOptions options;
  if (const auto filled = fill_from_settings(run, settings, options.place_from, options.pue_from); !filled) return unexpected(filled.error());
  if (const auto writable = check_output(run.output); !writable) return unexpected(writable.error());
  options.name = run.name.empty() ? name_of(run.command) : run.name;
  options.project = run.project;
  options.tags = tags_of(run.tags);
  options.command = run.command;
  options.directory = working_directory();
  options.place = run.place;
  options.pue = run.pue;
  options.planned_epochs = run.epochs.value_or(0);
  options.keep = {data_home(host), run.output, run.interval.value_or(Seconds{})};
  if (options.keep.home.empty()) print_message(style, "the run is not kept: neither XDG_DATA_HOME nor HOME is set", "set CARBONTRACKER_HOME to a directory");
  return options;
}

Result<std::optional<UserPattern>> user_pattern(const std::string& text) {
  if (text.empty()) return std::optional<UserPattern>();
  auto compiled = UserPattern::compile(text);
  if (!compiled) return unexpected(compiled.error());
  return std::optional<UserPattern>(std::move(*compiled));
}

// One line on a terminal when the first forecast is there; the final one is in the summary.
class Announcer {
 public:
  Announcer(const Session& session, const Style& style, bool quiet) : session_(session), style_(style), quiet_(quiet || !style.live) {}
  void marked() {
    if (quiet_ || said_) return;
    const auto forecast = session_.last_forecast();
    if (!forecast) return;
    said_ = true;
    const std::string line = style_.dim("carbontracker: " + forecast_sentence(*forecast, session_.place(), session_.facility())) + "\r\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

 private:
  const Session& session_;
  const Style& style_;
  bool quiet_, said_ = false;
};

// What the child prints and what trackers inside it send, as marks of the session.
class Progress {
 public:
  Progress(Session& session, Announcer& announcer, MarkReceiver* server, std::optional<UserPattern> pattern)
      : session_(session), announcer_(announcer), server_(server), parser_(system_clock().now(), std::move(pattern)) {}

  void connect(ChildEvents& events) {
    events.on_output = [this](int stream, std::string_view bytes) { take(parser_.feed(stream, bytes, system_clock().now())); };
    if (server_) events.watch.emplace_back(server_->descriptor(), [this] { take(receive_marks(*server_, system_clock().now())); });
  }

 private:
  void take(const std::vector<Mark>& marks) {
    for (const Mark& mark : marks) session_.mark(mark);
    if (!marks.empty()) announcer_.marked();
  }
  Session& session_;
  Announcer& announcer_;
  MarkReceiver* server_;
  LineParser parser_;
};

void print_end(const Session& session, const RunRecord& record, const RunArguments& run, const Style& style) {
  for (const Error& trouble : session.troubles()) print_message(style, trouble.what, trouble.hint);
  if (run.quiet) return;
  const std::string summary = render_summary(record, style.colour, style.width);
  std::fwrite(summary.data(), 1, summary.size(), stderr);
  if (const std::string hint = misplaced_option_hint(run.command); !hint.empty()) print_message(style, hint);
}

}  // namespace

int run_command(const RunArguments& run, const Host& host) {
  const Style style = style_of(STDERR_FILENO, host);
  auto signals = Signals::take();
  if (!signals) return failed(style, signals.error());
  auto options = session_options(run, host, style);
  if (!options) return failed(style, options.error());
  auto pattern = user_pattern(run.progress_pattern);
  if (!pattern) return failed(style, pattern.error());
  auto session = Session::start(std::move(*options), host, system_clock());
  if (!session) return failed(style, session.error());
  if (!(*session)->place().note.empty() && !run.place.empty()) print_message(style, (*session)->place().note);
  if (run.strict && !(*session)->can_measure()) return failed(style, {Errc::unsupported, "nothing can be measured here, and --strict was given", "carbontracker sources"});

  auto server = MarkReceiver::open(host);  // without it, trackers inside measure for themselves
  Announcer announcer(**session, style, run.quiet);
  Progress progress(**session, announcer, server ? &*server : nullptr, std::move(*pattern));

  Command command{run.command, "", {{"CARBONTRACKER_RUN_ID", (*session)->id()}}};
  if (server) command.environment.emplace_back("CARBONTRACKER_SOCKET", server->path());
  const auto plan = plan_streams(run.progress == "off" ? ProgressMode::off : ProgressMode::automatic);
  auto child = Child::start(command, plan, *signals);
  if (!child) {
    print_message(style, child.error().what, child.error().hint);
    return exit_code_of(child.error());
  }
  (*session)->watch(child->pid(), child->relay_pid());
  ChildEvents events;
  events.on_reaped = [&](pid_t pid, Seconds cpu) { (*session)->reaped(pid, cpu); };
  progress.connect(events);
  const auto status = child->wait(*signals, events);
  const int code = status ? status->code : kFailedBeforeStart;
  print_end(**session, (*session)->finish(code), run, style);
  (void)session->release();  // the process ends by _exit: waiting for threads that are done for would only take time
  return code;
}

}  // namespace carbontracker::cli
