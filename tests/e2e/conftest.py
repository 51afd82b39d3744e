"""The finished program, called as a user calls it, each time with a home, a store and an environment of its own."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # the tests' own modules
from live_server import Server  # noqa: E402
from moved_clock import MovedClock  # noqa: E402
from processes import Started, wait_until  # noqa: E402

TREE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("CARBONTRACKER_PROGRAM", TREE / "build" / "release" / "carbontracker"))
STEADY = "package-0=const:100"  # a machine that takes 100 W, always
NOBODY = 65534
# Under nohup SIGHUP comes ignored, and the program leaves an ignored signal ignored, as it must.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Carbontracker:
    """`ct("run", "--", "true")` runs the program and returns what came of it, as text."""

    program = PROGRAM

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.work = folder / "work"
        self.store = folder / "store"
        for path in (self.home, self.work):
            path.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8",
                    "CARBONTRACKER_HOME": str(self.store), "CARBONTRACKER_SYNTHETIC": STEADY}

    def environment(self, changes):
        return {name: value for name, value in {**self.env, **changes}.items() if value is not None}

    def start(self, *words, env=None, **how):
        return Started([str(PROGRAM), *map(str, words)], env=self.environment(env or {}), cwd=self.work,
                       **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how})

    def __call__(self, *words, env=None, timeout=120, prefix=(), **how):
        if "input" not in how:
            how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        return subprocess.run([*map(str, prefix), str(PROGRAM), *map(str, words)], env=self.environment(env or {}), cwd=self.work,
                              text=True, errors="surrogateescape", timeout=timeout, **how)

    def measured(self, *words, env=None, **how):
        """Runs `run -o FILE WORDS` and returns the report."""
        path = self.folder / f"run-{time.monotonic_ns()}.json"
        done = self("run", "-o", path, *words, env=env, **how)
        assert path.exists(), done.stderr
        return json.loads(path.read_text())

    def report(self, which="last", **how):
        done = self("report", which, "--format", "json", **how)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def runs(self):
        return json.loads(self("report", "--format", "json").stdout)["runs"]


@pytest.fixture
def ct():
    # Not pytest's own folder: another user must be able to come here, and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="ct-") as folder:
        os.chmod(folder, 0o755)
        yield Carbontracker(pathlib.Path(folder))


@pytest.fixture(name="wait_until")
def wait_until_fixture():
    return wait_until


@pytest.fixture(scope="session")
def tree():
    return TREE


@pytest.fixture
def as_nobody():
    """The words before a command that make it run as a user who may do nothing special."""
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


@pytest.fixture
def serve():
    """`serve(reply)` starts a server in the place of a live provider (live_server.py)."""
    servers = []

    def start(*how):
        servers.append(Server(*how))
        return servers[-1]

    yield start
    for server in servers:
        server.server.shutdown()


class Nvml:
    """Scripted GPUs in the place of the driver's library (tests/fakes/nvml/fake_nvml.c says what may be scripted)."""

    def __init__(self, folder):
        self.path = folder / "nvml.txt"
        self.library = PROGRAM.parent / "tests" / "fakes" / "nvml"
        assert (self.library / "libnvidia-ml.so.1").exists(), f"not built: {self.library} (cmake -DCARBONTRACKER_BENCH=ON)"

    def env(self, *lines, **more):
        self.path.write_text("\n".join(lines) + "\n")
        return {"CARBONTRACKER_SYNTHETIC": None, "LD_LIBRARY_PATH": str(self.library), "CT_FAKE_NVML": str(self.path), **more}


@pytest.fixture
def nvml(ct):
    return Nvml(ct.folder)


@pytest.fixture
def moved_clock(ct):
    return MovedClock(PROGRAM.parent / "tests" / "fakes" / "clock" / "libfakeclock.so", ct.folder / "clock")


class Powercap:
    """A fake machine's /sys/class/powercap and what else a sensor asks for."""

    def __init__(self, folder):
        self.root = folder / "machine"
        self.write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
                   "model name\t: Intel(R) Xeon(R) Gold 5118 CPU @ 2.30GHz\nphysical id\t: 0\nsiblings\t: 1\ncpu cores\t: 1\nflags\t\t: fpu msr\n")
        self.write("proc/stat", "cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n")

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def zone(self, path, name, microjoules, wrap=262143328850):
        at = f"sys/class/powercap/{path}"
        self.write(f"{at}/name", name + "\n")
        self.write(f"{at}/max_energy_range_uj", f"{wrap}\n")
        return self.write(f"{at}/energy_uj", f"{microjoules}\n")

    def env(self, **more):
        return {"CARBONTRACKER_SYNTHETIC": None, "CARBONTRACKER_HOST_ROOT": str(self.root), **more}


@pytest.fixture
def powercap(ct):
    return Powercap(ct.folder)
