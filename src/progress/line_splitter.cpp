#include "progress/line_splitter.h"

namespace carbontracker {
namespace {

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 && byte != '\t'; }

}  // namespace

void LineSplitter::text_run(std::string_view run) {
  if (line_.size() + run.size() > kLongestLine) drop_ = true;
  if (!drop_) line_ += run;
}

void LineSplitter::end_line(const Sink& sink) {
  if (!drop_ && line_.size() > handed_out_) sink(line_);
  line_.clear();
  handed_out_ = 0;
  drop_ = false;
}

void LineSplitter::control(char byte, const Sink& sink) {
  if (byte == '\x1b') state_ = State::escape;
  else if (byte == '\n' || byte == '\r' || byte == '\b') end_line(sink);
  else if (byte == kGap) drop_ = true;
}

void LineSplitter::feed(std::string_view bytes, const Sink& sink) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const char byte = bytes[at];
    if (state_ == State::text) {
      std::size_t stop = at;
      while (stop < bytes.size() && !is_control(bytes[stop])) ++stop;
      if (stop > at) text_run(bytes.substr(at, stop - at));
      if (stop < bytes.size()) control(bytes[stop], sink);
      at = stop + 1;
      continue;
    }
    ++at;
    if (state_ == State::escape) state_ = byte == '[' ? State::csi : byte == ']' ? State::osc : State::text;
    else if (state_ == State::osc) state_ = byte == '\a' ? State::text : byte == '\x1b' ? State::osc_escape : State::osc;
    else if (state_ == State::osc_escape) state_ = State::text;
    else if (byte >= '@' && byte <= '~') {
      state_ = State::text;
      if (byte != 'm' && byte != 'h' && byte != 'l') end_line(sink);  // colours and modes stay within a line
    } else if (is_control(byte)) {
      state_ = State::text;  // a sequence that was cut off
      control(byte, sink);
    }
  }
  if (!drop_ && line_.size() > handed_out_ && line_.ends_with(']')) {
    handed_out_ = line_.size();
    sink(line_);
  }
}

}  // namespace carbontracker
