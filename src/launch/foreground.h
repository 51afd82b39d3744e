#pragma once
// Who owns the keyboard: the terminal's foreground group, lent to the child's group and taken back.

#include <sys/types.h>

#include "launch/descriptor.h"

namespace carbontracker {

// One thread. Does nothing where we have no controlling terminal, and takes nothing while we are in the background ourselves.
class Foreground {
 public:
  Foreground();
  [[nodiscard]] int terminal() const { return terminal_.get(); }
  [[nodiscard]] bool ours() const;
  // The group that we gave the terminal to; 0 when none.
  [[nodiscard]] pid_t holder() const { return holder_; }
  void note_given_to(pid_t group) { holder_ = group; }
  void give_to(pid_t group);
  // Back to our group, unless somebody else (the shell) has taken the terminal meanwhile.
  void take_back();

 private:
  Descriptor terminal_;
  pid_t holder_ = 0;
};

}  // namespace carbontracker
