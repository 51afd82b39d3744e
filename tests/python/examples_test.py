"""docs/examples/*.py that need nothing but the package run as they stand."""
import pathlib

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["track.py"])
def test_an_example_runs(python, stored, name):
    done = python((TREE / "docs" / "examples" / name).read_text())
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout.startswith("example") and "Denmark" in done.stdout
    assert [r["name"] for r in stored()[0]["regions"]][:2] == ["epoch 1", "validate"]
