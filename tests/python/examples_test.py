"""What README.md and docs/*.md show in Python is run as it stands, and docs/examples/*.py that need nothing but the package."""
import json
import os
import pathlib
import re
import subprocess

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/python.md", "docs/migration.md"]
# What the examples leave to the reader.
READER = """
import time


def train(*_):
    time.sleep(0.05)
    return 0.5


validate = evaluate = train
"""


def blocks():
    for page in PAGES:
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```", (TREE / page).read_text(encoding="utf-8"), re.S | re.M), 1):
            yield pytest.param(code, id=f"{page}-{number}")


@pytest.mark.parametrize("code", blocks())
def test_a_block_of_the_documentation_runs(python, stored, code):
    done = python(READER + code)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert done.stdout and stored()  # each shows something, and leaves a run


def test_every_page_with_python_in_it_is_run():
    pages = {str(page.relative_to(TREE)) for page in [TREE / "README.md", *(TREE / "docs").rglob("*.md")] if "```python" in page.read_text(encoding="utf-8")}
    assert pages == set(PAGES)


@pytest.mark.parametrize("name", ["track.py"])
def test_an_example_runs(python, stored, name):
    done = python((TREE / "docs" / "examples" / name).read_text())
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout.startswith("example") and "Denmark" in done.stdout
    assert [r["name"] for r in stored()[0]["regions"]][:2] == ["epoch 1", "validate"]


def test_the_names_of_the_migration_page_exist(ct):
    import inspect
    from carbontracker.codecarbon import _settings
    from carbontracker.tracker import CarbonTracker
    page = (TREE / "docs" / "migration.md").read_text(encoding="utf-8")
    arguments = list(inspect.signature(CarbonTracker).parameters)[:20]
    for name in ("api_keys", "update_interval", "epochs_before_pred"):
        assert f"`{name}" in page and name in arguments
    for name in ("default_cpu_power", "country", "co2_signal_api_token", "force_cpu_power", "force_mode_cpu_load", "rapl_include_dram", "rapl_prefer_psys",
                 "allow_multiple_runs", "api_key", "save_to_api", "emissions_endpoint", "electricitymaps_api_token", "prometheus_url"):
        assert f"`{name}" in page and name in _settings.DEFAULTS


def test_what_the_migration_page_says_of_the_figures(python):
    """1.58 in the one layer's log, 1.0 in the other's row, the layers side by side in one process."""
    done = python("""
import csv, json, time
from carbontracker import constants
from carbontracker.codecarbon import OfflineEmissionsTracker
from carbontracker.tracker import CarbonTracker
with OfflineEmissionsTracker(country_iso_code="DNK", log_level="error"):
    tracker = CarbonTracker(epochs=1, log_dir="logs", verbose=0)
    tracker.epoch_start(); time.sleep(1); tracker.epoch_end()
row = list(csv.DictReader(open("emissions.csv")))[-1]
print(json.dumps([constants.PUE_2023, tracker.actual["energy (kWh)"] * 3.6e6 / tracker.actual["duration (s)"], float(row["pue"]), float(row["energy_consumed"]) * 3.6e6 / float(row["duration"]),
                  [row[name] for name in ("cpu_utilization_percent", "gpu_utilization_percent", "ram_utilization_percent", "ram_used_gb", "longitude", "latitude")],
                  tracker.actual["co2eq (g)"] / tracker.actual["equivalents"]["km travelled by car"]]))
""", CARBONTRACKER_PLACE="DK")
    assert done.returncode == 0, done.stderr
    pue, watts, other_pue, other_watts, empty, grams_per_km = json.loads(done.stdout)
    assert pue == 1.58 and watts == pytest.approx(158, rel=0.05)
    assert other_pue == 1.0 and other_watts == pytest.approx(100, rel=0.05)
    assert empty == [""] * 6 and grams_per_km == pytest.approx(106.8)


def test_the_commands_of_the_migration_page_exist(machine):
    program = os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "python" / "carbontracker"))
    page = (TREE / "docs" / "migration.md").read_text(encoding="utf-8")
    verbs = set(re.findall(r"`carbontracker ([a-z]+)\b", page))
    assert {"run", "sources", "report"} <= verbs
    for verb in verbs:
        assert subprocess.run([program, verb, "--help"], capture_output=True, text=True).returncode == 0, verb
