"""The own interface inside `carbontracker run`: the wrapper measures, and answers with the figures of its run."""
import json
import os
import pathlib
import subprocess
import sys

import pytest
from processes import wait_until

TREE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "python" / "carbontracker"))


@pytest.fixture
def wrapped(machine):
    def run(code, *options, **env):
        script = machine / "job.py"
        script.write_text("import json, sys, time, carbontracker as ct\n" + code)
        return subprocess.run([PROGRAM, "run", *options, "--", sys.executable, str(script)], capture_output=True, text=True, timeout=120, cwd=machine,
                              stdin=subprocess.DEVNULL, env={**os.environ, **env})
    return run


def shape(value):
    """Keys, in their order; lists by their first."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


LOOP = """
seen = []
with ct.track("inner", epochs=4, sinks=lambda figures, step: seen.append((step, figures))) as run:
    for epoch in run.epochs(range(3)):
        time.sleep(0.3)
    snapshot, forecast, why = run.snapshot(), run.forecast(), run.why_not()
json.dump([snapshot, forecast, why, run.forecast_reason(), run.report().to_dict(), str(run.report()), seen, run.attached], sys.stdout)
"""


def test_snapshot_forecast_report_and_sinks_have_the_wrappers_figures(wrapped, stored):
    done = wrapped(LOOP, CARBONTRACKER_PLACE="DK")
    snapshot, forecast, why, reason, report, summary, seen, attached = json.loads(done.stdout)
    assert attached and why == "" and reason == ""
    assert snapshot["joules"] == pytest.approx(100 * snapshot["duration_s"], rel=0.02) and snapshot["carbon"]["place"] == "DK"
    assert [r["name"] for r in snapshot["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert (forecast["done"], forecast["of"]) == (3, 4) and forecast["joules"] > snapshot["joules"]
    assert report["run"]["state"] == "running" and report["run"]["name"] == "job.py"
    assert report["energy"]["total"]["joules"] >= snapshot["joules"] and "energy" in summary
    assert [step for step, _ in seen] == [1, 2, 3, 3] and seen[1][1]["energy_kwh"] * 3.6e6 == pytest.approx(100 * seen[1][1]["duration_s"], rel=0.05)
    assert "forecast_energy_kwh" in seen[0][1]
    [run] = stored()
    assert run["run"]["id"] == report["run"]["id"] and run["energy"]["total"]["joules"] >= report["energy"]["total"]["joules"]


def test_the_figures_have_the_same_keys_as_without_a_wrapper(wrapped, python):
    inside = json.loads(wrapped(LOOP).stdout)
    outside = json.loads(python("import json, sys, time, carbontracker as ct\n" + LOOP).stdout)
    assert shape(inside[0]) == shape(outside[0]) and shape(inside[1]) == shape(outside[1])
    assert inside[4].keys() == outside[4].keys()


@pytest.mark.parametrize("budget, grams", [("10 J", False), ("0.001 g", True)])
def test_a_budget_holds_inside_the_wrapper(wrapped, stored, budget, grams):
    done = wrapped(f"""
try:
    with ct.track(epochs=50, budget={budget!r}, on_budget="stop") as run:
        for epoch in run.epochs(range(50)):
            time.sleep(0.1)
except ct.BudgetExceeded as error:
    print(epoch, error)
""")
    epoch, words = done.stdout.split(" ", 1)
    assert int(epoch) < 10 and words == f"the budget of {budget} is spent\n"


def test_what_belongs_to_the_outer_run_is_left_out_and_said_and_the_report_is_written(wrapped, machine):
    done = wrapped("""
with ct.track("inner", place="DK", pue=1.1, output="inner.json") as run:
    pass
""", "--place", "FR")
    assert "place, pue: left out" in done.stderr
    report = json.loads((machine / "inner.json").read_text())
    assert report["segments"][0]["place"] == "FR"


def test_a_wrapper_that_says_nothing_costs_a_moment_and_no_figures_are_made_up(machine, python):
    import socket
    (machine / "r").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as old:
        old.bind(str(machine / "r" / "s"))
        done = python("""
import time, carbontracker as ct
begin = time.monotonic()
with ct.track(epochs=3, budget="1 J", sinks=print) as run:
    for _ in run.epochs(range(3)):
        run.snapshot(); run.forecast()
print(run.snapshot(), run.forecast(), run.report().to_dict(), repr(str(run.report())), run.why_not(), time.monotonic() - begin < 60)
""", CARBONTRACKER_SOCKET=str(machine / "r" / "s"))
    assert done.stdout == "None None {} '' measured by carbontracker run, which does not answer True\n", done.stderr


def test_a_wrapper_that_is_killed_leaves_the_training_going(wrapped, machine, python):
    """The figures end with it; the loop does not."""
    script = machine / "job.py"
    script.write_text("""
import os, signal, sys, time, carbontracker as ct
wrapper = os.getppid()
with ct.track(epochs=3) as run:
    for epoch in run.epochs(range(3)):
        if epoch == 1:
            os.kill(wrapper, signal.SIGKILL)
            while os.getppid() == wrapper: time.sleep(0.01)
open("ending", "w").write(f"{run.snapshot()} {run.report().to_dict()}")
os.rename("ending", "ended")
""")
    subprocess.run([PROGRAM, "run", "--progress", "off", "--", sys.executable, str(script)], cwd=machine, timeout=120, capture_output=True)
    wait_until((machine / "ended").exists)
    assert (machine / "ended").read_text() == "None {}"


def test_threads_that_ask_at_once(wrapped):
    done = wrapped("""
import threading
with ct.track() as run:
    time.sleep(1.5)  # its counter ticks once a second
    out = []
    def ask():
        for _ in range(50): out.append(run.snapshot()["joules"] > 0 and run.report().to_dict()["schema"] == 1)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
print(len(out), all(out))
""")
    assert done.stdout == "200 True\n", done.stderr


def test_the_layers_figures_inside_the_wrapper(wrapped, machine):
    done = wrapped("""
from carbontracker.codecarbon import OfflineEmissionsTracker
from carbontracker.tracker import CarbonTracker
t = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error"); t.start()
c = CarbonTracker(epochs=2, verbose=0)
kg = []
for _ in range(2):
    c.epoch_start(); time.sleep(0.3); c.epoch_end(); kg.append(t.flush())
t.stop()
print(json.dumps([kg, t.final_emissions, t.final_emissions_data.energy_consumed, t.final_emissions_data.duration, c.results["actual"]["energy (kWh)"], c.results["actual"]["duration (s)"], c.results["pred"]["epochs"]]))
""", CARBONTRACKER_PUE="1")
    kg, final, kwh, seconds, logged, within, epochs = json.loads(done.stdout)
    assert 0 < kg[0] < kg[1] <= final and kwh * 3.6e6 == pytest.approx(100 * seconds, rel=0.05)
    assert within >= 0.6 and logged * 3.6e6 == pytest.approx(100 * within, rel=0.05) and epochs == 2
    assert len((machine / "emissions.csv").read_text().splitlines()) == 4


def test_a_wrapper_that_was_stopped_for_some_seconds_answers_again(wrapped):
    """Silent twice, it was never asked again: on a busy machine there was no forecast for the rest of the training. Nothing waits for it meanwhile."""
    done = wrapped("""
import os, signal
def until(true):
    end = time.monotonic() + 100
    while not (value := true()) and time.monotonic() < end: time.sleep(0.05)
    return value
with ct.track(epochs=4, budget="1 kWh") as run:
    os.kill(os.getppid(), signal.SIGSTOP)
    begin = time.monotonic()
    for _ in range(300):  # as many questions: with 0.25 s for each this was 75 s
        run.forecast(), run.snapshot()
    took, silent = time.monotonic() - begin, (run.forecast(), run.snapshot(), run.why_not())
    for _ in run.epochs(range(2)): time.sleep(1)
    os.kill(os.getppid(), signal.SIGCONT)
    print(took < 30, *silent)
    print(until(run.snapshot)["joules"] > 0, run.why_not() == "")
    for _ in run.epochs(range(2)): time.sleep(1)
    print(until(run.forecast)["of"], until(lambda: run.forecast_reason() == ""))
""")
    assert done.stdout == "True None None measured by carbontracker run, which does not answer\nTrue True\n4.0 True\n", done.stderr


@pytest.mark.parametrize("code", ["run.report()", "run.region_end('x')", "run.stop()"])
def test_a_stopped_wrapper_delays_no_end(wrapped, code, tmp_path):
    done = wrapped(f"""
import os, signal, subprocess, sys
run = ct.track(epochs=2, budget="1 J", on_budget="stop", output="out.json").start()
os.kill(os.getppid(), signal.SIGSTOP)
subprocess.Popen(["sh", "-c", f"sleep 3; kill -CONT {{os.getppid()}}"])
begin = time.monotonic()
{code}
print(time.monotonic() - begin < 2.5)
""")
    assert done.stdout == "True\n", done.stderr
