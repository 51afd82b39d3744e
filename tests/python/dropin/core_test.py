"""The Python tools' interfaces on the real core: a synthetic machine of known watts, a store of its own."""
import os
import pathlib
import subprocess
import sys

import pytest

TWO = "gpu0=const:300 package-0=const:90"


TREE = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "python" / "carbontracker"))


def wrapped(machine, code, *options, **env):
    script = machine / "job.py"
    script.write_text(code)
    return subprocess.run([PROGRAM, "run", *options, "--", sys.executable, str(script)], capture_output=True, text=True, timeout=120, cwd=machine,
                          env={**os.environ, **env})


DROPIN = """
import time
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=3, log_dir="logs", verbose=0)
for _ in range(3):
    t.epoch_start(); time.sleep(0.3); t.epoch_end()
print(t.actual["energy (kWh)"], t.actual["duration (s)"])
"""


def test_the_drop_in_measures_what_the_machine_takes(python, stored):
    done = python(DROPIN, CARBONTRACKER_SYNTHETIC=TWO, CARBONTRACKER_PUE="1.2")
    assert (done.returncode, done.stderr) == (0, "")
    kwh, seconds = map(float, done.stdout.split())
    assert 0.9 <= seconds < [run["run"]["duration_s"] for run in stored()][0]
    assert kwh == pytest.approx(390 * 1.2 * seconds / 3.6e6, rel=0.02)  # 300 W and 90 W, times the PUE
    [run] = stored()
    assert [r["name"] for r in run["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]


def test_under_the_wrapper_the_drop_in_marks_and_its_logs_have_the_wrappers_figures(machine, stored):
    done = wrapped(machine, DROPIN, CARBONTRACKER_SYNTHETIC=TWO, CARBONTRACKER_PUE="1")
    assert done.returncode == 0, done.stderr
    kwh, seconds = map(float, done.stdout.split())
    assert kwh == pytest.approx(390 * seconds / 3.6e6, rel=0.03)
    [run] = stored()  # one run: nothing is measured twice
    assert [r["name"] for r in run["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert (run["forecast"]["done"], run["forecast"]["of"]) == (3, 3)
    from carbontracker import parser
    [log] = parser.parse_all_logs(machine / "logs")
    assert log["actual"]["energy (kWh)"] == pytest.approx(kwh, rel=1e-9)
    assert log["components"]["gpu"]["avg_power_usages (W)"][1][0] == pytest.approx(300, rel=0.05)


def test_under_the_wrapper_no_session_is_opened_beside_its_own(machine):
    done = wrapped(machine, """
from carbontracker import _core
opened = []
real = _core.Session
_core.Session = lambda **options: opened.append(real(**options)) or opened[-1]
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
CarbonTracker(epochs=2, verbose=0).stop()
OfflineEmissionsTracker(country_iso_code="DNK", save_to_file=False, log_level="error").start()
print([(s.attached, s.measuring) for s in opened])
""")
    assert done.stdout == "[(True, False), (True, False)]\n", done.stderr


def test_under_the_wrapper_a_codecarbon_tracker_has_its_own_share_of_the_time(machine, stored):
    done = wrapped(machine, """
import time
from carbontracker.codecarbon import OfflineEmissionsTracker
time.sleep(0.5)                     # what the wrapper counts before is not the tracker's
t = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error")
t.start(); time.sleep(0.6)
t.stop()
d = t.final_emissions_data
print(d.energy_consumed, d.duration)
""", CARBONTRACKER_SYNTHETIC=TWO)
    kwh, seconds = map(float, done.stdout.split())
    assert 0.6 <= seconds < stored()[0]["run"]["duration_s"] - 0.5
    assert kwh == pytest.approx(390 * seconds / 3.6e6, rel=0.05)
    assert len(stored()) == 1


def test_a_wrapper_that_does_not_answer_leaves_the_logs_their_figures(machine, python, stored):
    """An older wrapper: its socket takes marks and answers nothing."""
    import socket
    (machine / "r").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as old:
        old.bind(str(machine / "r" / "s"))
        done = python(DROPIN, CARBONTRACKER_SYNTHETIC=TWO, CARBONTRACKER_SOCKET=str(machine / "r" / "s"), CARBONTRACKER_PUE="1")
        kinds = [old.recv(512, socket.MSG_DONTWAIT).split()[1].decode() for _ in range(8)]
    kwh, seconds = map(float, done.stdout.split())
    assert kwh == pytest.approx(390 * seconds / 3.6e6, rel=0.02)
    assert kinds == ["plan", "ask"] + ["epoch_begin", "epoch_end"] * 3
    assert stored() == []


def test_reading_now_leaves_no_region_behind(python, stored):
    done = python("""
import time
from carbontracker.codecarbon import OfflineEmissionsTracker
t = OfflineEmissionsTracker(country_iso_code="DNK", save_to_file=False, log_level="error")
t.start()
for _ in range(20):
    t._measure_power_and_energy(); time.sleep(0.01)
t.stop()
""")
    assert (done.returncode, done.stderr) == (0, "")
    [run] = stored()
    assert run["regions"] == []


def test_reading_now_is_exact_between_two_reads(python):
    done = python("""
import time
from carbontracker import _core
s = _core.Session(keep=False)
time.sleep(0.1)
def joules():
    began = time.perf_counter()
    [(name, domain, label, joules, run)] = s.channels(0.02)
    return began, joules
t0, j0 = joules(); time.sleep(0.25); t1, j1 = joules()
print((j1 - j0) / (t1 - t0))
""")
    assert float(done.stdout) == pytest.approx(100, rel=0.02), done.stderr  # W


def test_channels_of_a_finished_session_stay(python):
    done = python("""
import time
from carbontracker import _core
s = _core.Session(keep=False)
time.sleep(0.1); s.finish(0)
first = s.channels(0.02); time.sleep(0.05)
print(first == s.channels() and first[0][:2])
""")
    assert done.stdout == "('package-0', 'package')\n", done.stderr


def test_a_pair_of_calls_is_cheap(python):
    """Far above what it takes (bench/), far below what rebuilding each region would."""
    done = python("""
import time
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=1001, verbose=0, epochs_before_pred=0)
time.sleep(0.05)
costs = []
for _ in range(1000):
    began = time.perf_counter(); t.epoch_start(); t.epoch_end(); costs.append(time.perf_counter() - began)
print(sorted(costs)[500])
""")
    assert float(done.stdout) < 1e-3, done.stderr


def test_an_epoch_counts_what_happened_within_it_and_not_before(python):
    """A whole period of a square wave is its mean, wherever it begins; going on from the last second's power would not be."""
    done = python("""
import time
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=5, verbose=0)
for _ in range(5):
    time.sleep(0.13)
    t.epoch_start(); began = time.perf_counter()
    while time.perf_counter() - began < 0.4: time.sleep(0.001)
    t.epoch_end()
for e in t.tracker.epochs: print(sum(e.joules.values()) / e.seconds)
""", CARBONTRACKER_SYNTHETIC="gpu0=square:100:400:0.4s")
    watts = [float(line) for line in done.stdout.split()]
    assert len(watts) == 5, done.stderr
    assert sorted(watts)[2] == pytest.approx(250, rel=0.05)


def test_a_row_that_our_own_layer_wrote_is_not_imported_beside_its_run(python, machine, stored):
    done = python("""
import time
from carbontracker.codecarbon import OfflineEmissionsTracker
with OfflineEmissionsTracker(country_iso_code="DNK", project_name="mine", log_level="error"): time.sleep(0.1)
""")
    assert done.returncode == 0, done.stderr
    taken = subprocess.run([PROGRAM, "import", str(machine / "emissions.csv")], capture_output=True, text=True)
    assert (taken.stdout, taken.stderr) == ("imported 0 runs, left 1 that were there already\n", "")
    assert len(stored()) == 1


def test_a_fork_does_not_hold_what_its_parent_held(python):
    done = python("""
import os
from carbontracker import _processes
os.environ.update(LOCAL_RANK="0", TORCHELASTIC_RUN_ID="r", MASTER_ADDR="a", MASTER_PORT="1")
first = _processes.Part()
held, ended = os.pipe()
if not os.fork():
    os.close(ended); os.read(held, 1); os._exit(0)  # as long as its parent lives
first.leave()
asked = os.popen(f"{__import__('sys').executable} -c 'from carbontracker import _processes; print(_processes.Part().silent)'").read()
print(first.silent, asked.strip())
""")
    assert done.stdout == "None None\n", done.stderr
