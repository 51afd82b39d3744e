#include "cli/probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/wrapped_run.h"

namespace carbontracker::cli {
namespace {

// Units told so far: of steps their number; where only parts of an epoch are told, how often.
class Steps {
 public:
  void take(const std::vector<Mark>& marks) {
    for (const Mark& mark : marks) {
      if (mark.kind == MarkKind::step) ++told_;
      if (mark.kind == MarkKind::step && mark.unit != "epoch") seen_ = std::max(seen_, mark.done);
      if (mark.kind == MarkKind::epoch_end) seen_ = std::max(seen_, mark.done);
    }
  }
  [[nodiscard]] double count() const { return std::max(seen_, static_cast<double>(told_)); }

 private:
  double seen_ = 0;
  long told_ = 0;
};

Result<SessionOptions> options_of(const std::vector<std::string>& command, const Host& host) {
  RunArguments run;
  run.command = command;
  run.name = command.front();
  auto options = session_options(run, host, style_of(STDERR_FILENO, host));
  if (options) options->keep = {};
  return options;
}

}  // namespace

Result<Forecast> probe(const std::vector<std::string>& command, double steps, const Host& host) {
  auto signals = Signals::take();
  if (!signals) return unexpected(signals.error());
  auto options = options_of(command, host);
  if (!options) return unexpected(options.error());
  const StdoutToStderr redirect;
  auto session = Session::start(std::move(*options), host, system_clock());
  if (!session) return unexpected(session.error());
  auto server = MarkReceiver::open(host);
  Command start{command, "", {{"CARBONTRACKER_RUN_ID", (*session)->id()}}};
  if (server) start.environment.emplace_back("CARBONTRACKER_SOCKET", server->path());
  auto child = Child::start(start, plan_streams(ProgressMode::automatic), *signals);
  if (!child) return unexpected(child.error());
  (*session)->watch(child->pid(), child->relay_pid());

  Steps seen;
  Stopper stopper(system_clock());
  std::optional<Result<Forecast>> made;
  Progress progress(**session, server ? &*server : nullptr, {}, [&](const std::vector<Mark>& marks) {
    seen.take(marks);
    if (made || seen.count() < steps) return;
    made = (*session)->forecast_again();
    if (*made) stopper.stop(child->pid(), child->relay_pid());
    else made.reset();  // not yet: more steps are needed
  });
  ChildEvents events;
  events.on_reaped = [&](pid_t pid, Seconds cpu) { (*session)->reaped(pid, cpu); };
  events.on_tick = [&] { stopper.tick(); };
  progress.connect(events);
  const auto status = child->wait(*signals, events);
  stopper.finish();
  if (!made) made = (*session)->last_forecast();
  (void)(*session)->finish(status ? std::optional(status->code) : std::nullopt);
  if (!*made && status) return unexpected(Errc::unavailable, "no forecast: " + made->error().what + " (the command ended with exit code " + std::to_string(status->code) + ")", made->error().hint);
  return *made;
}

}  // namespace carbontracker::cli
