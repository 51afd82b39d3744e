#include "base/text.h"
#include "carbon/footprint.h"
#include "data/tables.h"

namespace carbontracker {

std::vector<Equivalent> equivalents(Grams grams, Joules facility, std::string_view set) {
  std::vector<Equivalent> all;
  for_each_row("equivalents", [&](const TableRow& row) {
    if (row["set"] != set) return true;
    Equivalent one;
    one.what = row["what"];
    one.unit = row["unit"];
    one.factor = row.number("factor").value_or(0);
    one.factor_unit = row["factor_unit"];
    one.year = static_cast<int>(parse_uint(row["year"]).value_or(0));
    one.source = row["source"];
    const bool by_carbon = one.factor_unit.starts_with("g/");
    if (one.factor > 0) one.value = (by_carbon ? grams.value() : in_kilowatt_hours(facility)) / one.factor;
    all.push_back(std::move(one));
    return true;
  });
  return all;
}

}  // namespace carbontracker
