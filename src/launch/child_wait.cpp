// Child::wait: one loop over signals, samples of the output and the caller's descriptors.

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "base/files.h"
#include "launch/child.h"

namespace carbontracker {
namespace {

using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds kFollowEvery{20};  // so late an epoch's line may be seen; a look costs some microseconds
constexpr std::size_t kBuffer = 16 * 1024;
constexpr int kMostReplaced = 20;  // of relays: what kills them again and again means it

Seconds cpu_of(const rusage& usage) {
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return Seconds(seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

ExitStatus status_of(int raw, const rusage& usage) {
  ExitStatus status;
  status.signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
  status.code = WIFSIGNALED(raw) ? 128 + status.signal : WEXITSTATUS(raw);
  status.cpu = cpu_of(usage);
  status.peak_memory_kib = usage.ru_maxrss;
  return status;
}

}  // namespace

struct Child::Waiting {
  Child& child;
  Signals& signals;
  const ChildEvents& events;
  std::optional<ExitStatus> ended;
  bool interrupted_by_us = false;     // SIGINT came by way of us, not from the keyboard
  bool stop_came_by_us = false;
  bool frozen = false;                // somebody else has stopped the child alone
  bool give_up_draining = false;
  int replaced = 0;                   // relays that were killed
  SteadyClock::time_point next_tick = SteadyClock::now();
  std::vector<char> buffer = std::vector<char>(kBuffer);
  std::vector<pollfd> polls;

  // Terminal keys reach the foreground group from the kernel: where that is the child's, it has them already.
  [[nodiscard]] bool has_it_already(const Signals::Arrival& arrival) const { return arrival.from_kernel && child.foreground_.holder() == child.pid_; }

  void pass_on(const Signals::Arrival& arrival) {
    if (arrival.number == SIGCONT) child.foreground_.give_to(child.pid_);
    if (ended) give_up_draining = give_up_draining || arrival.number == SIGINT || arrival.number == SIGTERM || arrival.number == SIGHUP;
    const bool has_it = has_it_already(arrival);
    if (!ended && arrival.number != SIGWINCH) (void)child.resume();
    if (ended) return;
    if (has_it) {
      if (events.on_signal) events.on_signal(arrival.number);  // it acts on it all the same: nobody stops it while it does
      return;
    }
    interrupted_by_us = interrupted_by_us || arrival.number == SIGINT;
    stop_came_by_us = arrival.number == SIGTSTP;
    send_to_child(child.pid_, arrival.number);
    if (events.on_signal) events.on_signal(arrival.number);
  }

  void tell_frozen(bool begins) {
    if (events.on_frozen) events.on_frozen(begins);
  }

  void child_stopped(int signal) {
    if (child.paused() && signal == SIGSTOP) return;  // our own doing
    if (signal == SIGSTOP) {  // somebody froze the child alone; the one who did will continue it
      if (!std::exchange(frozen, true)) tell_frozen(true);
      return;
    }
    child.foreground_.take_back();
    const bool by_key = !std::exchange(stop_came_by_us, false);
    tell_frozen(true);
    const bool stopped = stop_ourselves(by_key);
    tell_frozen(false);
    if (stopped) return;  // the SIGCONT that woke us is in the queue
    child.foreground_.give_to(child.pid_);
    send_to_child(child.pid_, SIGCONT);  // there is nobody else to continue it
  }

  // What we did ourselves is over by the time that its word comes.
  void child_continued() {
    if (std::exchange(frozen, false)) tell_frozen(false);
    if (!child.paused()) return;
    (void)child.resume();  // whoever did it may have reached the leader alone
    if (events.on_continued) events.on_continued();
  }

  void reaped(pid_t pid, int raw, const rusage& usage) {
    if (child.guard_ && pid == child.guard_->pid()) return child.renew_guard();
    if (pid == child.pid_ && WIFSTOPPED(raw)) return child_stopped(WSTOPSIG(raw));
    if (pid == child.pid_ && WIFCONTINUED(raw)) return child_continued();
    if (!WIFEXITED(raw) && !WIFSIGNALED(raw)) return;
    if (pid == child.pid_) ended = status_of(raw, usage);
    const bool relay = pid == child.relay_pid() || std::erase(child.dead_relays_, pid) > 0;
    if (relay && events.on_relay) events.on_relay(pid, false);
    if (!relay && events.on_reaped) events.on_reaped(pid, cpu_of(usage));
  }

  void reap() {
    for (;;) {
      int raw = 0;
      rusage usage{};
      const pid_t pid = ::wait4(-1, &raw, WNOHANG | WUNTRACED | WCONTINUED, &usage);
      if (pid <= 0) return;
      reaped(pid, raw, usage);
    }
  }

  void serve_signals() {
    for (;;) {
      const Signals::Arrival arrival = signals.next();
      if (arrival.number == 0) break;
      if (arrival.number != SIGCHLD) pass_on(arrival);
    }
    reap();
  }

  void emit(int stream, std::size_t size) {
    if (size > 0 && events.on_output) events.on_output(stream, std::string_view(buffer.data(), size));
  }

  void serve_sample(int index) {
    for (int round = 0; round < 4; ++round) {
      const ssize_t got = ::read(child.relay_->samples(index), buffer.data(), buffer.size());
      if (got == 0) return child.relay_->close_samples(index);
      if (got < 0) return;
      emit(child.relay_stream_[index], static_cast<std::size_t>(got));
    }
  }

  void serve_files() {
    for (int i = 0; i < 2; ++i) {
      bool skipped = false;
      const std::size_t got = child.followers_[i].read(buffer.data(), buffer.size(), skipped);
      if (skipped && events.on_output) events.on_output(i, std::string_view(&kSampleGap, 1));
      emit(i, got);
    }
  }

  [[nodiscard]] bool follows() const { return child.followers_[0].valid() || child.followers_[1].valid(); }

  // Milliseconds until something is due without being woken.
  [[nodiscard]] int patience() const {
    Milliseconds wait = follows() ? kFollowEvery : Milliseconds(60'000);
    if (events.on_tick) wait = std::min(wait, std::chrono::ceil<Milliseconds>(next_tick - SteadyClock::now()));
    return static_cast<int>(std::max<Milliseconds::rep>(0, wait.count()));
  }

  void tick() {
    const auto now = SteadyClock::now();
    if (!events.on_tick || now < next_tick) return;
    events.on_tick();
    next_tick = std::max(next_tick + events.tick, now);
  }

  // What the relay has to say; where it was killed, another one goes on.
  void serve_relay() {
    Relay& relay = *child.relay_;
    relay.hear();
    if (!relay.left_lines()) return;
    for (int i = 0; i < relay.count(); ++i) {
      serve_sample(i);
      if (events.on_output) events.on_output(child.relay_stream_[i], std::string_view(&kSampleGap, 1));
    }
    if (replaced < kMostReplaced && child.replace_relay()) ++replaced;
    else child.relay_.reset();
    if (child.relay_ && events.on_relay) events.on_relay(child.relay_pid(), true);
    if (ended && child.relay_) child.relay_->ask_drained();
  }

  // False when polling itself failed.
  bool serve_once(int timeout) {
    const int count = child.relay_ ? child.relay_->count() : 0;
    polls.assign(1, {signals.descriptor(), POLLIN, 0});
    for (const auto& [fd, serve] : events.watch) polls.push_back({fd, POLLIN, 0});
    for (int i = 0; i < count; ++i) polls.push_back({child.relay_->samples(i), POLLIN, 0});
    polls.push_back({child.relay_ ? child.relay_->control() : -1, POLLIN, 0});
    if (::poll(polls.data(), polls.size(), timeout) < 0) return errno == EINTR;
    const std::size_t lines = 1 + events.watch.size();
    for (int i = 0; i < count; ++i) {
      if (polls[lines + static_cast<std::size_t>(i)].revents != 0) serve_sample(i);
    }
    if (polls.back().revents != 0) serve_relay();
    for (std::size_t i = 0; i < events.watch.size(); ++i) {
      if (polls[1 + i].revents != 0) events.watch[i].second();
    }
    if (polls[0].revents != 0) serve_signals();
    if (follows()) serve_files();
    tick();
    return true;
  }

  // What the child wrote before it ended comes before what we print after it. A reader that does not read may be given up on by a signal.
  void drain() {
    if (!child.relay_ || child.relay_->control() < 0) return;
    child.relay_->ask_drained();
    while (!give_up_draining && child.relay_ && !child.relay_->drained() && serve_once(patience())) {}
    for (int i = 0; child.relay_ && i < child.relay_->count(); ++i) serve_sample(i);
  }

  // The shell and the rest of the pipeline were not in the foreground group, and would have got the key as well.
  void pass_interrupt_to_our_group() const {
    if (ended->signal == SIGINT && child.foreground_.holder() == child.pid_ && !interrupted_by_us) ::kill(0, SIGINT);
  }
};

Result<ExitStatus> Child::wait(Signals& signals, const ChildEvents& events) {
  Waiting waiting{*this, signals, events};
  waiting.reap();
  while (!waiting.ended) {
    if (!waiting.serve_once(waiting.patience())) return unexpected(system_error("waiting for", "the program", errno));
  }
  (void)resume();  // who copies its output may stand still with its group
  waiting.drain();
  waiting.serve_files();
  waiting.pass_interrupt_to_our_group();
  foreground_.take_back();
  return *waiting.ended;
}

}  // namespace carbontracker
