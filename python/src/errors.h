#pragma once
// The rim between Result and Python: what fails here is raised as carbontracker.Error, with .code and .hint.

#include <nanobind/nanobind.h>

#include "carbontracker/result.h"

namespace carbontracker::python {

// Raises; needs the GIL. Errc::invalid_input becomes carbontracker.InvalidInput, which is a ValueError too.
[[noreturn]] void raise(const Error& error);

template <class T>
T value_or_raise(Result<T> result) {
  if (!result) raise(result.error());
  return std::move(*result);
}

}  // namespace carbontracker::python
