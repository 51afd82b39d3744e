#pragma once
// Our values as plain Python dicts and lists. All need the GIL; none keeps a reference.

#include <nanobind/nanobind.h>

#include "carbon/footprint.h"
#include "metering/snapshot.h"
#include "prediction/forecast.h"

namespace carbontracker::python {

// Text of other people (names, labels) that may be no UTF-8.
[[nodiscard]] nanobind::object text(const std::string& words);
[[nodiscard]] nanobind::object text_or_none(const std::string& words);

[[nodiscard]] nanobind::dict dict_of(const Channel& channel);
[[nodiscard]] nanobind::dict dict_of(const GridFigure& figure);
[[nodiscard]] nanobind::dict dict_of(const Footprint& footprint);
[[nodiscard]] nanobind::list list_of(const std::vector<Equivalent>& equivalents);
// With the carbon of the total by the grid's yearly figure.
[[nodiscard]] nanobind::dict dict_of(const Snapshot& seen, const Place& place, const Facility& site);
[[nodiscard]] nanobind::dict dict_of(const Forecast& forecast, const Place& place, const Facility& site);

}  // namespace carbontracker::python
