#pragma once
// The table of sensor families, and what became of each on this machine.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/host.h"
#include "hardware/energy_source.h"

namespace carbontracker {

struct Backend {
  std::string_view name;
  bool own_thread;  // a vendor library: may block for seconds or for ever, so it is opened and read on a thread of its own
  // Opens every source of the family on this machine (at least one), or says why there is none and what would change that.
  // What a family has but cannot use is reported through `notes` (a zone that is always 0, a card that is asleep).
  Result<std::vector<std::unique_ptr<EnergySource>>> (*open)(const Host& host, const Clock& clock, std::vector<Error>& notes);
};

// The families, one function a file. Order in the table is the order of preference.
extern const Backend kSyntheticBackend;   // synthetic.cpp: refuses unless CARBONTRACKER_SYNTHETIC is set; replaces all others when it is
extern const Backend kPowercapBackend;    // rapl_powercap.cpp
extern const Backend kPerfBackend;        // rapl_perf.cpp
extern const Backend kHwmonBackend;       // hwmon.cpp
extern const Backend kNvmlBackend;        // nvml.cpp
extern const Backend kCpuModelBackend;    // cpu_model.cpp: a package channel where no counter gives one
extern const Backend kMemoryModelBackend; // memory_model.cpp: a dram channel where no counter gives one

struct Refusal {
  std::string backend;
  Error error;
  bool superseded = false;  // nothing is missed by it: another source gives the same, or the machine has no such thing
};

// Everything that could be opened, everything that could not, and why.
struct Inventory {
  std::vector<std::unique_ptr<EnergySource>> sources;
  std::vector<Refusal> refusals;  // a whole family
  std::vector<Refusal> notes;     // parts of a family that opened
};

}  // namespace carbontracker
