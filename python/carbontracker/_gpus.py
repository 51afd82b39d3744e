"""Which of a node's GPUs the process that measures speaks for: its own, and those that the launcher gave to the node's other ranks."""
import os
import sys

_LOCAL_RANKS = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "PALS_LOCAL_RANKID",
                "PMIX_LOCAL_RANK", "FLUX_TASK_LOCAL_ID", "JSM_NAMESPACE_LOCAL_RANK", "HOROVOD_LOCAL_RANK")

others = []  # GPUs of the measuring rank, by its own numbers, that a rank who shares them counts already


def local_rank():
    """This process's number on its node, or None where nobody says."""
    for variable in _LOCAL_RANKS:
        value = os.environ.get(variable, "")
        if value.isdigit():
            return int(value)
    return None


def parent():
    """The process that made this one by multiprocessing, or None. A worker has the module loaded; nobody else needs it."""
    processes = sys.modules.get("multiprocessing.process")
    return processes.parent_process() if processes is not None else None


def visible_devices():
    """CUDA_VISIBLE_DEVICES to go by instead of this process's ("all": none), or None: its own. Where each rank has been given some of
    the node's GPUs, the rank that measures speaks for all that it can see."""
    env = os.environ
    own = _listed(env.get("CUDA_VISIBLE_DEVICES"))
    if not own:
        return None
    if env.get("TORCHELASTIC_RUN_ID") and env.get("LOCAL_WORLD_SIZE", "1") not in ("", "1"):
        return _of_the_launcher()
    if parent() is not None and _distributed():
        return _inherited()
    if local_rank() != 0:
        return None
    if confined():
        return ",".join(number for number in own if number not in others) if others else None
    theirs = [] if set(own) - set(step_gpus()) else step_gpus()
    for listed in _of_the_other_ranks():
        if listed is None:
            return "all"
        theirs += listed
    every = list(dict.fromkeys(own + theirs))
    return ",".join(every) if len(every) > len(own) else None


def _distributed():
    """Whether this process is one of several ranks."""
    torch = sys.modules.get("torch.distributed")
    return os.environ.get("WORLD_SIZE", "1") not in ("", "1") or (torch is not None and torch.is_available() and torch.is_initialized() and torch.get_world_size() > 1)


def _inherited():
    """Ranks that multiprocessing has started, and whose own code gives each its GPUs: what they came into being with."""
    given = _at_fork if _at_fork is not None else _environment("self").get(b"CUDA_VISIBLE_DEVICES", b"all").decode(errors="replace")
    return None if given == os.environ["CUDA_VISIBLE_DEVICES"] else given


_at_fork = None  # CUDA_VISIBLE_DEVICES when this process was forked: its environment as the system keeps it is its parent's at that one's beginning


def _forked():
    global _at_fork
    _at_fork = os.environ.get("CUDA_VISIBLE_DEVICES", "all")


os.register_at_fork(after_in_child=_forked)


def _listed(text):
    """The entries of a list of GPUs, "2-4" written out; None where there is no list."""
    if text is None:
        return None
    out = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, dash, last = part.partition("-")
        out += map(str, range(int(first), min(int(last), int(first) + 1023) + 1)) if dash and first.isdigit() and last.isdigit() else [part]
    return out


def step_gpus():
    """The node's GPUs that Slurm gave to all of this step's ranks together."""
    return _listed(os.environ.get("SLURM_STEP_GPUS") or os.environ.get("SLURM_JOB_GPUS")) or []


def _environment(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
    except (OSError, ValueError):
        return {}


def _of_the_launcher():
    """torchrun --virtual-local-rank gives each rank one of the GPUs that it has itself."""
    parent = _environment(os.getppid())
    if not parent:
        return None
    theirs = os.fsdecode(parent[b"CUDA_VISIBLE_DEVICES"]) if b"CUDA_VISIBLE_DEVICES" in parent else "all"
    return None if theirs == os.environ["CUDA_VISIBLE_DEVICES"] else theirs


# What the ranks of one launch have in common in their environment, each with the number of the rank on its node.
_LAUNCHES = (("SLURM_JOB_ID", "SLURM_LOCALID"), ("PMIX_NAMESPACE", "OMPI_COMM_WORLD_LOCAL_RANK"), ("PMIX_NAMESPACE", "PMIX_LOCAL_RANK"),
             ("OMPI_MCA_ess_base_jobid", "OMPI_COMM_WORLD_LOCAL_RANK"), ("FLUX_JOB_ID", "FLUX_TASK_LOCAL_ID"), ("PALS_APID", "PALS_LOCAL_RANKID"))


def _of_the_other_ranks():
    """The lists of GPUs that the launcher gave to the node's other ranks; None for one that sees all."""
    env = os.environ
    launch = next(((job, rank) for job, rank in _LAUNCHES if env.get(job) and env.get(rank, "").isdigit()), None)
    if launch is None:
        return []
    same = [(name.encode(), os.fsencode(env[name])) for name in (launch[0], "SLURM_STEP_ID") if env.get(name)]
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        theirs = _environment(pid)
        number = theirs.get(launch[1].encode(), b"")
        if number.isdigit() and number != os.fsencode(env[launch[1]]) and all(theirs.get(name) == value for name, value in same):
            listed = theirs.get(b"CUDA_VISIBLE_DEVICES")
            found[number] = _listed(os.fsdecode(listed)) if listed is not None else None
    return list(found.values())


def reachable():
    """Numbers of the step's GPUs whose devices this process may open."""
    root, found = os.environ.get("CARBONTRACKER_HOST_ROOT", ""), []
    for number in step_gpus():
        try:
            os.close(os.open(f"{root}/dev/nvidia{number}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            found.append(number)
        except OSError:
            pass
    return found


def confined():
    """Whether Slurm keeps some of the step's GPUs from this rank (ConstrainDevices): then nobody but their own ranks can read them."""
    return len(step_gpus()) > 1 and len(reachable()) < len(step_gpus())


def unseen_gpus():
    """How many GPUs of this Slurm step on this node the rank that measures cannot see, because each rank has been given its own."""
    own = _listed(os.environ.get("CUDA_VISIBLE_DEVICES"))
    if own is None or local_rank() != 0 or not confined():
        return 0
    return max(0, len(step_gpus()) - len(own))
