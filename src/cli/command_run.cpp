// carbontracker run: the command as if we were not there, and what it took.

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/green_wait.h"
#include "cli/grid_choice.h"
#include "cli/nested_run.h"
#include "cli/pauser.h"
#include "cli/tool_logs.h"
#include "cli/wrapped_run.h"
#include "tracker/budget.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

constexpr int kFailedBeforeStart = 125;

int failed(const Style& style, const Error& error) {
  print_message(style, error.what, error.hint);
  return kFailedBeforeStart;
}

// One line on a terminal when the first forecast is there; the final one is in the summary.
class Announcer {
 public:
  Announcer(const Session& session, const Style& style, bool quiet) : session_(session), style_(style), quiet_(quiet || !style.live) {}
  void marked() {
    // A forecast is made where one is asked for: here, after each mark, though not for every one of epochs of milliseconds.
    const Instant now = system_clock().now();
    if (asked_ && now - *asked_ < kForecastEvery) return;
    asked_ = now;
    const auto forecast = session_.last_forecast();
    if (quiet_ || said_ || !forecast) return;
    said_ = true;
    const std::string line = style_.dim("carbontracker: " + forecast_sentence(*forecast, session_.place(), session_.facility())) + "\r\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

 private:
  static constexpr std::chrono::milliseconds kForecastEvery{200};
  const Session& session_;
  const Style& style_;
  bool quiet_, said_ = false;
  std::optional<Instant> asked_;
};

// Holds the run against its budget, about once a second, and ends it where that was asked for.
class BudgetKeeper {
 public:
  BudgetKeeper(const Session& session, const Style& style, std::optional<BudgetWatch> watch, bool stops)
      : session_(session), style_(style), watch_(std::move(watch)), stops_(stops), stopper_(system_clock()) {}

  [[nodiscard]] bool stopping() const { return stopper_.stopping(); }
  void finish() { stopper_.finish(); }
  void tick(pid_t child, pid_t relay) {
    stopper_.tick();
    if (!watch_ || stopper_.stopping()) return;
    const auto forecast = session_.last_forecast();
    const auto note = watch_->look(session_.spent(), forecast ? &*forecast : nullptr);
    if (!note) return;
    const bool stop = stops_ && note->stop;
    print_message(style_, note->what, stop ? "it is stopped: --on-budget stop" : "--on-budget stop would end it");
    if (stop) stopper_.stop(child, relay);
  }

 private:
  const Session& session_;
  const Style& style_;
  std::optional<BudgetWatch> watch_;
  bool stops_;
  Stopper stopper_;
};

// The file of the grid, read again when it or the hour has changed; where it can no longer be read, what was read last stands.
class GridWatch {
 public:
  GridWatch(Place place, std::string history, std::string column) : place_(std::move(place)), history_(std::move(history)), column_(std::move(column)) {}

  const IntensitySeries* at(WallTime now) {
    struct stat seen {};
    if (::stat(history_.c_str(), &seen) != 0) return grid_ ? &grid_->series : nullptr;
    const auto hour = std::chrono::floor<std::chrono::hours>(now);
    if (grid_ && hour == hour_ && seen.st_mtim.tv_sec == changed_.tv_sec && seen.st_mtim.tv_nsec == changed_.tv_nsec) return &grid_->series;
    changed_ = seen.st_mtim;
    hour_ = hour;
    if (auto read = run_grid(place_, history_, column_, now, now + std::chrono::hours(48))) grid_ = std::move(*read);
    return grid_ ? &grid_->series : nullptr;
  }

 private:
  Place place_;
  std::string history_, column_;
  std::optional<RunGrid> grid_;
  timespec changed_{};
  WallTime hour_{};
};

// The work left after so much of running, pauses left out: by the run's own forecast, else by how long it is known to take.
std::optional<Seconds> work_left(const Session& session, const RunBounds& bounds, Seconds ran) {
  if (const auto forecast = session.last_forecast()) return std::max(Seconds(0), forecast->seconds_high - forecast->paused - ran);
  if (!bounds.length) return std::nullopt;
  return std::max(Seconds(0), *bounds.length - ran);
}

// Before anything starts. Nothing where no pauses were asked for, or where there is nothing to judge them by, which is said.
Result<std::optional<PauseRule>> pause_rule(const RunArguments& run, const RunBounds& bounds, const Style& style) {
  if (run.pause_above.empty()) return std::optional<PauseRule>();
  const auto above = parse_limit(run.pause_above);
  if (!above) return unexpected(above.error());
  if (run.history.empty()) {
    print_message(style, "--pause-above: never paused, since only the grid's yearly mean is known", "--history FILE tells its hours");
    return std::optional<PauseRule>();
  }
  const auto read = run_grid({}, run.history, run.column, system_clock().wall(), system_clock().wall());
  if (!read) return unexpected(read.error());
  PauseRule rule{*above};
  if (run.max_pause) rule.longest = *run.max_pause;
  rule.deadline = bounds.deadline;
  return std::optional(rule);
}

// Before anything starts. Nothing where no budget was given.
Result<std::optional<Budget>> budget_of(const RunArguments& run) {
  if (run.budget.empty()) return std::optional<Budget>();
  auto budget = parse_budget(run.budget);
  if (!budget) return unexpected(budget.error());
  if (budget->kind == BudgetKind::cost && !run.price) return unexpected(Errc::invalid_input, "--budget " + run.budget + ": what one kWh costs is not told", "--price 0.30");
  return std::optional<Budget>(std::move(*budget));
}

std::optional<BudgetWatch> watch_of(const std::optional<Budget>& budget, const Session& session, const RunArguments& run) {
  if (!budget) return std::nullopt;
  return BudgetWatch(*budget, {session.facility().pue, table_intensity(session.place()).g_per_kwh, run.price.value_or(0)});
}

// In the Python tool's spelling: its logs, where they can be written.
std::optional<ToolLogs> tool_logs(const RunArguments& run, const Session& session, bool pue_was_set, const Style& style) {
  if (!run.plain) return std::nullopt;
  auto logs = ToolLogs::open("./logs", pue_was_set ? ToolPue{session.facility().pue, "set by " + session.facility().from} : ToolPue{});
  if (logs) return std::move(*logs);
  print_message(style, logs.error().what, "carbontracker run -- COMMAND writes no logs");
  return std::nullopt;
}

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
  const std::string outer = outer_wrapper(host);
  if (!outer.empty() && run.when == "green") print_message(style, "--when is left out: the run around this one has begun", "give it to the outer run");
  if (!outer.empty()) return run_nested(run, host, style, outer, *signals, options->name);
  auto pattern = user_pattern(run.progress_pattern);
  if (!pattern) return failed(style, pattern.error());
  const auto budget = budget_of(run);
  if (!budget) return failed(style, budget.error());
  RunBounds bounds;
  if (run.when == "green" || !run.pause_above.empty()) {
    auto told = run_bounds(run, *options, system_clock().wall());
    if (!told) return failed(style, told.error());
    bounds = std::move(*told);
  }
  auto pauses = pause_rule(run, bounds, style);
  if (!pauses) return failed(style, pauses.error());
  if (run.when == "green") {
    if (const auto ended = await_green(run, *options, bounds, host, style, *signals)) return *ended;
    if (*pauses) (*pauses)->deadline = bounds.deadline;
  }
  const bool pue_was_set = options->pue.has_value();
  auto session = Session::start(std::move(*options), host, system_clock());
  if (!session) return failed(style, session.error());
  if (!(*session)->place().note.empty() && !run.place.empty()) print_message(style, (*session)->place().note);
  if (run.strict && !(*session)->can_measure()) return failed(style, {Errc::unsupported, "nothing can be measured here, and --strict was given", "carbontracker sources"});

  auto server = MarkReceiver::open(host);  // without it, trackers inside measure for themselves
  Announcer announcer(**session, style, run.quiet);
  Progress progress(**session, server ? &*server : nullptr, std::move(*pattern), [&](const std::vector<Mark>&) { announcer.marked(); });

  Command command{run.command, "", {{"CARBONTRACKER_RUN_ID", (*session)->id()}}};
  if (server) command.environment.emplace_back("CARBONTRACKER_SOCKET", server->path());
  const auto plan = plan_streams(run.progress == "off" ? ProgressMode::off : ProgressMode::automatic);
  auto child = Child::start(command, plan, *signals);
  if (!child && child.error().code == Errc::unavailable && !run.strict) {
    (void)(*session)->finish(std::nullopt);
    { const auto removed = std::move(server); }
    return run_unmeasured(run.command, std::move(*signals), style, child.error());
  }
  if (!child) {
    print_message(style, child.error().what, child.error().hint);
    return exit_code_of(child.error());
  }
  if (!child->untouched_reason().empty()) print_message(style, "progress is not read from the output: " + child->untouched_reason());
  (*session)->watch(child->pid(), child->relay_pid());
  auto logs = tool_logs(run, **session, pue_was_set, style);
  ChildEvents events;
  events.on_reaped = [&](pid_t pid, Seconds cpu) { (*session)->reaped(pid, cpu); };
  BudgetKeeper keeper(**session, style, watch_of(*budget, **session, run), run.on_budget == "stop");
  std::optional<Pauser> pauser;
  GridWatch grid((*session)->place(), run.history, run.column);
  if (*pauses)
    pauser.emplace(**pauses, Pauser::Hands{[&] { return child->pause(); }, [&] { return child->resume(); }, [&](WallTime now) { return grid.at(now); },
                                           [&](Seconds ran) { return work_left(**session, bounds, ran); }, [&] { return (*session)->progressed(); }, [&] { return (*session)->spent(); },
                                           [&](bool begins) { (*session)->mark({begins ? MarkKind::region_begin : MarkKind::region_end, system_clock().now(), kPausedRegion, 0, 0, {}}); },
                                           [&](const std::string& line) { print_message(style, line); }}, system_clock());
  if (pauser) events.on_signal = [&](int signal) { pauser->signalled(signal); };
  if (*budget || pauser) events.on_tick = [&] {
    keeper.tick(child->pid(), child->relay_pid());
    if (pauser && keeper.stopping()) pauser->end();
    if (pauser) pauser->tick();
  };
  progress.connect(events);
  const auto status = child->wait(*signals, events);
  const int code = status ? status->code : kFailedBeforeStart;
  if (pauser) pauser->end();
  keeper.finish();
  const RunRecord record = (*session)->finish(code);
  if (logs) logs->finish(record);
  print_end(**session, record, run, style);
  if (pauser && !pauser->summary().empty()) print_message(style, pauser->summary());
  (void)session->release();  // the process ends by _exit: waiting for threads that are done for would only take time
  return code;
}

}  // namespace carbontracker::cli
