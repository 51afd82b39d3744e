#include "report/numbers.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace carbontracker {
namespace {

struct Unit {
  double size;
  const char* name;
};
constexpr std::array<Unit, 6> kEnergy{{{3.6e12, "GWh"}, {3.6e9, "MWh"}, {3.6e6, "kWh"}, {3.6e3, "Wh"}, {1, "J"}, {1e-3, "mJ"}}};
constexpr std::array<Unit, 4> kMass{{{1e6, "t"}, {1e3, "kg"}, {1, "g"}, {1e-3, "mg"}}};

constexpr std::array<Unit, 3> kVolume{{{1e3, "m3"}, {1, "L"}, {1e-3, "mL"}}};

template <std::size_t N>
const Unit& unit_for(const std::array<Unit, N>& units, double value) {
  for (const Unit& unit : units)
    if (std::abs(value) >= 0.9995 * unit.size) return unit;
  return units.back();
}

}  // namespace

std::string three_digits(double value) {
  if (!std::isfinite(value)) return "unknown";
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  const int decimals = std::max(0, 2 - magnitude);
  std::string text = fmt::format("{:.{}f}", value, std::min(decimals, 12));
  // Rounding up can add a digit: 9.999 -> 10.00 has four.
  if (decimals > 0 && std::abs(std::stod(text)) >= std::pow(10.0, magnitude + 1)) text = fmt::format("{:.{}f}", value, decimals - 1);
  return text;
}

std::string show(Joules energy) {
  const Unit& unit = unit_for(kEnergy, energy.value());
  return three_digits(energy.value() / unit.size) + " " + unit.name;
}

std::string show(Grams mass) {
  const Unit& unit = unit_for(kMass, mass.value());
  return three_digits(mass.value() / unit.size) + " " + unit.name;
}

std::string show(Litres water) {
  const Unit& unit = unit_for(kVolume, water.value());
  return three_digits(water.value() / unit.size) + " " + unit.name;
}

std::string show_interval(Joules value, Joules low, std::optional<Joules> high) {
  const Unit& unit = unit_for(kEnergy, value.value());
  const auto in_unit = [&](Joules j) { return three_digits(j.value() / unit.size); };
  return in_unit(value) + " " + unit.name + " (" + in_unit(low) + (high ? " to " + in_unit(*high) : " or more") + ")";
}

}  // namespace carbontracker
