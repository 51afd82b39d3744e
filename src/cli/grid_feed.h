#pragma once
// The grid while a command runs: a process of ours asks a live provider, or reads a file of hours, now and then, so that this one neither
// waits for a network nor holds what asking takes. The process is `carbontracker grid-feed`, of the lowest priority, and ends after each answer.

#include <sys/types.h>

#include <functional>
#include <string>

#include "base/host.h"
#include "cli/arguments.h"
#include "launch/descriptor.h"
#include "launch/spawn.h"
#include "tracker/grid_book.h"

namespace carbontracker::cli {

struct GridRequest {
  std::string place;             // its code
  std::string history, column;   // a file; empty: live
  std::string provider;
  WallTime since{};              // from when readings are wanted
};

// What the process is started with, and what it does: prints the answer as JSON, one object. 0, or 1 with {"error", "hint"}.
[[nodiscard]] std::vector<std::string> feed_words(const GridRequest& request);
// A seventh word, by which settings come through its input, each NAME=value with a zero behind it: they stand before those of its environment.
inline constexpr const char* kSettingsFromInput = "settings-from-input";
inline constexpr std::size_t kMostSettings = 16384;  // bytes
int grid_feed_command(const std::vector<std::string>& words, const Host& host);
// What it printed. Errors are the process's own, and Errc::unavailable where it printed nothing to be read.
[[nodiscard]] Result<GridTold> parse_feed(std::string_view text, WallTime asked);

// When a provider is asked: every machine at times of its own, by its jitter (carbon/live_ask.h).
struct AskTimes {
  Seconds first{0};              // after the start
  Seconds every{900}, again{300};  // after an answer, after a failure

  [[nodiscard]] bool due(Seconds since_start, std::optional<Seconds> since_asked, bool failed) const {
    return since_asked ? *since_asked >= (failed ? again : every) : since_start >= first;
  }
};
// Jobs of many machines, and of an array, start in one second: there the first question waits for half a minute at most. A tenth more between questions at most.
[[nodiscard]] AskTimes ask_times(const Host& host);

// All in the thread that waits for the command.
class GridFeed {
 public:
  struct Hands {
    std::function<void(const Result<GridTold>&)> take;
    std::function<void(pid_t, bool out)> leave_out;  // a process of ours begins (true) or has ended
  };
  // How the process that asks is started, its answers into `out`, and how it is ended. By itself a child of this process, from /proc/self/exe.
  struct Starter {
    std::function<SpawnOutcome(const std::vector<std::string>& words, int out)> start;
    std::function<void(pid_t)> end;
  };
  // Without a pipe or a program of our own to start there are no answers, and the first tick says so.
  GridFeed(GridRequest request, Hands hands, const Clock& clock, AskTimes times = {}, Starter starter = {});
  GridFeed(const GridFeed&) = delete;
  GridFeed& operator=(const GridFeed&) = delete;

  // About once a second; never waits. Asks at its times, about a file at once and when it or the hour has changed.
  void tick();
  // Where answers come from: call drain() when it can be read; -1: none.
  [[nodiscard]] int descriptor() const { return from_.get(); }
  void drain();
  // True where it was ours: the caller reaps all that ends.
  bool reaped(pid_t pid);
  // Asks no more, and ends who is still asking.
  void end();
  // Whether the last question has its answer, if only that there is none.
  [[nodiscard]] bool answered() const { return answered_; }
  // Whether anybody has answered yet, if only that there is no answer.
  [[nodiscard]] bool heard() const { return told_ || failed_; }
  // Why what is known is not of now: the provider does not answer, or the file cannot be read any more. Empty while all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  // The newest answer joined, for whoever looks ahead; null until there is one.
  [[nodiscard]] const IntensitySeries* series() const { return joined_ ? &*joined_ : nullptr; }

 private:
  void ask();
  void take(const Result<GridTold>& told);
  [[nodiscard]] bool due();

  GridRequest request_;
  Hands hands_;
  Starter starter_;
  const Clock& clock_;
  const AskTimes times_;
  const Instant begun_;
  Descriptor from_, into_;
  std::string trouble_;
  std::string text_;                   // of an answer that is under way
  pid_t asker_ = 0;
  Instant asked_{};                    // when the last asker was started
  WallTime asked_wall_{};
  bool ever_ = false, answered_ = true, failed_ = false, told_ = false, ended_ = false;
  std::int64_t changed_ns_ = 0, hour_ = 0;  // of the file, and of the clock, when it was last asked about
  std::optional<IntensitySeries> joined_;
};

}  // namespace carbontracker::cli
