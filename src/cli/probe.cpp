#include "cli/probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/wrapped_run.h"

namespace carbontracker::cli {
namespace {

// Steps so far: those that the output tells, else the units that marks tell, or their number where they are parts of an epoch.
class Steps {
 public:
  void take(const std::vector<Mark>& marks, double told) {
    told_ = std::max(told_, told);
    for (const Mark& mark : marks) {
      if (mark.kind == MarkKind::step) ++marks_;
      if (mark.kind == MarkKind::step || mark.kind == MarkKind::epoch_end) done_ = std::max(done_, mark.done);
    }
  }
  [[nodiscard]] double count() const { return told_ > 0 ? told_ : std::max(done_, marks_); }

 private:
  double told_ = 0, done_ = 0, marks_ = 0;
};

Result<SessionOptions> options_of(const std::vector<std::string>& command, const Host& host) {
  RunArguments run;
  run.command = command;
  run.name = command.front();
  auto options = session_options(run, host, style_of(STDERR_FILENO, host));
  if (options) options->keep = {};
  return options;
}

// A command that was done before it was to be stopped has told its whole.
Probed probed_of(const Forecast& made, double steps, std::optional<int> ended, const RunRecord& record) {
  Probed out{made, steps, ended == 0, ended};
  if (!out.whole) return out;
  const Snapshot& took = record.segments.front().totals;
  out.forecast.joules = out.forecast.low = out.forecast.high = took.total.joules;
  out.forecast.seconds = out.forecast.seconds_low = out.forecast.seconds_high = took.duration;
  return out;
}

}  // namespace

Result<Probed> probe(const std::vector<std::string>& command, double steps, const Host& host) {
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
  std::function<double()> told;
  Stopper stopper(system_clock());
  std::optional<Result<Forecast>> made;
  Progress progress(**session, server ? &*server : nullptr, {}, [&](const std::vector<Mark>& marks) {
    seen.take(marks, told());
    if (made || seen.count() < steps) return;
    made = (*session)->forecast_again();
    if (*made) stopper.stop(child->pid(), child->relay_pid());
    else made.reset();  // not yet: more steps are needed
  });
  told = [&progress] { return progress.steps(); };
  ChildEvents events;
  events.on_reaped = [&](pid_t pid, Seconds cpu) { (*session)->reaped(pid, cpu); };
  events.on_tick = [&] { stopper.tick(); };
  progress.connect(events);
  const auto status = child->wait(*signals, events);
  stopper.finish();
  const bool ended = !made;
  const RunRecord record = (*session)->finish(status ? std::optional(status->code) : std::nullopt);
  if (!made) made = (*session)->last_forecast();
  if (!*made && status) return unexpected(Errc::unavailable, "no forecast: " + made->error().what + " (the command ended with exit code " + std::to_string(status->code) + ")", made->error().hint);
  return probed_of(**made, seen.count(), ended && status ? std::optional(status->code) : std::nullopt, record);
}

}  // namespace carbontracker::cli
