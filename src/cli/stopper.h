#pragma once
// The end of a command that was asked for: by a budget, a probe, a sweep.

#include <sys/types.h>

#include <optional>

#include "base/clock.h"

namespace carbontracker::cli {

// SIGTERM to the command's group, SIGKILL when the grace is over; to what its leader has left behind as well. The thread that waits.
class Stopper {
 public:
  static constexpr Seconds kGrace{10};
  explicit Stopper(const Clock& clock) : clock_(clock) {}
  // Once; later calls do nothing. `relay`: our process that copies the output, which may be in the same group and is spared; 0: none.
  void stop(pid_t child, pid_t relay);
  void tick();                    // about once a second
  // After the command itself has ended: waits until its group is empty, for the rest of the grace, and kills what is left. A Ctrl-C
  // or SIGTERM that waits for us cuts the grace short. Does nothing where nothing was stopped.
  void finish();
  [[nodiscard]] bool stopping() const { return asked_.has_value(); }

 private:
  void kill();
  [[nodiscard]] bool group_lives() const;
  [[nodiscard]] bool grace_is_over() const { return seconds_between(*asked_, clock_.now()) >= kGrace; }

  const Clock& clock_;
  pid_t child_ = 0, relay_ = 0;
  std::optional<Instant> asked_;
  bool killed_ = false;
};

}  // namespace carbontracker::cli
