#include "launch/relay_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "launch/relay.h"

namespace carbontracker {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kWholeSample = 16 * 1024;  // a burst up to here is sampled whole
constexpr std::size_t kFloodSample = 4 * 1024;   // of more than that, so much
// Samples are limited to what costs the wrapper under 1 % of a core to read; trainings print a thousandth of it.
constexpr double kSampleBytesPerSecond = 512 * 1024;
constexpr double kSampleBurst = 128 * 1024;
constexpr int kQuietMs = 20;  // without output: what was printed last is sampled after all, an epoch's line behind a flood among it

struct Line {
  RelayLine ends;
  std::size_t start = 0, end = 0;  // what of `buffer` is not written yet
  std::size_t tapped = 0;          // so much at the head of the pipe is in the sample already
  bool gap = false;                // something was left out of the sample
  std::size_t owed = 0;            // of the head of `buffer`: the newest, where that was left out
  bool wait_out = false;           // there is data, and the output takes none
  bool splices = false;            // beside another line, to an output that would block a write
  double allowance = kSampleBurst;
  double refilled_at = 0;
  char buffer[kChunk];

  [[nodiscard]] bool open() const { return ends.in >= 0; }
  [[nodiscard]] bool pending() const { return start != end; }
};

int g_control = -1;
Line g_lines[2];  // static: the relay is a process with one loop, and the stack stays small

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void close_end(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

void close_line(Line& line) {
  const char word = &line == g_lines ? '0' : '1';
  if (line.open()) [[maybe_unused]] const ssize_t told = ::send(g_control, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  close_end(line.ends.in);
  close_end(line.ends.out);
  close_end(line.ends.tap);
  line.start = line.end = 0;
}

// How much of `available` may be sampled now.
std::size_t sample_size(Line& line, std::size_t available) {
  const double time = now();
  line.allowance = std::min(kSampleBurst, line.allowance + (time - line.refilled_at) * kSampleBytesPerSecond);
  line.refilled_at = time;
  const std::size_t wanted = available <= kWholeSample ? available : kFloodSample;
  return line.allowance >= static_cast<double>(wanted) ? wanted : 0;
}

bool tap_ready(Line& line) {
  if (line.ends.tap < 0) return false;
  if (!line.gap) return true;
  line.gap = ::write(line.ends.tap, &kSampleGap, 1) != 1;
  return !line.gap;
}

void close_tap_if_broken(Line& line) {
  if (errno == EPIPE) close_end(line.ends.tap);  // the wrapper is gone
}

// The end of a chunk says most: it holds the newest line.
void sample_copy(Line& line, const char* data, std::size_t size) {
  const std::size_t part = sample_size(line, size);
  if (part < size) line.gap = true;
  line.owed = size;
  if (part == 0 || !tap_ready(line)) return;
  const ssize_t written = ::write(line.ends.tap, data + (size - part), part);
  if (written < 0) close_tap_if_broken(line);
  if (written != static_cast<ssize_t>(part)) line.gap = true;
  else line.owed = 0;
  if (written > 0) line.allowance -= static_cast<double>(written);
}

// Once the output pauses or ends, whatever the allowance is.
void sample_owed(Line& line) {
  if (line.owed == 0 || !tap_ready(line)) return;
  const std::size_t part = std::min(line.owed, kFloodSample);
  const ssize_t written = ::write(line.ends.tap, line.buffer + (line.owed - part), part);
  if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (written < 0) close_tap_if_broken(line);
  if (written != static_cast<ssize_t>(part)) line.gap = true;
  line.owed = 0;
}

// Duplicates the head of the pipe by reference.
void sample_tee(Line& line, std::size_t available) {
  const std::size_t part = sample_size(line, available);
  line.tapped = 0;
  if (part > 0 && tap_ready(line)) {
    const ssize_t got = ::tee(line.ends.in, line.ends.tap, part, SPLICE_F_NONBLOCK);
    if (got < 0) close_tap_if_broken(line);
    if (got > 0) line.tapped = static_cast<std::size_t>(got);
    line.allowance -= static_cast<double>(line.tapped);
  }
}

void flush(Line& line) {
  while (line.pending()) {
    const ssize_t written = ::write(line.ends.out, line.buffer + line.start, line.end - line.start);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    if (written <= 0) return close_line(line);  // the reader is gone: the child shall see it
    line.start += static_cast<std::size_t>(written);
  }
  line.start = line.end = 0;
}

// A terminal hands out 4 KiB a read; writing more at a time is what makes it fast. Nothing is waited for.
void copy_by_buffer(Line& line) {
  bool ended = false;
  while (line.end < kChunk) {
    const ssize_t got = ::read(line.ends.in, line.buffer + line.end, kChunk - line.end);
    if (got < 0 && errno == EINTR) continue;
    ended = got == 0 || (got < 0 && errno != EAGAIN);
    if (got <= 0) break;
    line.end += static_cast<std::size_t>(got);
    if (!line.ends.terminal) break;
  }
  if (line.pending()) sample_copy(line, line.buffer, line.end);
  flush(line);
  if (ended && !line.pending()) {
    sample_owed(line);
    close_line(line);
  }
}

void copy_by_splice(Line& line) {
  int available = 0;
  ::ioctl(line.ends.in, FIONREAD, &available);
  if (available <= 0) return copy_by_buffer(line);  // its end
  const auto size = static_cast<std::size_t>(available);
  if (line.tapped == 0) sample_tee(line, size);
  const bool whole = line.tapped != 0 && size <= kWholeSample;
  const ssize_t moved = ::splice(line.ends.in, nullptr, line.ends.out, nullptr, whole ? line.tapped : size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved < 0 && errno == EAGAIN) {
    line.wait_out = true;
  } else if (moved < 0 && errno == EINVAL) {
    line.splices = false;
    line.gap = line.gap || line.tapped != 0;
  } else if (moved == 0 || (moved < 0 && errno != EINTR)) {
    close_line(line);  // the reader is gone: the child shall see it
  } else if (moved > 0) {
    const auto done = static_cast<std::size_t>(moved);
    if (done > line.tapped) line.gap = true;
    line.tapped -= std::min(done, line.tapped);
  }
}

void copy(Line& line) {
  if (line.pending()) return flush(line);
  line.wait_out = false;
  if (line.splices) copy_by_splice(line);
  else copy_by_buffer(line);
}

void pass_window_size(const Line& line) {
  winsize outer{}, inner{};
  if (!line.ends.terminal || !line.open()) return;
  if (::ioctl(line.ends.out, TIOCGWINSZ, &outer) != 0 || ::ioctl(line.ends.in, TIOCGWINSZ, &inner) != 0) return;
  if (outer.ws_row != inner.ws_row || outer.ws_col != inner.ws_col) ::ioctl(line.ends.in, TIOCSWINSZ, &outer);
}

// In the handler itself: the child was told at the same moment and may ask for the new size at once.
void on_window_change(int) {
  const int before = errno;
  for (const Line& line : g_lines) pass_window_size(line);
  errno = before;
}

struct Loop {
  int count = 0;
  int control = -1;
  bool asked = false;
  pollfd polls[5];

  int prepare() {
    int used = 0;
    polls[used++] = {control, POLLIN, 0};
    for (int i = 0; i < count; ++i) {
      const Line& line = g_lines[i];
      const bool to_write = line.pending() || line.wait_out;
      polls[used++] = {to_write ? -1 : line.ends.in, POLLIN, 0};
      // Without an event asked for, POLLERR still tells that the reader has gone.
      polls[used++] = {line.ends.out, static_cast<short>(to_write ? POLLOUT : 0), 0};
    }
    return used;
  }

  void serve(int index) {
    Line& line = g_lines[index];
    const pollfd& in = polls[1 + 2 * index];
    const pollfd& out = polls[2 + 2 * index];
    if (!line.open()) return;
    if ((out.revents & (POLLERR | POLLHUP)) != 0) return close_line(line);
    if (in.revents != 0 || (out.revents & POLLOUT) != 0) copy(line);
    pass_window_size(line);
  }

  void serve_control() {
    if (polls[0].revents == 0) return;
    char question = 0;
    const ssize_t got = ::recv(control, &question, 1, MSG_DONTWAIT);
    if (got == 1) asked = true;
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
      close_end(control);
      g_control = -1;
    }
  }

  [[nodiscard]] bool any_pending() const {
    return std::any_of(g_lines, g_lines + count, [](const Line& line) { return line.open() && (line.pending() || line.wait_out); });
  }
  // ms that the poll may last; -1: until something happens.
  [[nodiscard]] int patience() const {
    if (asked && !any_pending()) return 0;
    const bool owes = std::any_of(g_lines, g_lines + count, [](const Line& line) { return line.open() && line.owed > 0 && line.ends.tap >= 0; });
    return owes ? kQuietMs : -1;
  }
  void quiet() {
    for (int i = 0; i < count; ++i) sample_owed(g_lines[i]);
    if (asked && !any_pending()) answer();
  }
  void answer() {
    [[maybe_unused]] const ssize_t sent = ::send(control, "d", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    asked = false;
  }
  [[nodiscard]] bool any_open() const {
    return std::any_of(g_lines, g_lines + count, [](const Line& line) { return line.open(); });
  }
};

}  // namespace

void run_relay_loop(RelayLine* lines, int count, int control) {
  for (int i = 0; i < count; ++i) {
    g_lines[i].ends = lines[i];
    g_lines[i].refilled_at = now();
    g_lines[i].splices = count > 1 && !lines[i].terminal && (::fcntl(lines[i].out, F_GETFL) & O_NONBLOCK) == 0;
  }
  struct sigaction action {};
  action.sa_handler = on_window_change;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGWINCH, &action, nullptr);
  g_control = control;
  Loop loop;
  loop.count = count;
  loop.control = control;
  while (loop.any_open()) {
    const int used = loop.prepare();
    const int ready = ::poll(loop.polls, static_cast<nfds_t>(used), loop.patience());
    if (ready < 0) continue;
    if (ready == 0) loop.quiet();
    loop.serve_control();
    for (int i = 0; i < count; ++i) loop.serve(i);
  }
}

}  // namespace carbontracker
