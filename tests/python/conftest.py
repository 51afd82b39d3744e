"""The Python package as a user has it: a synthetic machine of 100 W, a store of its own, an interpreter of its own where one is needed."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
SITE = TREE / "build" / "python" / "site"
STEADY = "package-0=const:100"
RANKS = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "CARBONTRACKER_SOCKET", "CARBONTRACKER_RUN_ID", "SLURM_JOB_ID", "SLURM_NNODES")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SITE))
    monkeypatch.setenv("CARBONTRACKER_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("CARBONTRACKER_SYNTHETIC", STEADY)
    monkeypatch.setenv("PYTHONPATH", str(SITE))
    monkeypatch.setenv("HOME", str(tmp_path))
    # From 3.12 on the interpreter warns of forks in processes with threads, and a process that measures has some.
    monkeypatch.setenv("PYTHONWARNINGS", "ignore:This process:DeprecationWarning")
    for name in RANKS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CARBONTRACKER_OFFLINE", "1")  # tests of what is asked take it away
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ct(machine):
    import carbontracker
    return carbontracker


@pytest.fixture
def python(machine):
    """python("code") runs it in a fresh interpreter and returns what came of it."""
    def run(code, *words, prefix=(), timeout=120, **env):
        script = machine / "script.py"
        script.write_text(code)
        return subprocess.run([*map(str, prefix), sys.executable, str(script), *words], env={**os.environ, **env}, cwd=machine, text=True,
                              capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL)
    return run


@pytest.fixture
def stored(machine):
    """The reports of the runs in the store, oldest first, as the command line gives them."""
    program = os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "python" / "carbontracker"))

    def command(*words):
        return json.loads(subprocess.run([program, "report", *words, "--format", "json"], check=True, capture_output=True, text=True).stdout)

    def load():
        return [command(run["id"]) for run in reversed(command()["runs"])]
    return load


@pytest.fixture
def gpus(machine):
    """gpus(script lines): environment with scripted GPUs in the place of the driver's library."""
    library = machine / "nvml"  # built here: one with a sanitizer in it cannot be loaded by Python
    library.mkdir()
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library / "libnvidia-ml.so.1", *sorted((TREE / "tests" / "fakes" / "nvml").glob("*.c")), "-lm"], check=True)

    def env(*script):
        (machine / "nvml.txt").write_text("\n".join(script) + "\n")
        return {"CARBONTRACKER_SYNTHETIC": "", "LD_LIBRARY_PATH": str(library), "CT_FAKE_NVML": str(machine / "nvml.txt")}
    return env
