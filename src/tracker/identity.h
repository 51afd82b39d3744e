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

// The sweep that this run is a trial of, as its surroundings tell: "slurm-4242" (SLURM_ARRAY_JOB_ID), "wandb-x1y2z3" (WANDB_SWEEP_ID, which `wandb agent` sets),
// "sge-", "lsf-", "pbs-" (array jobs), or whatever CARBONTRACKER_SWEEP says, for those that set nothing of their own (Optuna, Ray Tune). Empty: none.
[[nodiscard]] std::string sweep_name(const Host& host);

}  // namespace carbontracker
