"""Which process of a training measures: one on each node, and no worker."""
import os
import sys

_LOCAL_RANKS = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID")


def local_rank():
    """This process's number on its node, or None where nobody says."""
    for variable in _LOCAL_RANKS:
        value = os.environ.get(variable, "")
        if value.isdigit():
            return int(value)
    return None


def silent_reason():
    """Why this process must not measure; None where it should."""
    rank = local_rank()
    if rank:
        return f"local rank 0 measures this node; this is local rank {rank}"
    processes = sys.modules.get("multiprocessing.process")  # a worker has it loaded; nobody else needs it
    if processes is not None and processes.current_process().daemon:
        return "a worker process: its parent measures"
    return None


def shared_run_id():
    """One id for all nodes of a job, so that their parts become one run; None on a single node."""
    env = os.environ
    if env.get("SLURM_JOB_ID", "").isdigit() and env.get("SLURM_NNODES", "1") != "1":
        return "slurm-" + env["SLURM_JOB_ID"] + ("-" + env["SLURM_STEP_ID"] if env.get("SLURM_STEP_ID", "").isdigit() else "")
    elastic, group = env.get("TORCHELASTIC_RUN_ID", "none"), env.get("GROUP_WORLD_SIZE", "1")
    if elastic not in ("", "none") and group != "1":
        return "torchrun-" + "".join(c if c.isalnum() or c in "-_" else "-" for c in elastic)[:80]
    return None
