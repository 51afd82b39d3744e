#pragma once
// Joules + place + time -> grams. Pure.

#include <string>
#include <vector>

#include "carbon/intensity.h"
#include "carbontracker/energy.h"

namespace carbontracker {

struct Facility {
  double pue = 1;
  std::string from;   // "1.0: workstation", "Uptime Institute 2025 mean", "--pue"
};
// By where the machine stands: a laptop or workstation 1.0; a known cloud region its own, else the provider's fleet figure;
// a cluster node (Slurm, PBS, LSF, Kubernetes in the environment) the sourced industry mean.
[[nodiscard]] Facility default_facility(const Place& place, const Host& host);

struct EnergySlice {        // energy of a span, in time order, not overlapping
  WallTime start{};
  Seconds length{};
  Joules joules{};          // IT energy
};

struct Footprint {
  Joules it{}, facility{};  // facility = it x PUE
  Grams grams{}, low{};
  std::optional<Grams> high = Grams{};   // 95 % energy interval with the grid figure's range; empty where the energy has no bound
  CarbonIntensity mean{};   // energy-weighted
  std::optional<double> told;  // share of the energy whose time the series holds, 0 to 1; empty: one figure for all
  GridFigure grid;
  Facility site;
  Place place;
};
// Each slice times the intensity of its time; what lies outside the series takes the series' own figure.
[[nodiscard]] Footprint footprint(const Energy& total, const std::vector<EnergySlice>& slices, const IntensitySeries& grid,
                                  const Facility& site, const Place& place);

struct Equivalent {
  std::string what;     // "km by new EU car"
  double value = 0;
  std::string unit;     // "km"
  double factor = 0;    // grams or kWh for one unit
  std::string factor_unit;  // "g/km", "kWh/charge"
  int year = 0;
  std::string source;
};
// Carbon equivalents from grams, energy equivalents from facility energy. `set`: `current` factors, or those of a publication
// (`2020`: Anthony, Kanding and Selvan), to repeat its figures; empty for a set that data/equivalents.csv does not have.
inline constexpr std::string_view kCurrentEquivalents = "current";
[[nodiscard]] std::vector<Equivalent> equivalents(Grams grams, Joules facility, std::string_view set = kCurrentEquivalents);

}  // namespace carbontracker
