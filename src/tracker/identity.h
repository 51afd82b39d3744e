#pragma once
// Who and where a run is: ids that sort by time, the node, the attempt.

#include <string>

#include "base/clock.h"
#include "base/host.h"

namespace carbontracker {

// "20261125-153012-7f3a9c": UTC start and six random hex digits.
[[nodiscard]] std::string new_run_id(WallTime started);
[[nodiscard]] std::string node_name();
// /proc/sys/kernel/random/boot_id of this machine; empty where it cannot be read.
[[nodiscard]] std::string boot_id();
// How often the scheduler has started this job before (SLURM_RESTART_COUNT); 0 outside one.
[[nodiscard]] int attempt_number(const Host& host);

}  // namespace carbontracker
