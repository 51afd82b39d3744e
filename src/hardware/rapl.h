#pragma once
// What both ways to the RAPL counters (powercap, perf events) share. Either gives the same hardware's energy: use one of them.

#include <string_view>

#include "carbontracker/units.h"

namespace carbontracker {

// The registers change about every millisecond (Khan et al., "RAPL in Action", ACM TOMPECS 3(2):9, 2018).
inline constexpr Seconds kRaplRefresh{0.001};

// 95 %, relative. Intel states no tolerance. Haswell servers and newer measure at the voltage regulator and agree with meters (Desrochers
// et al., MEMSYS 2016; Khan et al. 2018); AMD computes the figure from a model that misses part of what the data cost (Schoene et al.,
// "Energy Efficiency Aspects of the AMD Zen 2 Architecture", 2021, arXiv 2108.00808). The sizes are ours: 5 % and 10 %.
[[nodiscard]] constexpr double rapl_gain_error(bool amd) { return amd ? 0.10 : 0.05; }

inline constexpr std::string_view kPowercapPermissionFix =
    "sudo setcap cap_dac_read_search+ep \"$(readlink -f \"$(command -v carbontracker)\")\"  (this program), or "
    "sudo sh -c 'groupadd -f powercap; chgrp powercap /sys/class/powercap/*/energy_uj; chmod 0440 /sys/class/powercap/*/energy_uj'  "
    "(a group, until the next boot; docs/99-carbontracker-powercap.rules keeps it)";

}  // namespace carbontracker
