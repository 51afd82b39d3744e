#pragma once
// The relay: a small process that copies the child's output to where ours goes, and samples it for the wrapper. It is a process
// and not a thread so that the child can go on writing when the wrapper is killed.

#include <sys/types.h>

#include "carbontracker/result.h"
#include "launch/streams.h"

namespace carbontracker {

// In samples, this byte says that something before it was left out: drop the line that is being read.
inline constexpr char kSampleGap = 0x18;  // CAN

// The wrapper's side. Destroying it leaves the relay running until the last writer has closed its end.
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
  // Ask for a word when all that was written so far has been passed on; then the descriptor becomes readable (or ends).
  void ask_drained() const;
  [[nodiscard]] int control() const { return control_.get(); }

 private:
  pid_t pid_ = -1;
  int count_ = 0;
  Descriptor samples_[2];
  Descriptor control_;
};

}  // namespace carbontracker
