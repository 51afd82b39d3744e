"""The real libraries on the CPU, a synthetic machine of 100 W, a store of its own, no network and no hub."""
import os

import pytest

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", HF_HUB_OFFLINE="1", WANDB_MODE="offline", WANDB_SILENT="true", MLFLOW_ALLOW_FILE_STORE="true")


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("CARBONTRACKER_", "CODECARBON_", "SLURM_")) or name in ("LOCAL_RANK", "RANK"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CARBONTRACKER_SYNTHETIC", "package-0=const:100")
    monkeypatch.setenv("CARBONTRACKER_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def regions():
    """Names of a run's regions, with the parent where there is one."""
    def names(run):
        return [r["name"] + (f" of {r['parent']}" if r["parent"] else "") for r in run.report().to_dict()["regions"]]
    return names


@pytest.fixture
def steps(monkeypatch):
    """What was told of progress: (done, of, unit)."""
    from carbontracker._run import Run
    told = []
    original = Run.step

    def step(self, done, of=0, unit="step"):
        told.append((done, of, unit))
        original(self, done, of, unit)
    monkeypatch.setattr(Run, "step", step)
    return told
