// What reading a training's output costs: `bench_output [--bytes N] [--terminal-bytes N] [--rounds N] [--format json]`.
// Throughput of `yes | head -c N` through the relay against the same without it, side by side, to a pipe and to a terminal
// (median of the rounds), and the parser's time a line.

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "launch/child.h"
#include "progress/line_parser.h"

namespace {

using namespace carbontracker;
using Time = std::chrono::steady_clock;

double seconds_since(Time::time_point begin) { return std::chrono::duration<double>(Time::now() - begin).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int run_wrapped(const std::vector<std::string>& argv) {
  auto signals = Signals::take();
  auto child = Child::start({argv, "", {}}, plan_streams(ProgressMode::automatic), *signals);
  if (!child) return exit_code_of(child.error());
  LineParser parser(Time::now());
  ChildEvents events;
  events.on_output = [&](int stream, std::string_view bytes) { (void)parser.feed(stream, bytes, Time::now()); };
  return child->wait(*signals, events)->code;
}

// Seconds until the reader of `read_end` has seen the end of what the program writes to `write_end`.
double time_of(bool wrapped, int read_end, int write_end, const std::vector<std::string>& argv) {
  const auto begin = Time::now();
  const pid_t writer = ::fork();
  if (writer == 0) {
    ::dup2(write_end, 1);
    ::close(read_end);
    ::close(write_end);
    if (wrapped) ::_exit(run_wrapped(argv));
    ::execlp(argv[0].c_str(), argv[0].c_str(), argv[1].c_str(), argv[2].c_str(), nullptr);
    ::_exit(127);
  }
  ::close(write_end);
  static char buffer[256 * 1024];
  while (::read(read_end, buffer, sizeof buffer) > 0) {}
  ::close(read_end);
  ::waitpid(writer, nullptr, 0);
  return seconds_since(begin);
}

double pipe_time(bool wrapped, const std::vector<std::string>& argv) {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  return time_of(wrapped, ends[0], ends[1], argv);
}

double terminal_time(bool wrapped, const std::vector<std::string>& argv) {
  int master = -1, slave = -1;
  if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) std::exit(1);
  return time_of(wrapped, master, slave, argv);
}

double ratio(double (*measure)(bool, const std::vector<std::string>&), const std::string& bytes, int rounds) {
  const std::vector<std::string> argv = {"sh", "-c", "yes | head -c " + bytes};
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    const double bare = measure(false, argv);
    ratios.push_back(bare / measure(true, argv));
  }
  return median(ratios);
}

double nanoseconds_a_line(std::string_view line) {
  constexpr int kLines = 20000;
  std::string text;
  for (int i = 0; i < kLines; ++i) (text += line) += '\n';
  LineParser parser(Time::now());
  const auto begin = Time::now();
  (void)parser.feed(0, text, begin);
  return seconds_since(begin) / kLines * 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  std::string bytes = "1G", terminal_bytes = "50M";
  int rounds = 3;
  bool json = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--bytes") bytes = argv[i + 1];
    if (option == "--terminal-bytes") terminal_bytes = argv[i + 1];
    if (option == "--rounds") rounds = std::max(1, std::atoi(argv[i + 1]));
    if (option == "--format") json = std::string_view(argv[i + 1]) == "json";
  }
  const double pipe = ratio(pipe_time, bytes, rounds), terminal = ratio(terminal_time, terminal_bytes, rounds);
  const double words = nanoseconds_a_line("INFO 2026-01-01 10:00:00 worker 3 wrote 512 records of 2048 to the shard, queue length 17, all is well");
  const double bar = nanoseconds_a_line(" 45%|####5     | 450/1000 [00:10<00:12, 45.0it/s, loss=0.312]");
  if (json) {
    std::printf("{\"pipe_ratio\": %.3f, \"terminal_ratio\": %.3f, \"ordinary_line_ns\": %.0f, \"bar_line_ns\": %.0f}\n", pipe, terminal, words, bar);
    return 0;
  }
  std::printf("pipe       %.2f x bare (yes | head -c %s)\nterminal   %.2f x bare (yes | head -c %s)\n", pipe, bytes.c_str(), terminal, terminal_bytes.c_str());
  std::printf("parser     %.0f ns an ordinary line, %.0f ns a bar\n", words, bar);
}
