// carbontracker advise --power-sweep: tries power limits while a command trains, and puts them back whatever happens.

#include <unistd.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/limit_guardian.h"
#include "cli/limit_note.h"
#include "cli/style.h"
#include "cli/wrapped_run.h"
#include "hardware/power_limits.h"
#include "report/render_sweep.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace carbontracker::cli {
namespace {

constexpr double kLowestShare = 0.5;     // below, runs become so slow that host and rest eat the saving (docs/method/advice.md)
constexpr double kHighestShare = 4;      // whatever the card allows, damaged answers apart
constexpr Seconds kUsualEach{20}, kShortest{1};

// The command after --, or that of the run.
Result<Command> command_of(const AdviseArguments& arguments, const Host& host) {
  if (!arguments.command.empty()) return Command{arguments.command, "", {}};
  if (arguments.run.empty()) return unexpected(Errc::invalid_input, "advise: --power-sweep has no command", "carbontracker advise --power-sweep -- python train.py");
  auto store = Store::open(data_home(host));
  if (!store) return unexpected(store.error());
  const auto run = (*store)->load(arguments.run);
  if (!run) return unexpected(run.error());
  const auto masked = [](const std::string& word) { return word.find("***") != std::string::npos; };
  if (run->command.empty() || std::any_of(run->command.begin(), run->command.end(), masked))
    return unexpected(Errc::unsupported, "the command of run " + run->id + " is not kept whole (keys are masked)", "give it: carbontracker advise --power-sweep -- COMMAND");
  return Command{run->command, run->directory, {}};
}

Result<SessionOptions> options_of(const Command& command, const Host& host) {
  RunArguments run;
  run.command = command.argv;
  run.tags = {"power-sweep=yes"};
  return session_options(run, host, style_of(STDERR_FILENO, host));
}

SweepBounds bounds_of(const PowerLimits& limits) {
  SweepBounds bounds{kLowestShare, kHighestShare};
  for (const LimitedGpu& gpu : limits.gpus()) {
    bounds.lowest = std::max(bounds.lowest, gpu.least / gpu.before);
    bounds.highest = std::min(bounds.highest, gpu.most / gpu.before);
  }
  return {std::min(1.0, bounds.lowest), std::max(1.0, bounds.highest)};
}

// As many as were asked for, from the one in force evenly down; else the search.
PowerSweep sweep_within(const SweepBounds& bounds, const AdviseArguments& arguments) {
  const Seconds each = std::max(kShortest, arguments.each.value_or(kUsualEach));
  if (arguments.steps) return {sweep_shares(bounds.lowest, static_cast<std::size_t>(std::min(*arguments.steps, 20.0))), each};
  return {each, [bounds](const std::vector<SweepPoint>& measured) { return next_share(measured, bounds); }};
}

std::string gpu_words(const PowerLimits& limits) {
  const LimitedGpu& first = limits.gpus()[0];
  return first.name + " (" + first.label + ")" + (limits.gpus().size() > 1 ? " and " + std::to_string(limits.gpus().size() - 1) + " more" : "");
}

// Feeds marks to the sweep, and sets what it asks for.
class Sweeping {
 public:
  Sweeping(const PowerLimits& limits, PowerSweep sweep, Session& session, const Style& style)
      : limits_(limits), sweep_(std::move(sweep)), fresh_(sweep_), session_(session), style_(style), began_(system_clock().now()) {}

  void take(const std::vector<Mark>& marks) {
    for (const Mark& mark : marks) {
      if (mark.kind != MarkKind::step && mark.kind != MarkKind::epoch_end) continue;
      const std::string unit = mark.unit.empty() ? "step" : mark.unit;
      if (unit_.empty() || (unit_ == "epoch" && unit != "epoch" && sweep_.points().empty())) start_with(unit);
      if (unit == unit_) sweep_.mark(seconds_between(began_, mark.at), mark.done, session_.spent());
    }
    apply();
  }
  void tick() {
    sweep_.tick(seconds_between(began_, system_clock().now()));
    apply();
  }
  [[nodiscard]] const PowerSweep& sweep() const { return sweep_; }
  [[nodiscard]] const std::string& unit() const { return unit_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] bool over() const { return sweep_.over() || !refusal_.empty(); }

 private:
  // Finer units than the first ones seen begin the sweep anew, as long as it has no figure.
  void start_with(const std::string& unit) {
    if (!unit_.empty()) sweep_ = fresh_;
    unit_ = unit;
  }
  void apply() {
    const double wanted = over() ? 1 : sweep_.wanted();
    if (wanted == in_force_) return;
    in_force_ = wanted;
    if (const auto done = limits_.set_share(wanted); !done) {
      refusal_ = done.error().what;
      (void)limits_.put_back();
      in_force_ = 1;
    } else if (wanted != 1) {
      print_message(style_, "power limit at " + std::to_string(static_cast<int>(100 * wanted + 0.5)) + " % of what it was");
    }
  }

  const PowerLimits& limits_;
  PowerSweep sweep_;
  PowerSweep fresh_;
  Session& session_;
  const Style& style_;
  Instant began_;
  std::string unit_, refusal_;
  double in_force_ = 1;
};

std::string trouble_of(const Sweeping& sweeping, std::optional<double> planned) {
  const PowerSweep& sweep = sweeping.sweep();
  if (!sweeping.refusal().empty()) return sweeping.refusal();
  if (!sweep.trouble().empty()) return sweep.trouble();
  if (sweep.over()) return "";
  if (sweeping.unit().empty()) return "the command told no progress: print a line like 'step 3/100' after each, or call the tracker's step()";
  return "the command ended after " + std::to_string(sweep.points().size()) + (planned ? " of " + std::to_string(static_cast<int>(std::min(*planned, 20.0))) : "") + " limits";
}

Result<SweepReport> sweep_of(const AdviseArguments& arguments, const Command& given, const Host& host) {
  const Style style = style_of(STDERR_FILENO, host);
  auto signals = Signals::take();
  if (!signals) return unexpected(signals.error());
  auto options = options_of(given, host);
  if (!options) return unexpected(options.error());
  if (const std::string left = put_back_what_was_left(host); !left.empty()) print_message(style, left);
  auto guardian = LimitGuardian::start(host);   // before any thread, and before NVML is opened here
  if (!guardian) return unexpected(guardian.error());
  const auto limits = PowerLimits::open(host);
  if (!limits) return unexpected(limits.error());
  const SweepBounds bounds = bounds_of(*limits);
  if (bounds.lowest > 0.98 && (bounds.highest < 1.02 || arguments.steps))
    return unexpected(Errc::unsupported, gpu_words(*limits) + " allows no lower limit than the one in force" + (arguments.steps ? "" : ", and no higher one"), arguments.steps && bounds.highest >= 1.02 ? "without --limits higher ones are tried too" : "");

  auto note = LimitNote::write(*limits, host);
  SweepReport out{gpu_words(*limits), "unit", "", limits->gpus()[0].before, {}, "", false};
  {
    const StdoutToStderr redirect;
    auto session = Session::start(std::move(*options), host, system_clock());
    if (!session) return unexpected(session.error());
    auto server = MarkReceiver::open(host);
    Command command = given;
    command.environment = {{"CARBONTRACKER_RUN_ID", (*session)->id()}};
    if (server) command.environment.emplace_back("CARBONTRACKER_SOCKET", server->path());
    auto child = Child::start(command, plan_streams(ProgressMode::automatic), *signals);
    if (!child) return unexpected(child.error());
    (*session)->watch(child->pid(), child->relay_pid());
    Sweeping sweeping(*limits, sweep_within(bounds, arguments), **session, style);
    Stopper stopper(system_clock());
    Progress progress(**session, server ? &*server : nullptr, {}, [&](const std::vector<Mark>& marks) { sweeping.take(marks); });
    ChildEvents events;
    events.on_reaped = [&](pid_t pid, Seconds cpu) { (*session)->reaped(pid, cpu); };
    events.on_tick = [&] {
      sweeping.tick();
      if (sweeping.over() && arguments.stop) stopper.stop(child->pid(), child->relay_pid());
      stopper.tick();
    };
    progress.connect(events);
    const auto status = child->wait(*signals, events);
    stopper.finish();
    out.run = (*session)->finish(status ? std::optional(status->code) : std::nullopt).id;
    out.points = sweeping.sweep().points();
    out.trouble = trouble_of(sweeping, arguments.steps);
    if (!sweeping.unit().empty()) out.unit = sweeping.unit();
    (void)session->release();
  }
  const auto back = limits->put_back();
  const auto guarded = guardian->release();
  out.put_back = back || guarded;   // each of them sets them all
  if (out.put_back) note.remove();
  if (!back) print_message(style, back.error().what, "nvidia-smi -pl WATTS");
  return out;
}

}  // namespace

int power_sweep_command(const AdviseArguments& arguments, const Host& host) {
  const auto command = command_of(arguments, host);
  auto sweep = command ? sweep_of(arguments, *command, host) : Result<SweepReport>(unexpected(command.error()));
  if (!sweep) {
    print_message(style_of(STDERR_FILENO, host), "no power sweep: " + sweep.error().what, sweep.error().hint);
    return sweep.error().code == Errc::invalid_input ? 2 : 1;
  }
  const int printed = print_product(arguments.format == "json" ? sweep_json(*sweep) : sweep_text(*sweep), host);
  return printed != 0 || sweep->points.size() < 2 ? 1 : 0;
}

}  // namespace carbontracker::cli
