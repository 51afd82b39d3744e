// How long a run that waits or pauses is going to take, and when it must have ended; and the wait itself, with the world around it.

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/duration.h"
#include "base/iso_time.h"
#include "base/text.h"
#include "cli/did_you_mean.h"
#include "cli/grid_outlook.h"
#include "cli/green_wait.h"
#include "cli/grid_choice.h"
#include "cli/wait_file.h"
#include "launch/child.h"
#include "storage/store.h"
#include "tracker/history.h"

namespace carbontracker::cli {
namespace {

constexpr int kFailedBeforeStart = 125;
constexpr std::size_t kRunsLookedAt = 200;

int failed(const Style& style, const Error& error, int code = kFailedBeforeStart) {
  print_message(style, error.what, error.hint);
  return code;
}

Seconds paused_of(const RunRecord& run) {
  Seconds out{};
  for (const Segment& segment : run.segments) out += paused_until(segment.totals, segment.totals.duration).seconds;
  return out;
}

// The newest run of the same name that came to its end; where the name was made from the command, of the same command.
void look_for_earlier(RunBounds& bounds, const RunArguments& run, const SessionOptions& options) {
  if (options.keep.home.empty()) return;
  const auto store = Store::open(options.keep.home);
  if (!store) return;
  const auto runs = (*store)->list({.project = options.project, .tags = {}, .limit = kRunsLookedAt});
  if (!runs) return;
  for (const RunSummary& earlier : *runs) {
    if (earlier.name != options.name || earlier.state != RunState::finished || earlier.exit_code.value_or(0) != 0 || earlier.duration <= Seconds(0)) continue;
    const auto record = (*store)->load(earlier.id);
    if (!record || (run.name.empty() && record->command != mask_secrets(run.command))) continue;
    bounds.length = earlier.duration - paused_of(*record);
    bounds.length_from = "run " + earlier.id;
    return;
  }
}

// Better known before a wait of hours than after it.
bool can_be_found(const std::string& name, const Host& host) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), F_OK) == 0;
  const std::string path = host.env("PATH").value_or("/bin:/usr/bin");
  for (const std::string_view directory : split(path, ':'))
    if (::access((std::string(directory.empty() ? "." : directory) + "/" + name).c_str(), X_OK) == 0) return true;
  return false;
}

// The signals that would end a command that waits; stop keys stop us.
int sleep_or_signal(Signals& signals, Seconds longest) {
  pollfd wake{signals.descriptor(), POLLIN, 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
  if (::poll(&wake, 1, static_cast<int>(std::max<decltype(milliseconds)>(1, milliseconds))) <= 0) return 0;
  for (Signals::Arrival arrival = signals.next(); arrival.number != 0; arrival = signals.next()) {
    if (arrival.number == SIGTSTP) (void)stop_ourselves(arrival.from_kernel);
    else if (arrival.number != SIGCONT && arrival.number != SIGCHLD && arrival.number != SIGWINCH) return arrival.number;
  }
  return 0;
}

int ended_by(int signal, const Style& style) {
  print_message(style, "the wait was ended by a signal; nothing was started");
  return 128 + signal;
}

std::vector<std::string> request_of(const RunArguments& run, const SessionOptions& options) {
  std::vector<std::string> out{options.directory, run.name, options.place, run.history, run.column, fmt::format("{}", run.within.value_or(Seconds(0)).count()),
                               fmt::format("{}", run.hours.value_or(0))};
  out.insert(out.end(), run.command.begin(), run.command.end());
  return out;
}

// A deadline that was given as a moment needs no memory.
void remember(const RunArguments& run, WaitFile& file, RunBounds& bounds, WallTime now, const Style& style) {
  if (run.deadline) return;
  if (const auto kept = file.take(now)) {
    bounds.deadline = kept->deadline;
    print_message(style, fmt::format("goes on with the wait that began {}: its end by {} stands", iso_time(kept->since).substr(0, 16) + "Z", iso_time(kept->deadline).substr(0, 16) + "Z"));
  } else if (const auto written = file.write({now, *bounds.deadline}); !written) {
    print_message(style, written.error().what, "a restart of this wait will not know its deadline");
  }
}

}  // namespace

Result<RunBounds> run_bounds(const RunArguments& run, const SessionOptions& options, WallTime now) {
  if (run.within && run.deadline) return unexpected(Errc::invalid_input, "run: --within and --deadline exclude each other", "give one of them");
  RunBounds bounds;
  if (run.deadline) bounds.deadline = *run.deadline;
  if (run.within) bounds.deadline = now + std::chrono::round<WallTime::duration>(*run.within);
  if (run.hours) {
    bounds.length = Seconds(*run.hours * 3600);
    bounds.length_from = "--hours";
  } else {
    look_for_earlier(bounds, run, options);
  }
  return bounds;
}

std::optional<int> await_green(const RunArguments& run, const SessionOptions& options, RunBounds& bounds, const Host& host, const Style& style, Signals& signals) {
  const auto place = chosen_place(options.place, host);
  if (!place) return failed(style, place.error());
  if (!can_be_found(run.command.front(), host)) return failed(style, {Errc::not_found, "starting " + run.command.front() + ": not found", not_found_hint(run.command, run.plain)}, 127);
  const WallTime now = system_clock().wall();
  const bool live = run.history.empty() && live_allowed(run.network.live, run.network.offline, host);
  std::optional<RunGrid> last;
  const auto grid_at = [&](WallTime at, WallTime until) -> Result<RunGrid> {
    return live ? or_last(live_run_grid(*place, run.network.provider, at, until, host), last, at) : run_grid(*place, run.history, run.column, at, until);
  };
  const auto read = grid_at(now, now);
  if (!read) return failed(style, read.error());
  if (read->usual && !bounds.length) {  // a provider that is down must not keep a run from starting
    print_message(style, "starts now: how long the work takes is not known, and usual hours alone are not waited for (" + read->note + ")", "tell it with --hours");
    const int signal = sleep_or_signal(signals, Seconds(0));  // it may have come while a provider was asked
    return signal == 0 ? std::nullopt : std::optional(ended_by(signal, style));
  }
  if (!read->constant && !bounds.length)
    return failed(style, {Errc::invalid_input, "--when green: how long the work takes is not known, and no earlier run of it is kept", "tell it with --hours"});
  const Seconds length = bounds.length.value_or(Seconds(3600));
  if (!bounds.deadline) bounds.deadline = now + std::chrono::round<WallTime::duration>(std::max<Seconds>(std::chrono::hours(24), length * 2));
  WaitFile file(options.keep.home, request_of(run, options));
  remember(run, file, bounds, now, style);
  const int signal = wait_for_green({length, *bounds.deadline, system_clock(), [&](WallTime at) { return grid_at(at, *bounds.deadline); },
                                     [&](Seconds longest) { return sleep_or_signal(signals, longest); }, [&](const std::string& line) { print_message(style, line); }});
  // Whoever presses Ctrl-C gives the wait up; other signals come from a system that goes down or moves the job, and it may be taken up again.
  if (signal == 0 || signal == SIGINT) file.remove();
  if (signal == 0) return std::nullopt;
  return ended_by(signal, style);
}

}  // namespace carbontracker::cli
