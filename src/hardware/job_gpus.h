#pragma once
// How many GPUs a scheduler gave the job on this node, whatever the job shows its programs of them.

#include "base/host.h"

namespace carbontracker {

// Slurm: SLURM_GPUS_ON_NODE, else the numbers in SLURM_JOB_GPUS or SLURM_STEP_GPUS ("0,1" or "0-3"). 0: not told.
[[nodiscard]] int job_gpus(const Host& host);

}  // namespace carbontracker
