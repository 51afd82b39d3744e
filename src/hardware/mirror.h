#pragma once
// Two counters that are one: on some multi-die parts (Threadripper 1950X) every die's register shows the energy of the whole
// socket, and a sum over dies counts it twice (bug case B123). Pure; any thread.

#include <cstdint>

#include "carbontracker/units.h"

namespace carbontracker {

// At opening: whether two counts read one right after the other can be one and the same counter. True when both stand above 1 J
// and differ by no more than 1 J (300 W for 3 ms, far more than lies between two reads) and by no more than 0.1 %.
// Counters of really different dies have run apart by then: two random values in a range of 65 kJ agree this well once in 30,000.
[[nodiscard]] bool looks_mirrored(Joules a, Joules b);

// Afterwards: fed with what both counted between the same two samples, it says which of the two it is.
class MirrorDetector {
 public:
  enum class Verdict { undecided, mirrored, different };
  void add(Joules a, Joules b);
  [[nodiscard]] Verdict verdict() const;

 private:
  int in_step_ = 0;
  bool apart_ = false;
};

}  // namespace carbontracker
