#pragma once
// The relay: a small process that copies the child's output to where ours goes, and samples it for the wrapper. It is a process
// and not a thread so that the child can go on writing when the wrapper is killed.

#include <sys/types.h>

#include "carbontracker/result.h"
#include "launch/streams.h"

namespace carbontracker {

// In samples, this byte says that something before it was left out: drop the line that is being read.
inline constexpr char kSampleGap = 0x18;  // CAN

// The wrapper's side. Destroying it leaves the relay running until the last writer has closed its end. It holds both ends of each line as well, until
// the relay says that the line is over: where the relay is killed, another one takes its lines up and the child notices nothing.
class Relay {
 public:
  // Forks. At most two streams; takes their `in` and `out`, leaves `child_end` to the caller, who closes it once the child has it.
  // The relay's code makes no allocation and takes no lock, so threads of the caller do no harm.
  [[nodiscard]] static Result<Relay> start(RelayedStream* streams, int count);

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int count() const { return count_; }
  // Non-blocking descriptor with a sample of stream `index`: all of it while that is little, parts of it in a flood.
  [[nodiscard]] int samples(int index) const { return samples_[index].get(); }
  void close_samples(int index) { samples_[index].close(); }
  // Ask for a word when all that was written so far has been passed on.
  void ask_drained();
  [[nodiscard]] int control() const { return control_.get(); }  // readable when the relay has a word; -1: it is gone
  void hear();                                                  // takes its words in
  // All has been passed on, or nobody is left to do so.
  [[nodiscard]] bool drained() const { return drained_ || !control_.open(); }
  // Its lines that are not over, where it is gone: another relay for them; `which` tells their old numbers. What it had read and not written
  // yet (64 KiB at most) is lost.
  [[nodiscard]] bool left_lines() const { return !control_.open() && (kept_[0].in.open() || kept_[1].in.open()); }
  [[nodiscard]] Result<Relay> again(int* which);

 private:
  struct Kept {
    Descriptor in, out;
    bool terminal = false;
  };
  pid_t pid_ = -1;
  int count_ = 0;
  Descriptor samples_[2];
  Descriptor control_;
  bool drained_ = false;
  Kept kept_[2];
};

}  // namespace carbontracker
