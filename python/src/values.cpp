#include "values.h"

#include <nanobind/stl/string.h>

#include <nlohmann/json.hpp>

#include "base/printable.h"

namespace nb = nanobind;

namespace carbontracker::python {
namespace {

using Json = nlohmann::ordered_json;

nb::object object_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::object: {
      nb::dict out;
      for (const auto& [name, value] : json.items()) out[nb::cast(name)] = object_of(value);
      return out;
    }
    case Json::value_t::array: {
      nb::list out;
      for (const Json& value : json) out.append(object_of(value));
      return out;
    }
    case Json::value_t::string: return nb::cast(json.get<std::string>());
    case Json::value_t::boolean: return nb::bool_(json.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return nb::int_(json.get<std::int64_t>());
    case Json::value_t::number_float: return nb::float_(json.get<double>());
    default: return nb::none();
  }
}

}  // namespace

nb::object text(const std::string& words) { return nb::cast(valid_utf8(words)); }
nb::object text_or_none(const std::string& words) { return words.empty() ? nb::object(nb::none()) : text(words); }
nb::object from_json(const std::string& json) { return object_of(Json::parse(json, nullptr, false)); }

}  // namespace carbontracker::python
