#pragma once
// Footprint beyond operation: the making of the devices, water, money. Each stands beside the carbon of a run and is never added to it.
// Pure but for the embedded tables (data/embodied.csv, data/water.csv). Formulas and sources: docs/method/advice.md.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "carbon/footprint.h"

namespace carbontracker {

struct Range {
  double value = 0, low = 0, high = 0;
};

struct DeviceUse {             // a device that the run had for itself
  std::string channel;         // "gpu0"
  std::string node;
  std::string kind;            // "gpu", "package"
  std::string label;           // "NVIDIA H100 80GB HBM3"; empty: not known
  Seconds reserved{};
  std::string device = {};     // "socket 0": which thing on the node
  WallTime since = {};
};

struct EmbodiedDevice {
  DeviceUse use;
  Range kg;                    // of its making
  Range grams;                 // the run's share: making x reserved time / life; never more than the making
  int year = 0;
  std::string source;
};
struct Embodied {
  std::vector<EmbodiedDevice> devices;
  std::vector<DeviceUse> unknown;      // no figure: not counted, and not zero
  Range grams;                         // sum over `devices`; with unknown ones beside them the high end is open
};
// SCI (ISO/IEC 21031:2024): M = TE x (TiR / EL) x (RR / ToR). A device is reserved whole (RR / ToR = 1); its life is kLifetimeYears.
inline constexpr Range kLifetimeYears{4, 3, 5};   // 4: Cloud Carbon Footprint; 3: EcoLogits; 5: LLMCarbon
inline constexpr const char* kEmbodiedAssumption =
    "devices reserved whole for the run's time, life 4 years (3 to 5); the host's boards, memory, disks and chassis are not counted "
    "(1,000 kg a server by Cloud Carbon Footprint, 5,700 kg an 8-GPU one by EcoLogits)";
[[nodiscard]] Embodied embodied(const std::vector<DeviceUse>& devices);
// What is not in the figure, and why: "package-0: its name is not known; gpu1: Fantasy Chip 9 is in no table"; empty where all is in it.
[[nodiscard]] std::string embodied_reason(const Embodied& embodied);

struct Water {
  Range litres, l_per_kwh;
  std::string of;              // "site:aws", "grid:DK", "grid:WORLD"
  int year = 0;                // 0: not of a year
  std::string source;
};
// Evaporated for cooling: IT energy x the site's figure. The site by the place's provider, else by the PUE: 1.0 of a workstation or laptop is
// no data centre. Empty where a PUE was given by hand and no provider is known: nothing says what stands there.
[[nodiscard]] std::optional<Water> water_on_site(Joules it, const Facility& site, const Place& place);
// Taken by power stations: facility energy x the grid's figure; the world's where the country has none or is not known.
[[nodiscard]] std::optional<Water> water_off_site(Joules facility, const Place& place);

struct Price {
  double per_kwh = 0;
  std::string currency;        // "EUR"; empty: none was named
  std::string from;            // "--price"
};
// "0.30", "0.30EUR", "0.30 EUR". Errc::invalid_input names the text.
[[nodiscard]] Result<Price> parse_price(std::string_view text, std::string_view from);

struct Cost {
  Range amount;
  Price price;
  bool bounded = true;         // false: the energy has no upper bound, nor has this
};
[[nodiscard]] Cost cost(const Energy& it, const Facility& site, const Price& price);

// Market-based, as the GHG Protocol's Scope 2 guidance has it: the factor of the contract that the user buys by. It stands beside the location-based
// figure and never replaces it; offsets are no part of either.
struct Market {
  Range grams;                 // of the facility energy
  CarbonIntensity factor{};
  bool bounded = true;         // false: the energy has no upper bound, nor has this
};
[[nodiscard]] Market market_based(const Energy& it, const Facility& site, CarbonIntensity factor);

struct Beyond {
  bool told = false;           // it was looked at; false: left out (a summary)
  Embodied embodied;
  std::optional<Water> on_site, off_site;
  std::string on_site_reason, off_site_reason, cost_reason;   // where there is none
  std::optional<Cost> cost;    // where a price was given
  std::optional<Market> market;  // where a contract's factor was given
};

}  // namespace carbontracker
