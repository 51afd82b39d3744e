#pragma once
// The program that is measured: started as if we were not there, waited for, its signals and terminal looked after.
//
//   auto signals = Signals::take();                       // first thing in main, before any thread
//   auto child = Child::start({.argv = {"python", "train.py"}}, plan_streams(ProgressMode::automatic), *signals);
//   if (!child) return exit_code_of(child.error());       // 125, 126, 127
//   auto status = child->wait(*signals, events);          // runs the callbacks in this thread
//   return status->code;

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"
#include "launch/foreground.h"
#include "launch/relay.h"
#include "launch/run_processes.h"
#include "launch/signals.h"
#include "launch/stop_guard.h"
#include "launch/streams.h"

namespace carbontracker {

struct Command {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::string directory;          // empty: ours
  std::vector<std::pair<std::string, std::string>> environment;  // set over ours: CARBONTRACKER_SOCKET, CARBONTRACKER_RUN_ID
};

struct ExitStatus {
  int code = 0;      // the child's own, or 128 + signal
  int signal = 0;    // 0: it was not killed
  Seconds cpu{};     // user and system, with the children that it waited for
  long peak_memory_kib = 0;
};

// All are called in the thread that waits, and may be empty. Keep them short: signals wait meanwhile.
struct ChildEvents {
  // What the child printed: 0 its output (or both, where they are one file), 1 its errors. Chunks end anywhere; kSampleGap
  // in it means that something was left out before.
  std::function<void(int stream, std::string_view bytes)> on_output;
  // A process of the tree was reaped, the child itself included: its CPU time with that of the children it waited for.
  std::function<void(pid_t, Seconds cpu)> on_reaped;
  // Another relay took the place of one that was killed (begins), and a relay was reaped: a process of ours, no part of the run.
  std::function<void(pid_t, bool begins)> on_relay;
  // A signal was passed on to the child.
  std::function<void(int signal)> on_signal;
  // Somebody else has continued the child while it was paused; it is paused no more.
  std::function<void()> on_continued;
  // The child was stopped (true) or continued by somebody else, or by the terminal's stop key together with us.
  std::function<void(bool begins)> on_frozen;
  std::function<void()> on_tick;
  std::chrono::milliseconds tick{1000};
  // Other descriptors to serve in the same loop, as that of a MarkServer.
  std::vector<std::pair<int, std::function<void()>>> watch;
};

// 127 not found, 126 not executable, 125 we failed before starting it.
[[nodiscard]] int exit_code_of(const Error& start_failure);

// Becomes the program, in our process: where the limits allow no other (Errc::unavailable of Child::start). Puts signals back first. Returns
// only where it cannot be executed, with the reason as of Child::start.
[[nodiscard]] Error become_program(const Command& command, Signals signals);

class Child {
 public:
  // Errc::not_found: no such program; permission: it cannot be executed; anything else: a fault on our side.
  // A pipe or a pseudo-terminal that cannot be had leaves that stream untouched (see untouched_reason).
  // Makes this process the reaper of orphans (PR_SET_CHILD_SUBREAPER).
  [[nodiscard]] static Result<Child> start(const Command& command, const StreamPlan& plan, const Signals& signals);

  // Moving is fine before wait(). Destroying it does not touch the child.
  Child(Child&&) = default;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Our process that copies the output; 0 where none is needed. It is no part of the run: leave it out of its processes.
  [[nodiscard]] pid_t relay_pid() const { return relay_ ? relay_->pid() : 0; }
  [[nodiscard]] const std::string& untouched_reason() const { return untouched_reason_; }

  // Stops the child's group and what descends from it outside of it, with a guard that continues them should we be gone; takes the terminal's keys back
  // meanwhile. In the thread that waits. Any signal that is passed on continues them first. What was stopped already stays so afterwards. Errors: nobody could be stopped (a program of another
  // user), or continued, which then is still paused and guarded; a child that is gone is no error.
  [[nodiscard]] Result<> pause();
  Result<> resume();
  [[nodiscard]] bool paused() const { return guard_.has_value(); }

  // Until the child has ended and what it printed has been passed on. Its background children are not waited for.
  [[nodiscard]] Result<ExitStatus> wait(Signals& signals, const ChildEvents& events);

 private:
  struct Waiting;
  Child() = default;
  void open_taps(const StreamPlan& plan, RelayedStream* streams, int& count);
  void drop_relay(const std::string& why);
  [[nodiscard]] bool replace_relay();
  void stop_outside();
  void renew_guard();
  [[nodiscard]] Result<> launch(const Command& command, const Signals& signals, int out, int err);

  pid_t pid_ = -1;
  std::optional<Relay> relay_;
  std::optional<StopGuard> guard_;
  std::vector<RunProcess> outside_;  // of the group, stopped by us; parents first
  int relay_stream_[2] = {0, 1};   // which of the child's streams line i of the relay is
  std::vector<pid_t> dead_relays_; // replaced, and not reaped yet
  bool shares_terminal_ = false;
  FileFollower followers_[2];
  Foreground foreground_;
  std::string untouched_reason_;
};

}  // namespace carbontracker
