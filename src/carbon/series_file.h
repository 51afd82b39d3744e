#pragma once
// An intensity series from a file that the user gives.

#include <string>

#include "carbon/intensity.h"

namespace carbontracker {

// CSV (also with semicolons or tabs, and then decimal commas): a header line, a time column (utc_start, start, datetime, timestamp, time, from, point_time, ...)
// and the column of the intensity named by `column` (carbon/series_columns.h). JSON: an array of objects with the same names, alone or as the value of any
// key ("data", "history", "series"...). Units that the name, or a "meta" beside the array, tells (kg/kWh, kg/MWh, lb/MWh) are turned into g/kWh.
// Times are ISO 8601, UTC where they carry no offset. Rows may be in any order; blank, non-numeric, negative or repeated ones, those above 5,000 g/kWh and those
// of another basis than the rest (emissionFactorType) are left out and counted in `skipped` (of a repeated hour the first row stays), absent steps in `missing`.
// `about`: mean of the points, 5th and 95th percentile, the file's name as provider, the basis as far as the column's name tells it; its note says what was done.
// Errc::not_found, permission and the like from reading; invalid_input names the column that is missing and those there are, several zones in one file, and figures
// that are no g/kWh (all below 2 without a unit, or many above 5,000); corrupt: no usable row.
[[nodiscard]] Result<IntensitySeries> read_series(const std::string& path, const std::string& column);

}  // namespace carbontracker
