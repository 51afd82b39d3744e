#pragma once
// The sensors of this machine, as `carbontracker sources` lists them.

#include <nanobind/nanobind.h>

namespace carbontracker::python {

// One dict a sensor family: backend, open, channels, reason, remedy. Waits for a driver at most 10 s.
[[nodiscard]] nanobind::list sources();

}  // namespace carbontracker::python
