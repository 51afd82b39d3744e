#pragma once
// Two counters that are one: on some multi-die parts (Threadripper 1950X) every die's register shows the energy of the whole
// socket, and a sum over dies counts it twice (bug case B123). Pure; any thread.

#include <functional>

#include "carbontracker/units.h"

namespace carbontracker {

// At opening: whether two counts read one right after the other can be one and the same counter. True when both stand above 1 J
// and differ by no more than 1 J (300 W for 3 ms, far more than lies between two reads) and by no more than 0.1 %.
// Counters of really different dies have run apart by then: two random values in a range of 65 kJ agree this well once in 30,000.
[[nodiscard]] bool looks_mirrored(Joules a, Joules b);

// Whether `read` (0: the one, 1: the other) reads one counter twice. A pair of reads that was torn apart, as by another process
// on a loaded machine, is repeated: three torn pairs in a row are needed to take one counter for two, and count it twice.
[[nodiscard]] bool is_one_counter(const std::function<Joules(int)>& read);

}  // namespace carbontracker
