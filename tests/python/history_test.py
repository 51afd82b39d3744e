"""An earlier run of the same script is the forecast of the next before its first epoch ends. The machine takes 100 W, always."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]

SCRIPT = """
import json, sys, time
import carbontracker
seen = None
with carbontracker.track("net", {told}) as run:
    for _ in run.epochs(range(3)):
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            time.sleep(0.1)
            seen = seen or run.forecast()
print(json.dumps(seen))
"""


@pytest.mark.parametrize("told", ["epochs=3", ""])
def test_the_second_run_is_forecast_before_its_first_epoch_ends(python, stored, told):
    first = json.loads(python(SCRIPT.format(told=told)).stdout)
    assert first is None or first["done"] >= 1
    second = json.loads(python(SCRIPT.format(told=told)).stdout)
    earlier = stored()[0]["run"]["id"]
    assert (second["done"], second["of"]) == (0, 3)
    assert second["method"] == f"as an earlier run of the same work ({earlier}, same command)"
    assert second["joules"] == pytest.approx(3 * 3.5 * 100, rel=0.15) and second["low"] < second["joules"] < second["high"] < 1.4 * second["joules"]


def test_other_arguments_may_be_other_work(python, stored):
    python(SCRIPT.format(told="epochs=3"), "--width", "64")
    second = json.loads(python(SCRIPT.format(told="epochs=3"), "--width", "512").stdout)
    [earlier] = [run["run"]["id"] for run in stored() if run["run"]["command"][-1] == "64"]
    assert second["method"] == f"as an earlier run of the same work ({earlier}, same name)"
    assert second["joules"] == pytest.approx(3 * 3.5 * 100, rel=0.15) and second["low"] < second["joules"]
    assert second["high"] > 1.25 * second["joules"]  # the same name may have other settings


TRACKED = "import carbontracker\nfor name in ('a', 'b'):\n    with carbontracker.track(name): pass\n"


def test_the_command_line_is_kept_without_secrets_and_with_the_first_run_of_the_process_alone(python, stored, machine):
    assert python(TRACKED, "--lr", "0.1", "--api-key", "sesame", "TOKEN=abc").returncode == 0
    first, second = stored()
    assert first["run"]["command"] == [sys.executable, str(machine / "script.py"), "--lr", "0.1", "--api-key", "***", "TOKEN=***"]
    assert first["run"]["directory"] == str(machine) and second["run"]["command"] == []


@pytest.mark.parametrize("words, code", [(("-c",), TRACKED), ((), TRACKED)])
def test_without_a_script_there_is_no_command_line(machine, stored, words, code):
    subprocess.run([sys.executable, *words, *([code] if words else [])], input=None if words else code, text=True, check=True, cwd=machine)
    assert [run["run"]["command"] for run in stored()] == [[], []]


def test_another_machines_energy_is_not_trusted(python, stored):
    python(SCRIPT.format(told="epochs=3"))
    elsewhere = json.loads(python(SCRIPT.format(told="epochs=3"), CARBONTRACKER_SYNTHETIC="gpu0=const:300 package-0=const:100").stdout)
    assert elsewhere["done"] >= 1  # nothing before the first epoch has ended


def test_an_earlier_run_that_failed_is_none(python, stored):
    failed = SCRIPT.replace("print(json", "    sys.exit(3)\nprint(json")  # inside the run
    assert python(failed.format(told="epochs=3")).returncode == 3
    second = json.loads(python(SCRIPT.format(told="epochs=3")).stdout)
    assert second["done"] >= 1


KILLED_ONCE = """
import carbontracker, os, signal, sys, time
with carbontracker.track("trial", project="search") as run:
    time.sleep(9 if sys.argv[1:] else 1)  # the totals are kept every 5 s
    if sys.argv[1:]:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_trial_that_was_killed_counts_as_failed_until_it_is_resumed_and_then_once(python, machine):
    def search():
        done = subprocess.run([os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "python" / "carbontracker")), "report", "--project", "search", "--trials", "4", "--format", "json"],
                              check=True, capture_output=True, text=True)
        return json.loads(done.stdout)
    assert python(KILLED_ONCE, "die").returncode == -9
    lost = search()
    assert (lost["sum"]["runs"], lost["sum"]["failed"]) == (1, 1) and lost["sum"]["failed_joules"] == lost["sum"]["joules"] > 400  # 100 W
    assert python(KILLED_ONCE, CARBONTRACKER_RESUME=lost["runs"][0]["id"]).returncode == 0
    whole = search()
    assert (whole["sum"]["runs"], whole["sum"]["failed"], whole["sum"]["failed_joules"]) == (1, 0, 0)
    assert whole["sum"]["joules"] == pytest.approx(lost["sum"]["joules"] + 100, rel=0.1)
    assert (whole["forecast"]["seen"], whole["forecast"]["remaining"]) == (1, 3)
    assert whole["forecast"]["joules"] == pytest.approx(4 * whole["sum"]["joules"])
