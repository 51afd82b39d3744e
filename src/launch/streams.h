#pragma once
// How each of the child's two outputs can be read without being in its way.

#include <cstdint>

#include "carbontracker/result.h"
#include "launch/descriptor.h"

namespace carbontracker {

enum class StreamKind {
  untouched,  // inherited and not read: progress off, /dev/null, closed, or a file that we may not read
  file,       // inherited; followed from outside through a descriptor of our own
  pipe,       // a pipe of ours, copied to the inherited one (sockets too)
  terminal,   // a pseudo-terminal of ours, copied to the inherited terminal
};

struct StreamPlan {
  StreamKind out = StreamKind::untouched;
  StreamKind err = StreamKind::untouched;
  bool joined = false;  // both are one file: one pipe, one terminal, one follower, so that their order stays
};

enum class ProgressMode { automatic, off };

// Looks at our own descriptors 1 and 2; opens nothing.
[[nodiscard]] StreamPlan plan_streams(ProgressMode mode);

// What the child writes to, what the relay reads and writes.
struct RelayedStream {
  Descriptor child_end;   // the child's 1 or 2
  Descriptor in;          // other end of it
  Descriptor out;         // the inherited stream; non-blocking where it is not alone and that can be had without touching the shared one
  bool terminal = false;
};
[[nodiscard]] Result<RelayedStream> open_relayed(StreamKind kind, int inherited, bool alone);

// Follows a file that somebody else writes (also one that is truncated meanwhile), from its end at the time of opening.
class FileFollower {
 public:
  FileFollower() = default;
  [[nodiscard]] static FileFollower open(int inherited);  // not valid() where the file may not be read
  [[nodiscard]] bool valid() const { return file_.open(); }
  // Reads what was added, at most `size` bytes; when more was added, the last `size` of it and `skipped` is set.
  [[nodiscard]] std::size_t read(char* buffer, std::size_t size, bool& skipped);

 private:
  Descriptor file_;
  std::int64_t position_ = 0;
};

}  // namespace carbontracker
