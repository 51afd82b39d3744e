#pragma once
// What the relay process runs. System calls only: it lives in a fork of a program that may have had threads.

namespace carbontracker {

struct RelayLine {
  int in = -1, out = -1, tap = -1;  // -1: closed
  bool terminal = false;
};

// Copies until every line has ended. `control`: a byte in asks for 'd' back once nothing is waiting to be copied; '0' or '1' tells, before, that this line is
// going to be closed.
void run_relay_loop(RelayLine* lines, int count, int control);

}  // namespace carbontracker
