// carbontracker run: the command as if we were not there, and what it took.

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"
#include "carbon/series_file.h"
#include "cli/commands.h"
#include "cli/did_you_mean.h"
#include "cli/green_wait.h"
#include "cli/grid_choice.h"
#include "cli/grid_outlook.h"
#include "cli/nested_run.h"
#include "cli/pauser.h"
#include "cli/run_watch.h"
#include "cli/tool_logs.h"
#include "cli/wrapped_run.h"
#include "tracker/render.h"

namespace carbontracker::cli {
namespace {

constexpr int kFailedBeforeStart = 125;

int failed(const Style& style, const Error& error) {
  print_message(style, error.what, error.hint);
  return kFailedBeforeStart;
}

// The work left after so much of running, pauses left out: by the run's own forecast, else by how long it is known to take.
std::optional<Seconds> work_left(const Session& session, const RunBounds& bounds, Seconds ran) {
  if (const auto forecast = session.last_forecast()) return std::max(Seconds(0), forecast->seconds_high - forecast->paused - ran);
  if (!bounds.length) return std::nullopt;
  return std::max(Seconds(0), *bounds.length - ran);
}

// Before anything starts. Nothing where no pauses were asked for, or where there is nothing to judge them by, which is said.
Result<std::optional<PauseRule>> pause_rule(const RunArguments& run, const RunBounds& bounds, bool live, const Style& style) {
  if (run.pause_above.empty()) return std::optional<PauseRule>();
  const auto above = parse_limit(run.pause_above);
  if (!above) return unexpected(above.error());
  if (run.history.empty() && !live) {
    print_message(style, "--pause-above: never paused, since only the grid's yearly mean is known", "--history FILE tells its hours, or --live asks a provider");
    return std::optional<PauseRule>();
  }
  PauseRule rule{*above};
  if (run.max_pause) rule.longest = *run.max_pause;
  if (rule.longest < kShortestPause) print_message(style, "--pause-above: never paused, since a pause lasts ten minutes at least and --max-pause allows less", "--max-pause 1h");
  rule.deadline = bounds.deadline;
  return std::optional(rule);
}

// A file that cannot be read is better known before a training than after it.
Result<> check_history(const RunArguments& run) {
  if (run.history.empty()) return {};
  const auto read = read_series(run.history, run.column);
  return read ? Result<>() : Result<>(unexpected(read.error()));
}

// Before anything starts. Nothing where no budget was given.
Result<std::optional<Budget>> budget_of(const RunArguments& run, const std::optional<Price>& price) {
  if (run.budget.empty()) return std::optional<Budget>();
  auto budget = parse_budget(run.budget);
  if (!budget) return unexpected(budget.error());
  if (budget->kind != BudgetKind::cost) return std::optional<Budget>(std::move(*budget));
  if (!price) return unexpected(Errc::invalid_input, "--budget " + run.budget + ": what one kWh costs is not told", "--price 0.30" + budget->currency);
  if (!same_currency(budget->currency, price->currency))
    return unexpected(Errc::invalid_input, "--budget " + run.budget + ": the price (" + price->from + ") is in " + price->currency, "give both in one currency");
  return std::optional<Budget>(std::move(*budget));
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
  const std::string summary = render_summary(record, style.colour, style.width, session.price());
  std::fwrite(summary.data(), 1, summary.size(), stderr);
  if (const std::string hint = misplaced_option_hint(run.command); !hint.empty()) print_message(style, hint);
}

// What is settled before anything starts.
struct Prepared {
  SessionOptions options;
  Progress::LookFor look_for;
  std::optional<Budget> budget;
  RunBounds bounds;
  std::optional<PauseRule> pauses;
  bool live = false, pue_was_set = false;
};

// Errors alone: nothing waits yet.
Result<> settle(Prepared& out, const RunArguments& run, const Host& host, const Style& style) {
  auto pattern = user_pattern(run.progress_pattern);
  if (!pattern) return unexpected(pattern.error());
  out.look_for.pattern = std::move(*pattern);
  auto metric = metric_choice(run.early);
  if (!metric) return unexpected(metric.error());
  out.look_for.metric = std::move(*metric);
  if (out.look_for.metric && run.progress == "off") print_message(style, "--metric: the output is not read, since --progress is off", "a tracker inside may tell it");
  auto price = chosen_price(run.price, host);
  if (!price) return unexpected(price.error());
  out.options.price = std::move(*price);
  auto budget = budget_of(run, out.options.price);
  if (!budget) return unexpected(budget.error());
  out.budget = std::move(*budget);
  if (run.when == "green" || !run.pause_above.empty()) {
    auto bounds = run_bounds(run, out.options, system_clock().wall());
    if (!bounds) return unexpected(bounds.error());
    out.bounds = std::move(*bounds);
  }
  out.live = live_allowed(run.network.live, run.network.offline, host);
  auto pauses = pause_rule(run, out.bounds, out.live, style);
  if (!pauses) return unexpected(pauses.error());
  out.pauses = *pauses;
  return check_history(run);
}

std::unique_ptr<GridFeed> feed_of(Session& session, const RunArguments& run, bool live, const Host& host) {
  if (!live && run.history.empty()) return nullptr;
  GridFeed::Hands hands{[&session](const Result<GridTold>& told) { session.take_grid(told); }, [&session](pid_t pid, bool out) { session.leave_out(pid, out); }};
  return std::make_unique<GridFeed>(GridRequest{session.place().code, run.history, run.column, run.network.provider, system_clock().wall()}, std::move(hands), system_clock(), ask_times(host));
}

void mark_pause(Session& session, bool begins) { session.mark({begins ? MarkKind::region_begin : MarkKind::region_end, system_clock().now(), kPausedRegion, 0, 0, {}}); }

std::optional<Pauser> pauser_of(const Prepared& prepared, Child& child, Session& session, const GridFeed* feed, const Style& style) {
  std::optional<Pauser> pauser;
  if (!prepared.pauses) return pauser;
  pauser.emplace(*prepared.pauses, Pauser::Hands{[&] { return child.pause(); }, [&] { return child.resume(); }, [feed](WallTime) { return feed ? feed->series() : nullptr; },
                                                 [&](Seconds ran) { return work_left(session, prepared.bounds, ran); }, [&] { return session.progressed(); }, [&] { return session.spent(); },
                                                 [&](bool begins) { mark_pause(session, begins); },
                                                 [&](const std::string& line) { print_message(style, line); }, [feed] { return feed ? feed->trouble() : ""; }}, system_clock());
  return pauser;
}

// The command that was started, until it has ended.
int attend(Child& child, Session& session, Progress& progress, RunCarbon& carbon, GridFeed* feed, const Prepared& prepared, const RunArguments& run, const Style& style, Signals& signals) {
  ChildEvents events;
  events.on_reaped = [&](pid_t pid, Seconds cpu) {
    if (!feed || !feed->reaped(pid)) session.reaped(pid, cpu);
  };
  if (feed && feed->descriptor() >= 0) events.watch.emplace_back(feed->descriptor(), [&] { feed->drain(); });
  auto logs = tool_logs(run, session, prepared.pue_was_set, style);
  BudgetKeeper keeper(session, carbon, style, prepared.budget, session.price() ? session.price()->per_kwh : 0, run.on_budget == "stop");
  auto pauser = pauser_of(prepared, child, session, feed, style);
  if (pauser) events.on_signal = [&](int signal) { pauser->signalled(signal); };
  if (pauser) events.on_continued = [&] { pauser->continued(); };
  events.on_frozen = [&](bool begins) {
    mark_pause(session, begins);
    if (pauser) pauser->frozen(begins);
  };
  if (prepared.budget || pauser || feed) events.on_tick = [&] {
    if (feed) feed->tick();
    carbon.note();
    keeper.tick(child.pid(), child.relay_pid());
    if (pauser && keeper.stopping()) pauser->end();
    if (pauser && (!feed || feed->heard())) pauser->tick();
  };
  progress.connect(events);
  const auto status = child.wait(signals, events);
  const int code = status ? status->code : kFailedBeforeStart;
  if (pauser) pauser->end();
  if (feed) feed->end();
  keeper.finish();
  const RunRecord record = session.finish(code);
  if (logs) logs->finish(record);
  print_end(session, record, run, style);
  if (pauser && !pauser->summary().empty()) print_message(style, pauser->summary());
  return code;
}

int measure(Prepared prepared, const RunArguments& run, const Host& host, const Style& style, Signals& signals) {
  auto session = Session::start(std::move(prepared.options), host, system_clock());
  if (!session) return failed(style, session.error());
  if (!(*session)->place().note.empty() && !run.place.empty()) print_message(style, (*session)->place().note);
  if (run.strict && !(*session)->can_measure()) return failed(style, {Errc::unsupported, "nothing can be measured here, and --strict was given", "carbontracker sources"});

  if (prepared.budget && prepared.budget->kind == BudgetKind::carbon && (*session)->place().code.empty() && !prepared.live && run.history.empty())
    print_message(style, "--budget " + run.budget + " is held against the world average: where this machine stands is not known", "--place DK");

  auto server = MarkReceiver::open(host);  // without it, trackers inside measure for themselves
  auto feed = feed_of(**session, run, prepared.live, host);
  RunCarbon carbon(**session, feed.get());
  Announcer announcer(**session, carbon, style, run.quiet);
  Progress progress(**session, server ? &*server : nullptr, std::move(prepared.look_for), [&](const std::vector<Mark>&) { announcer.marked(); });

  Command command{run.command, "", {{"CARBONTRACKER_RUN_ID", (*session)->id()}}};
  if (server) command.environment.emplace_back("CARBONTRACKER_SOCKET", server->path());
  const auto plan = plan_streams(run.progress == "off" ? ProgressMode::off : ProgressMode::automatic);
  auto child = Child::start(command, plan, signals);
  if (!child && child.error().code == Errc::unavailable && !run.strict) {
    (void)(*session)->finish(std::nullopt);
    { const auto removed = std::move(server); }
    return run_unmeasured(run.command, std::move(signals), style, child.error());
  }
  if (!child) {
    print_message(style, child.error().what, child.error().code == Errc::not_found ? not_found_hint(run.command, run.plain) : child.error().hint);
    return exit_code_of(child.error());
  }
  if (!child->untouched_reason().empty()) print_message(style, "progress is not read from the output: " + child->untouched_reason());
  (*session)->watch(child->pid(), child->relay_pid());
  const int code = attend(*child, **session, progress, carbon, feed.get(), prepared, run, style, signals);
  (void)session->release();  // the process ends by _exit: waiting for threads that are done for would only take time
  return code;
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
  Prepared prepared{.options = std::move(*options)};
  prepared.pue_was_set = prepared.options.pue.has_value();
  if (const auto settled = settle(prepared, run, host, style); !settled) return failed(style, settled.error());
  if (run.when == "green") {
    if (const auto ended = await_green(run, prepared.options, prepared.bounds, host, style, *signals)) return *ended;
    if (prepared.pauses) prepared.pauses->deadline = prepared.bounds.deadline;
  }
  return measure(std::move(prepared), run, host, style, *signals);
}

}  // namespace carbontracker::cli
