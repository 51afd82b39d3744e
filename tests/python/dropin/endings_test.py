"""Preemption, and programs that end without stop(): the log files and the CSV are whole, the host's handlers stay, a requeued job goes on."""
import csv
import os
import signal
import subprocess
import sys

import pytest

STEADY = "gpu0=const:300 package-0=const:90"
DROPIN = """
import os, sys, time
from carbontracker.tracker import CarbonTracker
tracker = CarbonTracker(epochs=5, log_dir="logs", epochs_before_pred=0)
tracker.epoch_start(); time.sleep(0.3); tracker.epoch_end()
tracker.epoch_start()
time.sleep(0.3)
print("on", flush=True)
END
"""
ROWS = """
import os, sys, time
from carbontracker.codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error")
tracker.start(); tracker.start_task("first")
time.sleep(0.3)
print("on", flush=True)
END
"""


@pytest.fixture
def preempted(machine):
    """Runs the code until it says that it is on, sends it SIGTERM; its exit status."""
    def run(code, **env):
        script = machine / "job.py"
        script.write_text(code.replace("END", "time.sleep(600)"))
        child = subprocess.Popen([sys.executable, str(script)], cwd=machine, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, "CARBONTRACKER_SYNTHETIC": STEADY, "CARBONTRACKER_PUE": "1", **env})
        while (line := child.stdout.readline()) != "on\n":
            assert line, child.stderr.read()
        child.send_signal(signal.SIGTERM)
        _, errors = child.communicate(timeout=120)
        assert errors == ""
        return child.returncode
    return run


def test_sigterm_leaves_the_logs_whole(machine, preempted, stored):
    assert preempted(DROPIN) == -signal.SIGTERM
    from carbontracker import parser
    [log] = parser.parse_all_logs(machine / "logs")
    assert log["early_stop"] and log["actual"]["epochs"] == 1
    [run] = stored()
    assert run["run"]["exit_code"] == 143 and run["run"]["ended"]
    # the partial epoch is in it: 0.3 s and some more, at 390 W
    joules = log["actual"]["energy (kWh)"] * 3.6e6
    assert 390 * 0.6 < joules and joules == pytest.approx(sum(r["joules"] for r in run["regions"]), rel=0.05)


def test_sigterm_leaves_the_row_and_the_tasks(machine, preempted, stored):
    assert preempted(ROWS) == -signal.SIGTERM
    with open(machine / "emissions.csv") as file:
        [row] = csv.DictReader(file)
    assert float(row["energy_consumed"]) * 3.6e6 == pytest.approx(390 * float(row["duration"]), rel=0.05) and float(row["duration"]) > 0.3
    [tasks] = machine.glob("emissions_base_*.csv")
    with open(tasks) as file:
        assert [task["task_name"] for task in csv.DictReader(file)] == ["first"]
    assert stored()[0]["run"]["exit_code"] == 143


def test_sigterm_with_all_three_at_once(machine, preempted, stored):
    code = "import carbontracker\nrun = carbontracker.track('own').start()\n" + ROWS.replace("END", "") + DROPIN.replace("tracker", "t2").replace("carbont2", "carbontracker").replace("carbontracker.t2", "carbontracker.tracker")
    assert preempted(code.replace('print("on", flush=True)', "", 1)) == -signal.SIGTERM
    assert (machine / "emissions.csv").exists() and len(list((machine / "logs").glob("*_output.log"))) == 1
    assert [run["run"]["exit_code"] for run in stored()] == [143] * 3


@pytest.mark.parametrize("code", [DROPIN, ROWS])
def test_handlers_of_the_host_stay_and_decide(machine, preempted, code):
    handler = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(9))\n"
    assert preempted(handler + code) == 9
    assert (machine / "emissions.csv").exists() or list((machine / "logs").glob("*_output.log"))  # by the end of the interpreter


@pytest.mark.parametrize("end, code", [("pass", 0), ("1 / 0", 1), ("sys.exit(4)", 4), ("os.kill(os.getpid(), 2)", -2)])
def test_a_program_that_ends_without_stop_has_its_logs_and_its_row(machine, python, end, code):
    for text in (DROPIN, ROWS):
        assert python(text.replace("END", end), CARBONTRACKER_SYNTHETIC=STEADY).returncode == code
    from carbontracker import parser
    [log] = parser.parse_all_logs(machine / "logs")
    assert log["early_stop"] and log["actual"]["epochs"] == 1 and log["actual"]["energy (kWh)"] > 390 * 1.58 * 0.55 / 3.6e6
    with open(machine / "emissions.csv") as file:
        assert len(list(csv.DictReader(file))) == 1


def test_a_tracker_that_was_never_used_writes_no_result(machine, python):
    done = python('from carbontracker.tracker import CarbonTracker\nt = CarbonTracker(epochs=2, log_dir="logs")\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_forgotten_tracker_gives_the_signal_back(python):
    done = python("""
import gc, signal
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
t = CarbonTracker(epochs=2); t.epoch_start()
assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
del t; gc.collect()
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
""")
    assert done.returncode == 0, done.stderr


def test_a_requeued_job_goes_on_with_its_run(machine, preempted, python, stored):
    job = {"SLURM_JOB_ID": "31", "SLURM_NNODES": "1", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"}
    assert preempted(DROPIN, **job) == -signal.SIGTERM
    assert python(DROPIN.replace("END", "tracker.epoch_end(); tracker.stop()"), **job, SLURM_RESTART_COUNT="1").returncode == 0
    [run] = stored()
    assert run["run"]["id"] == "slurm-31" and [s["attempt"] for s in run["segments"]] == [0, 1]
    assert len(list((machine / "logs").glob("*_carbontracker.log"))) == 2  # each process has logs of its own, as before


@pytest.mark.parametrize("code", [DROPIN.replace("END", "tracker.epoch_end(); tracker.stop()"), ROWS.replace("END", "tracker.stop()"),
                                  "import carbontracker\nwith carbontracker.track('third'): pass\n"])
def test_a_job_without_a_scheduler_goes_on_by_the_runs_id_or_name(python, stored, code):
    first = python(code)
    assert first.returncode == 0, first.stderr
    [run] = stored()
    for named in (run["run"]["id"], run["run"]["name"]):
        again = python(code, CARBONTRACKER_RESUME=named)
        assert (again.returncode, again.stderr) == (0, "")
    [run] = stored()
    assert [segment["attempt"] for segment in run["segments"]] == [0, 1, 2]


def test_a_run_to_go_on_with_that_is_not_there_is_said_and_a_new_one_begun(python, stored):
    done = python(ROWS.replace("END", "tracker.stop()"), CARBONTRACKER_RESUME="20990101-000000-nobody")
    assert done.returncode == 0 and "a new run is begun" in done.stderr and len(stored()) == 1


IN_A_THREAD = """
import threading
def training():
    global tracker
CODE
beginning = threading.Thread(target=training, daemon=True)
beginning.start()
beginning.join()
"""


@pytest.mark.parametrize("code", [DROPIN, ROWS, "import time, carbontracker as ct\ntracker = ct.track('own', output='report.json').start()\ntime.sleep(0.3)\nprint('on', flush=True)\nEND"])
def test_sigterm_where_the_tracker_began_in_another_thread(machine, preempted, stored, code):
    """Python lets no handler be set there: the report was what the disk held by then, without an end, and no log was written."""
    body = "\n".join("    " + line for line in code.splitlines())
    assert preempted(IN_A_THREAD.replace("CODE", body)) == -signal.SIGTERM
    [run] = stored()
    assert run["run"]["exit_code"] == 143 and run["run"]["state"] == "finished"
    assert (machine / "report.json").exists() or (machine / "emissions.csv").exists() or len(list((machine / "logs").glob("*_output.log"))) == 1


def test_sigterm_of_a_fork_is_its_own_where_the_tracker_began_in_another_thread(python, stored):
    done = python("""
import os, signal, threading, time, carbontracker as ct
run = ct.track("own")
thread = threading.Thread(target=run.start); thread.start(); thread.join()
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
child = os.fork()
if not child:
    time.sleep(600)
os.kill(child, signal.SIGTERM)
print(os.WTERMSIG(os.waitpid(child, 0)[1]), run.running)
signal.signal(signal.SIGTERM, lambda *_: print("mine"))
thread = threading.Thread(target=run.stop); thread.start(); thread.join()
os.kill(os.getpid(), signal.SIGTERM)
before = len(os.listdir("/proc/self/fd"))
for _ in range(5):
    with ct.track("again"): pass
print(len(os.listdir("/proc/self/fd")) <= before)
""")
    assert done.stdout == "15 True\nmine\nTrue\n", done.stderr
    assert [run["run"]["exit_code"] for run in stored()] == [0] * 6
