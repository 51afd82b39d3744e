"""Bad input and bad circumstances on the real core: a ValueError that names the argument before anything starts, afterwards a warning
and right figures of what could be measured."""
import os
import pathlib
import subprocess
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[3]
STEADY = "gpu0=const:300 package-0=const:90"


def lines(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# --- wrong types, epochs=0 ---

WRONG = [("epochs", "0"), ("epochs", "-1"), ("epochs", "'3'"), ("epochs", "None"), ("epochs", "[3]"), ("epochs", "float('nan')"), ("epochs", "True"),
         ("monitor_epochs", "0"), ("monitor_epochs", "'all'"), ("epochs_before_pred", "'1'"), ("update_interval", "'1'"), ("update_interval", "-1"),
         ("interpretable", "'yes'"), ("stop_and_confirm", "2"), ("ignore_errors", "None"), ("components", "'tpu'"), ("components", "5"),
         ("devices_by_pid", "'no'"), ("log_dir", "3"), ("log_file_prefix", "3"), ("verbose", "'2'"), ("decimal_precision", "-1"), ("api_keys", "'KEY'"),
         ("api_keys", "{'nobody': 'K'}"), ("sim_cpu", "'Xeon'"), ("sim_gpu", "'H100'")]


def test_wrong_arguments_are_value_errors_that_name_them_and_nothing_has_started(python, stored):
    done = python(f"""
import threading
from carbontracker.tracker import CarbonTracker
before = threading.active_count()
for name, text in {WRONG!r}:
    try:
        CarbonTracker(**{{"epochs": 3, name: eval(text)}})
        print("accepted", name, text)
    except ValueError as error:
        if name not in str(error): print("unnamed", name, text, error)
assert threading.active_count() == before
""")
    assert lines(done) == [] and done.stderr == ""
    assert stored() == []


def test_wrong_arguments_of_the_own_interface_too(python, stored):
    done = python("""
import carbontracker
for wrong in ({"epochs": 0}, {"epochs": -3}, {"epochs": "3"}, {"name": 3}, {"project": 3}, {"tags": "a=b"}, {"place": "Atlantis"}, {"pue": 0.5}, {"pue": "1.2"},
              {"budget": "much"}, {"budget": 5}, {"on_budget": "explode"}, {"on_forecast": 3}, {"output": 3}, {"resume": 3}):
    [name] = wrong
    try:
        carbontracker.track(**wrong)
        print("accepted", wrong)
    except ValueError as error:
        if not isinstance(error, carbontracker.InvalidInput) or name not in str(error): print("unnamed", wrong, error)
""")
    assert lines(done) == [] and stored() == []


def test_wrong_arguments_of_the_codecarbon_layer_too(python):
    done = python("""
from carbontracker.codecarbon import EmissionsTracker, OfflineEmissionsTracker
for kind, wrong in ((EmissionsTracker, {"measure_power_secs": "often"}), (EmissionsTracker, {"measure_power_secs": 0}), (EmissionsTracker, {"tracking_mode": "gpu"}),
                    (EmissionsTracker, {"pue": 0.5}), (EmissionsTracker, {"on_csv_write": "overwrite"}), (EmissionsTracker, {"force_cpu_power": -1}),
                    (EmissionsTracker, {"no_such": 1}), (OfflineEmissionsTracker, {"country_iso_code": "XXX"}), (OfflineEmissionsTracker, {"region": "quebec"})):
    [name] = wrong
    try:
        kind(**wrong)
        print("accepted", wrong)
    except (ValueError, TypeError) as error:
        if name not in str(error): print("unnamed", wrong, error)
""")
    assert lines(done) == []


# --- the order of calls ---

def test_end_without_start_double_stop_and_use_after_stop(python, stored):
    done = python("""
import time
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=3, log_dir="l")
t.epoch_end(); t.epoch_end()
t.epoch_start(); t.epoch_start(); time.sleep(0.2); t.epoch_end()
t.stop(); t.stop()
t.epoch_start(); t.epoch_end(); t.stop()
print("RESULT", t.actual["epochs"], t.actual["energy (kWh)"] / t.actual["duration (s)"] * 3.6e6)
""", CARBONTRACKER_SYNTHETIC=STEADY, CARBONTRACKER_PUE="1")
    out = lines(done)
    assert done.stderr == ""
    for told in ("epoch_end() was called without epoch_start()", "epoch_start() was called twice", "epoch_start() was called after stop()"):
        assert sum(told in line for line in out) == 1, told
    assert sum(line == "CarbonTracker: Finished monitoring." for line in out) == 1
    word, epochs, watts = out[-1].split()
    assert epochs == "1" and float(watts) == pytest.approx(390, rel=0.03)
    assert len(stored()) == 1


def test_stop_before_anything_and_a_partial_epoch(python):
    done = python("""
import time
from carbontracker import parser
from carbontracker.tracker import CarbonTracker
CarbonTracker(epochs=3, log_dir="never", verbose=0).stop()
t = CarbonTracker(epochs=3, log_dir="l", verbose=0)
t.epoch_start(); time.sleep(0.2); t.epoch_end()
t.epoch_start(); time.sleep(0.2); t.stop()
[log] = parser.parse_all_logs("l")
print(log["early_stop"], log["actual"]["epochs"], log["actual"]["energy (kWh)"] * 3.6e6 / (t.tracker.epochs[0].seconds + t.tracker.partial.seconds))
print(parser.parse_all_logs("never")[0]["actual"])
""", CARBONTRACKER_SYNTHETIC=STEADY, CARBONTRACKER_PUE="1")
    first, second = lines(done)
    early, epochs, watts = first.split()
    assert (early, epochs) == ("True", "1")
    assert float(watts) == pytest.approx(390, rel=0.03)  # the partial epoch's energy is in it
    assert "'epochs': 0" in second


def test_the_own_interface_out_of_order(python, stored):
    done = python("""
import carbontracker
run = carbontracker.track("odd", epochs=3)
run.epoch_end(); run.stop(); print(run.snapshot(), run.report().to_dict())
run.start(); run.start()
run.epoch_end(); run.region_end("never begun"); run.epoch_begin(); run.epoch_begin(); run.epoch_end()
a = run.stop().to_json(); b = run.stop().to_json()
run.epoch_begin(); run.epoch_end(); run.step(3)
print(a == b)
""")
    assert lines(done) == ["None {}", "True"]
    assert done.stderr.count("before the run has begun") == 1 and done.stderr.count("after the run has ended") == 1
    assert len(stored()) == 1


# --- threads, several at once ---

def test_a_tracker_driven_from_a_thread_and_one_that_two_threads_share(python):
    done = python("""
import threading, time
from carbontracker.tracker import CarbonTracker
out = []
def job():
    t = CarbonTracker(epochs=2, verbose=0)
    for _ in range(2):
        t.epoch_start(); time.sleep(0.1); t.epoch_end()
    out.append(t.actual["energy (kWh)"] / t.actual["duration (s)"] * 3.6e6)
threads = [threading.Thread(target=job) for _ in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
print(*out)
shared = CarbonTracker(epochs=10**6, verbose=0, monitor_epochs=10**6, epochs_before_pred=0)
def beat():
    for _ in range(300):
        shared.epoch_start(); shared.epoch_end()
threads = [threading.Thread(target=beat) for _ in range(4)]
[t.start() for t in threads]; [t.join(20) for t in threads]
shared.stop()
print(any(t.is_alive() for t in threads), shared.actual["energy (kWh)"] is not None)
""", CARBONTRACKER_SYNTHETIC=STEADY, CARBONTRACKER_PUE="1")
    watts, shared = lines(done)
    assert [float(w) for w in watts.split()] == pytest.approx([390] * 3, rel=0.05)  # each sees the whole machine
    assert shared == "False True"


def test_two_trackers_at_once_measure_independently(python, stored):
    done = python("""
import time, carbontracker
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
outer = CarbonTracker(epochs=1, verbose=0); outer.epoch_start()
c = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error"); c.start()
time.sleep(0.2)
inner = CarbonTracker(epochs=1, verbose=0); inner.epoch_start()
with carbontracker.track("own") as run:
    time.sleep(0.3)
inner.epoch_end(); c.stop(); outer.epoch_end()
print(outer.actual["duration (s)"] > inner.actual["duration (s)"] + 0.15)
for t in (outer, inner): print(t.actual["energy (kWh)"] / t.actual["duration (s)"] * 3.6e6)
print(c.final_emissions_data.energy_consumed / c.final_emissions_data.duration * 3.6e6)
""", CARBONTRACKER_SYNTHETIC=STEADY, CARBONTRACKER_PUE="1")
    longer, *watts = lines(done)
    assert longer == "True"
    assert [float(w) for w in watts] == pytest.approx([390] * 3, rel=0.05)
    assert len(stored()) == 4


# --- files and text ---

def test_an_unwritable_log_dir(machine):
    """As a user who may do nothing special."""
    folder = machine / "locked"
    folder.mkdir()
    script = machine / "s.py"
    script.write_text("""
import sys
from carbontracker.tracker import CarbonTracker
try:
    CarbonTracker(epochs=1, log_dir=sys.argv[1])
except ValueError as error:
    print("log_dir" in str(error) and sys.argv[1] in str(error))
t = CarbonTracker(epochs=1, log_dir=sys.argv[1], ignore_errors=True)
t.epoch_start(); t.epoch_end()
print(t.actual["epochs"], t.log_paths)
""")
    for path in (machine, folder):
        path.chmod(0o755)
    # All that is imported later is imported while the interpreter can still be read.
    code = ("import os, sys; from carbontracker import _arrays, _core, tracker; script = open(sys.argv[1]).read(); sys.argv.pop(0)\n"
            "tracker.CarbonTracker(epochs=1, verbose=0).stop()\n"
            "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
            "else: os.chmod(os.path.dirname(sys.argv[1]), 0o555)\n"
            "exec(script)")
    done = subprocess.run([sys.executable, "-c", code, str(script), str(folder / "logs")], capture_output=True, text=True, timeout=120, cwd=machine)
    out = lines(done)
    assert out[0] == "True" and out[-1] == "1 {}"
    assert any("no log can be written there" in line for line in out)


def test_a_locale_with_decimal_commas_changes_no_figure(machine, python):
    """LC_NUMERIC of the C library and of Python set to one whose decimal sign is a comma."""
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", machine / "comma"], capture_output=True)
    name, sign = ("comma", ",") if (machine / "comma").exists() else ("C", ".")  # where the system has no sources of locales
    done = python("""
import ctypes, locale, time
print(locale.setlocale(locale.LC_ALL, ""), locale.localeconv()["decimal_point"])
printed = ctypes.create_string_buffer(20); ctypes.CDLL(None).snprintf(printed, 20, b"%.1f", ctypes.c_double(1.5)); print(printed.value.decode())
import carbontracker
from carbontracker import parser
from carbontracker.codecarbon import OfflineEmissionsTracker
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=1, log_dir="l", verbose=0)
c = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error"); c.start()
with carbontracker.track("own", pue=1.5) as run:
    t.epoch_start(); time.sleep(0.2); t.epoch_end()
c.stop()
print(run.report().to_dict()["segments"][0]["pue"])
[log] = parser.parse_all_logs("l")
print(log["actual"]["energy (kWh)"] / log["actual"]["duration (s)"] if log["actual"]["duration (s)"] else log["actual"]["energy (kWh)"] * 3.6e6 / t.actual["duration (s)"])
import csv
[row] = csv.DictReader(open("emissions.csv"))
print(float(row["energy_consumed"]) * 3.6e6 / float(row["duration"]))
""", LOCPATH=str(machine), LC_ALL=name, CARBONTRACKER_PUE="1.25", CARBONTRACKER_SYNTHETIC="gpu0=const:300.5 package-0=const:89.5")
    out = lines(done)
    assert out[:2] == [f"{name} {sign}", f"1{sign}5"]
    assert out[2] == "1.5"
    assert float(out[3]) == pytest.approx(390 * 1.25, rel=0.05)
    assert float(out[4]) == pytest.approx(390, rel=0.05)


# --- which devices ---

DEVICES = """
import json, os, sys, time
from carbontracker.tracker import CarbonTracker
with open("procs.txt", "w") as file: file.write(f"{os.getpid()} 80\\n")
t = CarbonTracker(epochs=1, log_dir="l", verbose=0, **json.loads(sys.argv[1]))
until = time.monotonic() + 60  # who uses which GPU is asked once a second
while "devices_by_pid" in sys.argv[1] and [d.name for d in t.tracker.devices("gpu")] != ["A"] and time.monotonic() < until: time.sleep(0.1); t.tracker._read()
t.epoch_start(); time.sleep(1.2); t.epoch_end()
from carbontracker import parser
log = parser.parse_all_logs("l")[0]["components"]
print(json.dumps({name: [part["devices"], part["avg_power_usages (W)"].tolist() if part["avg_power_usages (W)"] is not None else None] for name, part in log.items()}))
"""


@pytest.mark.parametrize("arguments, wanted", [
    ({}, {"gpu": (["A", "B"], [200, 400])}),
    ({"components": "gpu"}, {"gpu": (["A", "B"], [200, 400])}),
    ({"components": "gpu", "devices_by_pid": True}, {"gpu": (["A"], [200])}),
    ({"components": "gpu", "sim_gpu": "Big", "sim_gpu_watts": 500, "sim_gpu_util": 0.5}, {"gpu": (["Big"], [250])}),
])
def test_components_and_devices_by_pid_choose_what_is_counted(python, gpus, machine, arguments, wanted):
    import json
    env = gpus("gpu name=A power=const:200 procs_file=procs.txt tick=0.02", "gpu name=B power=const:400 tick=0.02 procs=1:50")
    done = python(DEVICES, json.dumps(arguments), **env)
    [line] = lines(done)
    found = json.loads(line)
    if "components" in arguments:
        assert list(found) == ["gpu"]
    for component, (names, watts) in wanted.items():
        assert found[component][0] == names
        assert found[component][1][0] == pytest.approx(watts, rel=0.05)


def test_only_the_processor_is_counted_where_only_it_is_asked_for(python):
    done = python("""
import time
from carbontracker.tracker import CarbonTracker
for chosen in ("cpu", "gpu", "gpu,cpu"):
    t = CarbonTracker(epochs=1, verbose=0, components=chosen)
    t.epoch_start(); time.sleep(0.2); t.epoch_end()
    print(t.tracker.joules(t.tracker.epochs[0]) / t.tracker.epochs[0].seconds)
""", CARBONTRACKER_SYNTHETIC=STEADY)
    assert [float(line) for line in lines(done)] == pytest.approx([90, 300, 390], rel=0.03)


# --- ranks and other processes ---

RANK = """
import sys, time
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=2, log_dir="logs", epochs_before_pred=0)
for _ in range(2):
    t.epoch_start(); time.sleep(0.2); t.epoch_end()
t.stop()
print("RESULT", t.silent is None, t.actual is not None, len(t.tracker.total_energy_per_epoch()))
"""


def test_of_a_nodes_ranks_one_has_logs_and_a_run(machine, stored):
    script = machine / "rank.py"
    script.write_text(RANK)
    ranks = [subprocess.Popen([sys.executable, str(script)], cwd=machine, env={**os.environ, "LOCAL_RANK": str(rank)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
             for rank in range(3)]
    out = [rank.communicate(timeout=120) for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0, 0]
    assert out[0][0].endswith("RESULT True True 2\n")
    assert [o for o, _ in out[1:]] == ["RESULT False False 0\n"] * 2 and [e for _, e in out[1:]] == ["", ""]
    assert len(list((machine / "logs").glob("*_carbontracker.log"))) == 1
    assert len(stored()) == 1


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_that_the_measuring_one_starts_do_not_measure_again(python, stored, method):
    done = python(f"""
import multiprocessing
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
def work(queue):
    t = CarbonTracker(epochs=1, log_dir="logs", verbose=0)
    t.epoch_start(); t.epoch_end()
    c = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error"); c.start(); c.stop()
    queue.put((t.silent, t.actual))
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    t = CarbonTracker(epochs=1, log_dir="logs", verbose=0)
    t.epoch_start()
    queue = context.Queue()
    children = [context.Process(target=work, args=(queue,)) for _ in range(2)]
    [c.start() for c in children]
    print(sorted(queue.get(timeout=120) for _ in children))
    [c.join() for c in children]
    t.epoch_end()
    print(t.actual["epochs"], open("emissions.csv").read().count("\\n"))
""")
    assert lines(done) == ["[('a worker process: its parent measures', None), ('a worker process: its parent measures', None)]", "1 3"]
    assert len(stored()) == 1  # two rows of CodeCarbon's beside it, and nothing counted twice in the store


def test_after_a_crash_of_the_measuring_process_another_one_may(python, stored):
    code = RANK.replace("t.stop()", "import os; os._exit(9)")
    assert python(code, LOCAL_RANK="0", TORCHELASTIC_RUN_ID="x", MASTER_ADDR="a", MASTER_PORT="1").returncode == 9
    again = python(RANK, LOCAL_RANK="0", TORCHELASTIC_RUN_ID="x", MASTER_ADDR="a", MASTER_PORT="1")
    assert again.stdout.endswith("RESULT True True 2\n"), again.stderr


LOCKED = """
import os, sys, tempfile
tempfile.tempdir = os.getcwd()
from carbontracker.codecarbon import OfflineEmissionsTracker
def new(): return OfflineEmissionsTracker(country_iso_code="DNK", allow_multiple_runs=False, log_level="error", save_to_file=False)
"""


def test_codecarbons_lock_keeps_a_second_instance_out_until_the_first_stops(python):
    done = python(LOCKED + """
a = new(); a.start()
b = new(); b.start(); print(b.stop(), b.final_emissions)
free = OfflineEmissionsTracker(country_iso_code="DNK", log_level="error", save_to_file=False); free.start(); print(free.stop() is not None)
print(a.stop() is not None)
c = new(); c.start(); print(c.stop() is not None, os.path.exists(".codecarbon.lock"))
""")
    assert lines(done) == ["None None", "True", "True", "True False"]
    assert done.stderr.count("another instance runs") == 1


def test_codecarbons_lock_outlives_no_crash_and_no_fork(python, machine):
    assert python(LOCKED + "a = new(); a.start(); os._exit(1)").returncode == 1
    assert (machine / ".codecarbon.lock").exists()
    done = python(LOCKED + """
a = new(); a.start()
held, ended = os.pipe()
child = os.fork()
if not child: os.close(ended); os.read(held, 1); os._exit(0)  # as long as its parent lives
a.stop()
b = new(); b.start(); print(b.stop() is not None)
""")
    assert lines(done) == ["True"]
