#pragma once
// A stream of terminal bytes -> plain lines: escape sequences removed; CR, LF, BS and cursor movements end a line.

#include <functional>
#include <string>
#include <string_view>

namespace carbontracker {

class LineSplitter {
 public:
  // No progress line is longer; what is longer is dropped whole (bounded memory).
  static constexpr std::size_t kLongestLine = 4096;
  // Marks data that was left out (launch/relay.h): the line around it is dropped.
  static constexpr char kGap = 0x18;

  using Sink = std::function<void(std::string_view line)>;
  // Chunks may end anywhere. A bar that waits for its next redraw ("...]" with no end) is handed out too, and again when longer.
  void feed(std::string_view bytes, const Sink& sink);

 private:
  enum class State { text, escape, csi, osc, osc_escape };
  void text_run(std::string_view run);
  void control(char byte, const Sink& sink);
  void end_line(const Sink& sink);

  std::string line_;
  std::size_t handed_out_ = 0;  // length of line_ when it was handed out unfinished
  bool drop_ = false;
  State state_ = State::text;
};

}  // namespace carbontracker
