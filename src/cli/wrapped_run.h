#pragma once
// What `run` and `predict --probe` share: the session's options, and the way from what the child prints to marks.

#include <functional>
#include <optional>

#include "cli/arguments.h"
#include "cli/metric_choice.h"
#include "cli/stopper.h"
#include "cli/style.h"
#include "launch/child.h"
#include "launch/mark_socket.h"
#include "progress/line_parser.h"
#include "tracker/session.h"

namespace carbontracker::cli {

// Flags, then settings. Warnings are printed. Errc::invalid_input names the setting and where it came from.
[[nodiscard]] Result<SessionOptions> session_options(RunArguments run, const Host& host, const Style& style);
[[nodiscard]] Result<std::optional<UserPattern>> user_pattern(const std::string& text);

// What the child prints and what trackers inside it send, as marks of the session. All in the thread that waits for the child.
class Progress {
 public:
  // What is looked for in the output. With a metric the session follows its rule; else one that a tracker inside tells.
  struct LookFor {
    std::optional<UserPattern> pattern;
    std::optional<MetricChoice> metric;
  };
  // `marked` is called after marks were taken; `server` may be null.
  Progress(Session& session, MarkReceiver* server, LookFor look_for, std::function<void(const std::vector<Mark>&)> marked);
  void connect(ChildEvents& events);
  // Steps that the output has told so far, within epochs or of the whole run; 0: none.
  [[nodiscard]] double steps() const { return parser_.steps(); }

 private:
  void take(const std::vector<Mark>& marks);
  void take_told();
  [[nodiscard]] std::vector<WireChannel> answer(const WireAsk& ask) const;
  Session& session_;
  MarkReceiver* server_;
  std::function<void(const std::vector<Mark>&)> marked_;
  bool own_rule_;
  LineParser parser_;
};

// Where the limits allow no second process: becomes the command, and says so. Returns only where it cannot be executed, with the exit code.
[[nodiscard]] int run_unmeasured(const std::vector<std::string>& command, Signals signals, const Style& style, const Error& why);

// stdout is the product's: while this lives, descriptor 1 is a copy of stderr.
class StdoutToStderr {
 public:
  StdoutToStderr();
  ~StdoutToStderr();
  StdoutToStderr(const StdoutToStderr&) = delete;
  StdoutToStderr& operator=(const StdoutToStderr&) = delete;

 private:
  int kept_;
};

}  // namespace carbontracker::cli
