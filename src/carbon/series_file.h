#pragma once
// An intensity series from a file that the user gives.

#include <string>

#include "carbon/intensity.h"

namespace carbontracker {

// CSV: a header line, a time column (utc_start, start, datetime, timestamp, time, from or point_time) and the column of g/kWh
// named by `column`. JSON: an array of objects with the same names, alone or as the value of any key ("data", "history", "series"...).
// With an empty `column` the first of the usual names is taken (lifecycle before average before direct), else the only numeric column.
// Times are ISO 8601, UTC where they carry no offset. Rows may be in any order; blank, non-numeric, negative or repeated ones are left
// out and counted in `skipped` (of a repeated hour the first row stays), absent steps in `missing`.
// `about`: mean of the points, 5th and 95th percentile, the file's name as provider, the basis as far as the column's name tells it.
// Errc::not_found, permission and the like from reading; invalid_input names the column that is missing and those there are;
// corrupt: no usable row.
[[nodiscard]] Result<IntensitySeries> read_series(const std::string& path, const std::string& column);

}  // namespace carbontracker
