"""Which process of a training measures: one on each node, and no worker. And which run its nodes, and its restarts, belong to.

Who measures is settled by a name in the kernel's abstract socket namespace, which goes with the process that holds it: no file is left
and none can be stale. Containers may each have such a namespace of their own; where they share the store's folder, a lock there decides
among them.
"""
import os
import sys

from ._gpus import confined, local_rank, others, parent, reachable, unseen_gpus, visible_devices  # noqa: F401

# Ids of jobs in the environment that all of their nodes have, and what says that there is more than one node.
_JOBS = (("pbs", "PBS_JOBID"), ("lsf", "LSB_JOBID"), ("flux", "FLUX_JOB_ID"), ("mpi", "PMIX_NAMESPACE"))
_SIZES = (("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"), ("WORLD_SIZE", "LOCAL_WORLD_SIZE"), ("PMI_SIZE", "MPI_LOCALNRANKS"))

_held = {}    # name -> [socket, how many runs hold it, (locked file, its path) or ""]
_begun = 0    # runs of this process that other nodes share
_forked_from = None  # the process that this one was forked from, where that one measured


def _name(parts):
    name = "\0carbontracker " + " ".join(map(str, (*parts, os.getuid(), os.uname().nodename)))
    if len(name) < 100:  # of the 108 bytes that the kernel takes
        return name
    import zlib
    return f"{name[:60]} {zlib.crc32(name.encode(errors='replace')):08x}"


def _claim(*parts):
    """Holds a name on this node and returns it; None if another process does. Where there are no such names nobody does: empty."""
    name = _name(parts)
    if name in _held:
        _held[name][1] += 1
        return name
    import _socket
    try:
        held = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    except OSError:
        return ""
    try:
        held.bind(name)
    except OSError as error:
        held.close()
        import errno
        return None if error.errno == errno.EADDRINUSE else ""
    lock = _lock(name) if parts[0] in ("launch", "gpu") else ""
    if lock is None:
        held.close()
        return None
    _held[name] = [held, 1, lock]
    return name


def _lock(name):
    """An open file that is locked for us; None where another process of this machine has it, "" where there is no such lock."""
    import zlib
    folder = os.path.join(os.environ.get("CARBONTRACKER_HOME") or os.path.join(
        os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share"), "carbontracker"), "locks")
    try:
        import fcntl
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        os.makedirs(folder, 0o700, exist_ok=True)
        path = os.path.join(folder, f"{boot}-{zlib.crc32(name.encode(errors='replace')):08x}")
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(descriptor)
                return None if isinstance(error, BlockingIOError) else ""
            if os.fstat(descriptor).st_nlink:
                return descriptor, path
            os.close(descriptor)  # it was removed between the two calls
    except (OSError, ImportError):
        return ""


def _taken(*parts):
    """Whether another process holds a name."""
    import _socket
    asking = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    try:
        asking.connect(_name(parts))
        return True
    except OSError:
        return False
    finally:
        asking.close()


def _let_go(name):
    if name in _held:
        _held[name][1] -= 1
        if not _held[name][1]:
            held, _, *lock = _held.pop(name)
            held.close()
            for descriptor, path in filter(None, lock):
                try:
                    os.unlink(path)
                except OSError:
                    pass
                os.close(descriptor)


def forget():
    """In the child of a fork: what the parent holds is not the child's."""
    global _begun, _forked_from
    if _name(("process", os.getppid())) in _held:
        _forked_from = os.getppid()
    for held, _, *lock in _held.values():
        held.close()
        for descriptor, _path in filter(None, lock):
            os.close(descriptor)
    _held.clear()
    _begun = 0


os.register_at_fork(after_in_child=forget)


def imports_main_again():
    """A worker that multiprocessing has spawned runs its parent's module anew: a tracker of that module is the parent's."""
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and getattr(processes.current_process(), "_inheriting", False)


class Part:
    """What this process has to do in a run: `silent` says why it must not measure, None where it should."""

    def __init__(self, name=""):
        self._names, self._gpus = [], None
        self.silent = self._reason()
        if self.silent is not None:
            self.leave()
        try:
            self._gpus = self._own_gpus(name)
        except Exception:  # the run is without them
            self._gpus = None

    def _own_gpus(self, name):
        """Of a rank that does not measure: its GPUs, where the rank that does cannot see them, as a part of the same run."""
        rank, run_id = local_rank(), shared_run_id()
        if not run_id or not confined():
            return None
        mine = [self._hold("gpu", run_id, number) for number in reachable()]
        if not rank:
            others[:] = [str(index) for index, held in enumerate(mine) if not held]
        if not rank or not all(mine):
            return None
        from . import _core
        return _core.Session(name=name, run_id=run_id, attempt=attempt(), gpus_of=f"rank{rank}")

    def _reason(self):
        rank = local_rank()
        if rank:
            return f"local rank 0 measures this node; this is local rank {rank}"
        if imports_main_again():
            return "a worker process that imports the main module again: its parent measures"
        maker = parent()
        if maker is not None and rank is None:
            if sys.modules["multiprocessing.process"].current_process().daemon:
                return "a worker process: its parent measures"
            if _taken("process", maker.pid):
                return "a worker process: its parent measures"
            if not self._hold("children of", maker.pid):
                return "another process of the same parent measures"
        if rank is None and _forked_from is not None and _taken("process", _forked_from):
            return "a forked process: its parent measures"
        launch = _launch()
        if launch and not self._hold("launch", launch):
            return "another process of this training measures this node"
        self._hold("process", os.getpid())
        return None

    def _hold(self, *parts):
        name = _claim(*parts)
        if name:
            self._names.append(name)
        return name is not None

    def leave(self, exit_code=0):
        gpus, self._gpus = self._gpus, None
        if gpus is not None:
            gpus.finish(exit_code)
        for name in self._names:
            _let_go(name)
        self._names = []


def _launch():
    """What the processes of one torchrun have in common: with virtual ranks, or several agents on a machine, more than one is local rank 0."""
    env = os.environ
    if "TORCHELASTIC_RUN_ID" not in env:
        return ""
    return "torchrun " + " ".join(env.get(name, "") for name in ("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID"))


# --- one run for all nodes and restarts ---

def attempt():
    """How often the launcher has started this training before."""
    for name in ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT"):
        count = os.environ.get(name, "")
        if count.isdigit() and int(count):
            return min(int(count), 999999)
    return 0


def shared_run_id():
    """One id for all nodes of a training and for its restarts, so that their parts become one run; None where nobody shares.
    A second run of the same job takes the next free id (the binding sees to that)."""
    if os.environ.get("CARBONTRACKER_SOCKET"):
        return None
    return _slurm() or _agreed() or _named()


def _slurm():
    """The job, and the step in it: of several nodes, or of one that may be requeued."""
    env = os.environ
    job, step = env.get("SLURM_JOB_ID", ""), env.get("SLURM_STEP_ID", "")
    if not job.isdigit() or not ("SLURM_PROCID" in env or env.get("SLURM_NNODES", "1") != "1"):
        return None
    return "slurm-" + job + ("-" + step if step.isdigit() else "")


def _several_nodes():
    env = os.environ
    if env.get("GROUP_WORLD_SIZE", "1") != "1":
        return True
    return any(env.get(all_, "").isdigit() and env.get(local, "").isdigit() and int(env[all_]) > int(env[local]) for all_, local in _SIZES)


def _agreed():
    """torchrun's agent, or the process group that is there already, holds a store that all nodes reach: who comes first puts an id in."""
    if not (_several_nodes() or attempt() or os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0") not in ("", "0")):
        return None
    global _begun
    try:
        store = _store()
        if store is None:
            return None
        import time
        proposed = time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + os.urandom(3).hex()
        chosen = store.compare_set(f"carbontracker/run/{_begun}", "", proposed).decode()
        _begun += 1
        return chosen
    except Exception:  # no store, or one of another making: each node keeps a run of its own
        return None


def _store():
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available():
        return None
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
        from datetime import timedelta
        return distributed.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False, timeout=timedelta(seconds=2),
                                    wait_for_workers=False)
    return distributed.distributed_c10d._get_default_store() if distributed.is_initialized() else None


def _named():
    """An id that the launcher gave to all nodes."""
    if not _several_nodes():
        return None
    env = os.environ
    elastic = env.get("TORCHELASTIC_RUN_ID", "none")
    if elastic not in ("", "none"):
        return "torchrun-" + _plain(elastic)
    for kind, variable in _JOBS:
        if env.get(variable):
            return f"{kind}-{_plain(env[variable])}"
    return None


def _plain(text):
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in text)[:80]
