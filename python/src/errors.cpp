#include "errors.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace carbontracker::python {
namespace {

const char* word(Errc code) {
  switch (code) {
    case Errc::not_found: return "not_found";
    case Errc::permission: return "permission";
    case Errc::unsupported: return "unsupported";
    case Errc::unavailable: return "unavailable";
    case Errc::invalid_input: return "invalid_input";
    case Errc::corrupt: return "corrupt";
    case Errc::io: return "io";
    case Errc::timeout: return "timeout";
    case Errc::internal: break;
  }
  return "internal";
}

}  // namespace

void raise(const Error& error) {
  const nb::object type = nb::module_::import_("carbontracker._errors").attr(error.code == Errc::invalid_input ? "InvalidInput" : "Error");
  const nb::object exception = type(error.what, word(error.code), error.hint);
  PyErr_SetObject(type.ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace carbontracker::python
