#include "launch/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "launch/spawn.h"

extern char** environ;

namespace carbontracker {
namespace {

std::vector<const char*> pointers(const std::vector<std::string>& strings) {
  std::vector<const char*> out;
  for (const std::string& each : strings) out.push_back(each.c_str());
  out.push_back(nullptr);
  return out;
}

bool sets(const Command& command, std::string_view entry) {
  for (const auto& [name, value] : command.environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') return true;
  }
  return false;
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> entries;
  for (char** entry = environ; entry && *entry; ++entry) {
    if (!sets(command, *entry)) entries.emplace_back(*entry);
  }
  for (const auto& [name, value] : command.environment) entries.push_back(name + "=" + value);
  return entries;
}

Error start_error(const Command& command, const SpawnOutcome& outcome) {
  const std::string why = std::strerror(outcome.error_number);
  if (outcome.stage == SpawnOutcome::directory) return {Errc::invalid_input, "entering " + command.directory + ": " + why, "give a directory that exists"};
  if (outcome.stage == SpawnOutcome::fork) return {Errc::unavailable, "starting a process: " + why, "look at the limits: ulimit -u, pids.max"};
  const std::string name = command.argv[0].empty() ? "''" : command.argv[0];
  if (outcome.error_number == ENOENT) return {Errc::not_found, "starting " + name + ": not found", "check the spelling, and PATH"};
  const bool script = name.find('/') != std::string::npos;
  return {Errc::permission, "starting " + name + ": " + why, script ? "make it executable (chmod +x " + name + "), or name its interpreter first" : ""};
}

}  // namespace

int exit_code_of(const Error& start_failure) {
  if (start_failure.code == Errc::not_found) return 127;
  return start_failure.code == Errc::permission ? 126 : 125;
}

Error become_program(const Command& command, Signals signals) {
  const std::vector<std::string> environment = environment_of(command);
  const auto argv = pointers(command.argv);
  const auto envp = pointers(environment);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);  // it would outlive the exec
  { const Signals put_back = std::move(signals); }
  ::execvpe(argv[0], const_cast<char* const*>(argv.data()), const_cast<char* const*>(envp.data()));
  return start_error(command, {-1, SpawnOutcome::exec, errno});
}

void Child::open_taps(const StreamPlan& plan, RelayedStream* streams, int& count) {
  const StreamKind kinds[2] = {plan.out, plan.err};
  const auto relayed = [](StreamKind kind) { return kind == StreamKind::pipe || kind == StreamKind::terminal; };
  const bool alone = plan.joined || !relayed(plan.out) || !relayed(plan.err);
  for (int i = 0; i < (plan.joined ? 1 : 2); ++i) {
    if (kinds[i] == StreamKind::file) followers_[i] = FileFollower::open(i + 1);
    if (!relayed(kinds[i])) continue;
    auto opened = open_relayed(kinds[i], i + 1, alone);
    if (!opened) {
      untouched_reason_ = opened.error().what;
      continue;
    }
    relay_stream_[count] = i;
    shares_terminal_ = shares_terminal_ || opened->terminal;
    streams[count++] = std::move(*opened);
  }
}

void Child::drop_relay(const std::string& why) {
  ::kill(relay_->pid(), SIGKILL);
  ::waitpid(relay_->pid(), nullptr, 0);
  relay_.reset();
  shares_terminal_ = false;
  untouched_reason_ = why;
}

// Somebody has killed it. The child's lines are still open, by us.
bool Child::replace_relay() {
  int which[2];
  auto relay = relay_->again(which);
  if (!relay) return false;
  dead_relays_.push_back(relay_->pid());
  relay_ = std::move(*relay);
  int streams[2] = {0, 1};
  for (int i = 0; i < relay_->count(); ++i) streams[i] = relay_stream_[which[i]];
  std::copy(streams, streams + 2, relay_stream_);
  if (shares_terminal_) ::setpgid(relay_->pid(), pid_);
  return true;
}

Result<> Child::launch(const Command& command, const Signals& signals, int out, int err) {
  const std::vector<std::string> environment = environment_of(command);
  const auto argv = pointers(command.argv);
  const auto envp = pointers(environment);
  SpawnRequest request;
  request.argv = argv.data();
  request.environment = envp.data();
  request.directory = command.directory.empty() ? nullptr : command.directory.c_str();
  request.out = out;
  request.err = err;
  request.terminal = foreground_.ours() ? foreground_.terminal() : -1;
  request.mask = signals.original_mask();
  request.ignore_child_signal = signals.child_signal_was_ignored();
  const SpawnOutcome outcome = spawn(request);
  pid_ = outcome.pid;
  if (request.terminal >= 0) foreground_.note_given_to(pid_);
  if (pid_ > 0) return {};
  foreground_.note_given_to(-1);
  foreground_.take_back();
  return unexpected(start_error(command, outcome));
}

Result<> Child::pause() {
  if (guard_) return {};
  auto guard = StopGuard::start(pid_);
  if (!guard) return unexpected(guard.error());
  if (!send_to_child(pid_, SIGSTOP)) return unexpected(system_error("stopping", "the command", errno));
  guard_.emplace(std::move(*guard));
  stop_outside();
  foreground_.take_back();  // Ctrl-C must reach somebody who can act on it
  return {};
}

// A process that is being stopped may have made another one just before: looked for until there is none.
void Child::stop_outside() {
  constexpr int kRounds = 10;
  const pid_t group = ::getpgid(pid_) == pid_ ? pid_ : 0;
  bool found = true;
  for (int round = 0; found && round < kRounds; ++round) {
    found = false;
    for (const RunProcess& process : processes_of(pid_)) {
      const bool stands = process.state == 'T' || process.state == 't' || process.state == 'Z' || process.state == 'X';
      if (stands || process.pid == pid_ || process.group == group) continue;
      const bool known = std::any_of(outside_.begin(), outside_.end(), [&](const RunProcess& other) { return other.pid == process.pid && other.start == process.start; });
      if (known || !guard_->tell(process.pid) || ::kill(process.pid, SIGSTOP) != 0) continue;
      outside_.push_back(process);
      found = true;
    }
  }
}

// Somebody has killed it, and we might be next.
void Child::renew_guard() {
  auto guard = StopGuard::start(pid_);
  if (!guard) return;
  guard_.reset();
  guard_.emplace(std::move(*guard));
  for (const RunProcess& process : outside_) (void)guard_->tell(process.pid);
}

// Children before their parents: who waits for a child with an eye on its being stopped shall see it running. The group also where its leader is gone.
Result<> Child::resume() {
  if (!guard_) return {};
  foreground_.give_to(pid_);
  for (auto process = outside_.rbegin(); process != outside_.rend(); ++process)
    if (lives(*process)) ::kill(process->pid, SIGCONT);
  const bool leads = ::getpgid(pid_) == pid_, group = ::kill(-pid_, SIGCONT) == 0;
  const bool reached = group || (!leads && ::kill(pid_, SIGCONT) == 0);
  if (group && !leads) ::kill(pid_, SIGCONT);
  if (!reached && errno != ESRCH) return unexpected(system_error("continuing", "the command", errno));
  outside_.clear();
  guard_.reset();
  return {};
}

Result<Child> Child::start(const Command& command, const StreamPlan& plan, const Signals& signals) {
  if (command.argv.empty()) return unexpected(Errc::invalid_input, "starting a program: none given", "put the command after --");
  Child child;
  RelayedStream streams[2];
  int count = 0;
  child.open_taps(plan, streams, count);
  if (count > 0) {
    auto relay = Relay::start(streams, count);
    if (relay) child.relay_ = std::move(*relay);
    else child.untouched_reason_ = relay.error().what;
  }
  int ends[2] = {-1, -1};
  for (int i = 0; child.relay_ && i < count; ++i) ends[child.relay_stream_[i]] = streams[i].child_end.get();
  if (plan.joined) ends[1] = ends[0];
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto launched = child.launch(command, signals, ends[0], ends[1]);
  if (!launched && child.relay_ && launched.error().code == Errc::unavailable) {
    // The last process that the limits allow is the child's.
    child.drop_relay(launched.error().what);
    launched = child.launch(command, signals, -1, -1);
  }
  if (!launched) return unexpected(launched.error());
  // Only the foreground group hears of a new window size.
  if (child.relay_ && child.shares_terminal_) ::setpgid(child.relay_->pid(), child.pid_);
  return child;
}

}  // namespace carbontracker
