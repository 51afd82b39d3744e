#pragma once
// Which columns of a table of hours hold the time and the intensity, and in what unit and on what basis, as far as their names tell. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "carbontracker/result.h"

namespace carbontracker {

// A name for comparison: small letters and digits, words joined by one '_', without the zone: "Datetime (UTC)" is datetime,
// "Carbon Intensity gCO₂eq/kWh (LCA)" carbon_intensity_gco2eq_kwh_lca.
[[nodiscard]] std::string plain_name(std::string_view name);

struct SeriesColumns {
  std::string time, value;
  std::optional<std::string> zone, kind;   // columns that tell rows of several zones, or several bases, apart
};
// `wanted`: the value column as the user named it (as it stands, else by plain_name); empty: the first of the usual names, lifecycle before average before
// direct, else the only other column. Errc::invalid_input names what is missing and what there is.
[[nodiscard]] Result<SeriesColumns> series_columns(const std::string& path, const std::vector<std::string>& names, const std::string& wanted);

struct SeriesUnit {
  double grams_per_kwh = 1;   // of one of it
  bool told = false;          // the name says grams a kWh
  std::string name;           // "lb/MWh"; empty: g/kWh, said or assumed
};
// By the column's name, or a unit that stands elsewhere ("lbs_co2_per_mwh"). Nothing where it is the unit of something else (a price, a load, energy).
[[nodiscard]] std::optional<SeriesUnit> series_unit(std::string_view name);
// "average, lifecycle", "average, direct", "marginal", "average, as in the file".
[[nodiscard]] std::string series_basis(std::string_view name);

}  // namespace carbontracker
