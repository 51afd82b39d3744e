#include "cli/wrapped_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "cli/settings.h"
#include "progress/socket_marks.h"
#include "tracker/figures.h"

namespace carbontracker::cli {
namespace {

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
  Error error = system_error("--output: writing in", directory, errno);
  if (error.code == Errc::not_found) error.hint = "make that directory first";
  return unexpected(std::move(error));
}

}  // namespace

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
  options.whole_program = true;
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

Progress::Progress(Session& session, MarkReceiver* server, LookFor look_for, std::function<void(const std::vector<Mark>&)> marked)
    : session_(session), server_(server), marked_(std::move(marked)), own_rule_(look_for.metric.has_value()),
      parser_(system_clock().now(), std::move(look_for.pattern), look_for.metric ? std::optional(std::move(look_for.metric->reader)) : std::nullopt) {
  if (own_rule_) session_.follow(std::move(look_for.metric->rule));
}

void Progress::connect(ChildEvents& events) {
  events.on_output = [this](int stream, std::string_view bytes) { take(parser_.feed(stream, bytes, system_clock().now())); };
  events.on_relay = [this](pid_t pid, bool begins) { session_.leave_out(pid, begins); };
  if (server_) server_->on_ask([this](const WireAsk& ask) { return answer(ask); });
  if (server_) server_->on_question([this](const WireAsk& ask) { return figures_of(session_, ask.what); });
  if (server_ && !own_rule_) server_->on_rule([this](const WireRule& rule) { session_.follow({rule.metric, {rule.target, rule.patience, rule.min_delta, rule.larger_is_better}}); });
  if (server_) events.watch.emplace_back(server_->descriptor(), [this] { take_told(); });
}

// One by one, so that what is asked behind a mark is answered with the mark in it.
void Progress::take_told() {
  for (int taken = 0; taken < 1000; ++taken) {
    const auto marks = receive_marks(*server_, system_clock().now(), 1);
    if (marks.empty()) return;
    take(marks);
  }
}

std::vector<WireChannel> Progress::answer(const WireAsk& ask) const {
  if (ask.now) session_.touch();
  std::vector<WireChannel> out;
  const Instant at = ask.monotonic_ns > 0 ? Instant(std::chrono::nanoseconds(ask.monotonic_ns)) : system_clock().now();
  for (const ChannelBrief& channel : session_.channels(at)) {
    const auto joules = channel.joules ? std::optional(channel.joules->value()) : std::nullopt;
    out.push_back({channel.name, std::string(to_string(channel.domain)), joules, channel.run.value(), channel.label});
  }
  return out;
}

void Progress::take(const std::vector<Mark>& marks) {
  for (const Mark& mark : marks) session_.mark(mark);
  if (!marks.empty()) marked_(marks);
}

int run_unmeasured(const std::vector<std::string>& command, Signals signals, const Style& style, const Error& why) {
  print_message(style, "the command runs without being measured: " + why.what, why.hint);
  const Error failure = become_program({command, "", {}}, std::move(signals));
  print_message(style, failure.what, failure.hint);
  return exit_code_of(failure);
}

StdoutToStderr::StdoutToStderr() : kept_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) { ::dup2(STDERR_FILENO, STDOUT_FILENO); }
StdoutToStderr::~StdoutToStderr() {
  if (kept_ < 0) return;
  ::dup2(kept_, STDOUT_FILENO);
  ::close(kept_);
}

}  // namespace carbontracker::cli
