"""A real training under the wrapper: docs/examples/train.py with PyTorch, from the virtual environment that the set-up makes."""
import os
import pathlib
import sys

import pytest


@pytest.fixture
def python(tree):
    own = tree / ".venv" / "bin" / "python"
    return own if own.exists() else pathlib.Path(sys.executable)


def test_a_real_training_has_epochs_a_forecast_and_a_report(ct, tree, python):
    report = ct.measured("--place", "DK", "--", python, tree / "docs/examples/train.py", "--epochs", "3", "--width", "16", timeout=180,
                         env={"CARBONTRACKER_SYNTHETIC": None, "OMP_NUM_THREADS": str(os.cpu_count())})
    assert report["run"]["exit_code"] == 0, f"{python} needs torch and scikit-learn (tools/setup.sh python-demo)"
    assert report["run"]["name"] == "train.py"
    assert [r["name"] for r in report["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert all(r["seconds"] > 0 for r in report["regions"])
    assert (report["forecast"]["done"], report["forecast"]["of"], report["forecast"]["unit"]) == (3, 3, "epoch")
    assert report["energy"]["total"]["joules"] > 0 and report["energy"]["total"]["high"] > report["energy"]["total"]["joules"]
    text = ct("report", "last").stdout
    assert "train.py" in text and "forecast" in text and "Denmark" in text and "exit 0" in text


def test_an_earlier_run_of_the_same_command_is_the_forecast_before_the_first_epoch(ct):
    command = ("--", "sh", "-c", "for i in 1 2; do sleep 3; echo \"epoch $i/2 loss 0.1\"; done")
    assert ct("run", "-q", *command).returncode == 0
    report = ct.measured(*command)
    first = report["first_forecast"]
    [earlier] = [run["id"] for run in ct.runs() if run["id"] != report["run"]["id"]]
    assert (first["done"], first["of"], first["unit"], first["method"]) == (0, 2, "epoch", f"as an earlier run of the same work ({earlier}, same command)")
    assert first["joules"] == pytest.approx(600, rel=0.1)  # 6 s at 100 W
    assert first["low"] < first["joules"] < first["high"]
    assert "shaped by an earlier run" in report["forecast"]["method"]
