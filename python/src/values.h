#pragma once
// Our values as plain Python objects. All need the GIL; none keeps a reference.

#include <nanobind/nanobind.h>

#include <string>

namespace carbontracker::python {

// Text of other people (names, labels) that may be no UTF-8.
[[nodiscard]] nanobind::object text(const std::string& words);
[[nodiscard]] nanobind::object text_or_none(const std::string& words);
// dict, list, str, float, int, bool and None of a JSON text; None of what is none.
[[nodiscard]] nanobind::object from_json(const std::string& json);

}  // namespace carbontracker::python
