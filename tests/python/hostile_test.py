"""Uses that nobody meant: copies, forks in the middle, loops left early, threads and names at their worst. A clear exception when it is
made, or a warning and right figures of what could be measured; never another end of the program."""

import pathlib

import pytest

TWO = {"CARBONTRACKER_SYNTHETIC": "gpu0=const:300 package-0=const:90", "CARBONTRACKER_PUE": "1"}
ALL = """
import copy, gc, os, pickle, signal, sys, threading, time
import carbontracker as ct
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
def cc(**settings): return OfflineEmissionsTracker(country_iso_code="DNK", log_level="error", **settings)
"""


@pytest.fixture
def went(python):
    """What the code printed; it went well, and nothing was said on stderr (or `errors`)."""
    def run(code, *words, errors="", **env):
        done = python(ALL + code, *words, **{**TWO, **env})
        assert done.returncode == 0, done.stderr
        assert errors in done.stderr if errors else done.stderr == ""
        return done.stdout
    return run


# --- copies ---

def test_a_copy_of_what_has_begun_is_itself_and_elsewhere_it_does_nothing(went, stored):
    assert went("""
run, t, c = ct.track("one", epochs=2).start(), CarbonTracker(epochs=2, verbose=0), cc(save_to_file=False)
c.start(); t.epoch_start(); time.sleep(0.1); t.epoch_end()
print(all(x is copy.copy(x) is copy.deepcopy(x) for x in (run, t, c)))
there, theirs, rows = (pickle.loads(pickle.dumps(x)) for x in (run, t, c))
there.epoch_begin(); there.epoch_end(); there.stop(); theirs.epoch_start(); theirs.epoch_end(); theirs.stop()
print(there.name, there.measuring, there.report().to_dict(), there.why_not())
print(theirs.silent, theirs.results["pred"]["epochs"], theirs.tracker.epoch_counter)
print(rows.flush(), rows.stop(), rows.run_id == c.run_id)
t.stop(); c.stop(); run.stop()
print(t.actual["epochs"], len(run.report().to_dict()["regions"]))
""") == ("True\none False {} a copy: the run is measured where it began\na copy: it is measured where it began 2 0\nNone None True\n1 0\n")
    assert len(stored()) == 3


def test_what_has_not_begun_can_be_sent_elsewhere_and_begin_there(went, stored):
    assert went("""
for make in (copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
    with make(ct.track("sent", epochs=2)) as run:
        for _ in run.epochs(range(2)): time.sleep(0.05)
    c = make(cc(save_to_file=False, project_name="sent")); c.start(); time.sleep(0.05)
    print(len(run.report().to_dict()["regions"]), c.stop() > 0)
""") == "2 True\n" * 3
    assert {run["run"]["name"] for run in stored()} == {"sent"}


def test_a_report_can_be_sent_elsewhere_and_shows_what_it_is(went):
    assert went("""
with ct.track("one") as run: pass
report = run.report()
there = pickle.loads(pickle.dumps(report))
print(there.to_dict() == report.to_dict(), str(there) == str(report) != "", copy.deepcopy(report) is report, run.id in repr(report))
""") == "True True True True\n"


# --- loops, coroutines, callbacks ---

def test_a_loop_left_early_ends_its_epoch(went):
    """What comes after the loop is no part of the epoch that it was left in."""
    assert went("""
with ct.track("early", epochs=5) as run:
    begin = time.monotonic()
    for epoch in run.epochs(range(5)):
        time.sleep(0.1)
        if epoch == 1: break
    left = time.monotonic() - begin
    time.sleep(0.5)
    done, regions = run.done, run.snapshot()["regions"]
    print(done, [(r["name"], r["open"]) for r in regions], sum(r["seconds"] for r in regions) < left + 0.1)
""") == "1.0 [('epoch 1', False), ('epoch 2', False)] True\n"


def test_an_exception_in_the_loop_keeps_its_epoch_and_says_nothing_more(went):
    assert went("""
try:
    with ct.track("raised", epochs=5) as run:
        for epoch in run.epochs(range(5)):
            if epoch == 1: raise ValueError("mine")
except ValueError as error: print(error, run.report().to_dict()["run"]["exit_code"])
gc.collect()
""") == "mine 1\n"


def test_a_cancelled_coroutine_ends_its_run(went, stored):
    assert went("""
import asyncio
@ct.track
async def training(begun): begun.set(); await asyncio.Event().wait()
async def main():
    begun = asyncio.Event()
    task = asyncio.create_task(training(begun)); await begun.wait(); task.cancel()
    try: await task
    except asyncio.CancelledError: print("cancelled", ct.current())
asyncio.run(main())
""") == "cancelled None\n"
    assert stored()[0]["run"]["exit_code"] == 1


def test_what_a_callback_raises_to_end_the_program_ends_it_with_a_report(python, stored):
    done = python(ALL + """
def enough(*_): sys.exit(5)
with ct.track("enough", epochs=3, on_forecast=enough) as run:
    for _ in run.epochs(range(3)): time.sleep(0.1)
""")
    assert done.returncode == 5 and stored()[0]["run"]["ended"]


def test_a_signal_from_within_a_callback(python, stored):
    done = python(ALL + """
with ct.track("x", epochs=2, sinks=lambda *_: os.kill(os.getpid(), 15)) as run:
    for _ in run.epochs(range(2)): time.sleep(0.1)
""")
    assert done.returncode == -15 and stored()[0]["run"]["exit_code"] == 143


def test_a_handler_of_the_user_that_interrupts(went):
    assert went("""
class Handler:
    def out(self, *_): raise KeyboardInterrupt
c = cc(output_handlers=[Handler()]); c.start()
try: c.stop()
except KeyboardInterrupt: print("interrupted", c.stop() == c.final_emissions)
""") == "interrupted True\n"


def test_a_run_that_has_ended_does_not_begin_again_and_says_so(went):
    assert went("""
run = ct.track("once")
with run: pass
with run: print(run.running)
""", errors="call carbontracker.track() for another") == "False\n"


# --- processes ---

def test_a_fork_in_the_middle(went, stored):
    assert went("""
t, c, run = CarbonTracker(epochs=2, log_dir="logs", verbose=0), cc(), ct.track("parent", epochs=2).start()
c.start(); run.epoch_begin(); t.epoch_start()
child = os.fork()
if not child:
    t.epoch_end(); c.flush(); c.stop(); run.epoch_end(); run.stop()
    with ct.track("child") as own: print(own.measuring, own.why_not(), t.actual, flush=True)
    del t, c, run; gc.collect()
    sys.exit(0)
os.waitpid(child, 0)
time.sleep(0.1)
t.epoch_end(); c.stop(); run.epoch_end(); run.stop()
print(t.tracker.epoch_counter, len(open("emissions.csv").readlines()), len(run.report().to_dict()["regions"]))
""") == "False a forked process: its parent measures None\n1 2 1\n"
    assert sorted(run["run"]["name"] for run in stored()) == ["codecarbon", "parent", "script.py"]


def test_a_fork_whose_parent_has_ended_measures(went):
    assert went("""
run = ct.track("parent", keep=False).start()
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent: time.sleep(0.01)
with ct.track("daemon", keep=False) as own: print(own.measuring, flush=True)
""") == "True\n"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_trackers_of_a_module_that_workers_import_again(went, stored, machine, method):
    assert went(f"""
t, run, c = CarbonTracker(epochs=2, log_dir="logs", verbose=0), ct.track("module").start(), cc()
c.start()
def work(x): return x
if __name__ == "__main__":
    import multiprocessing
    with multiprocessing.get_context({method!r}).Pool(2) as pool: print(pool.map(work, [1, 2]))
    t.epoch_start(); t.epoch_end(); t.stop(); run.stop(); c.stop()
""") == "[1, 2]\n"
    assert len(list((machine / "logs").glob("*_carbontracker.log"))) == 1
    assert len((machine / "emissions.csv").read_text().splitlines()) == 2
    assert sorted(run["run"]["name"] for run in stored()) == ["codecarbon", "module", "script.py"]


# --- the interpreter's end ---

@pytest.mark.parametrize("call", ["run.step(1)", "run.snapshot()", "run.report()", "c.flush()", "t.epoch_start(); t.epoch_end()"])
def test_a_thread_in_the_background_goes_on_to_the_very_end(went, call):
    """The interpreter ends threads that want its lock back by unwinding them; none of our frames may turn that into an abort."""
    went(f"""
run, c, t = ct.track("x").start(), cc(save_to_file=False), CarbonTracker(epochs=10**6, monitor_epochs=10**6, epochs_before_pred=0, verbose=0)
c.start()
def beat():
    while True: {call}
for _ in range(3): threading.Thread(target=beat, daemon=True).start()
time.sleep(0.2)
""")


@pytest.mark.parametrize("end, code", [("pass", 0), ("os.kill(os.getpid(), 15)", -15)])
def test_a_thread_that_hangs_in_a_call_holds_up_no_end(python, end, code):
    """A sink or a handler whose network has gone, say: the thread is left, with what it holds."""
    done = python(ALL + f"""
hangs = threading.Semaphore(0)
def hang(*_): hangs.release(); threading.Event().wait()
class Handler: out = staticmethod(hang)
run, c = ct.track("x", sinks=hang).start(), cc(output_handlers=[Handler()])
c.start()
for call in (run.stop, c.flush): threading.Thread(target=call, daemon=True).start(); hangs.acquire()
other = ct.track("other", output="other.json").start()
{end}
""", timeout=120)
    assert (done.returncode, done.stderr) == (code, "")
    assert pathlib.Path("other.json").exists()  # it has its turn


def test_finalizers_and_exit_functions_that_use_trackers(went, machine):
    assert went("""
import atexit
class Holder:
    def __init__(self):
        self.t, self.run, self.c = CarbonTracker(epochs=2, log_dir="logs", verbose=0), ct.track().start(), cc()
        self.t.epoch_start(); self.c.start()
    def __del__(self): self.t.epoch_end(); self.t.stop(); self.run.stop(); self.c.stop()
holder = Holder()
late = CarbonTracker(epochs=1, verbose=0)
atexit.register(lambda: (late.epoch_start(), time.sleep(0.1), late.epoch_end(), print(late.actual["energy (kWh)"] > 0)))
""") == "True\n"
    assert len((machine / "emissions.csv").read_text().splitlines()) == 2


def test_os_exit_leaves_the_code_alone(python):
    done = python(ALL + 't = CarbonTracker(epochs=3, log_dir="logs", verbose=0); t.epoch_start(); c = cc(); c.start(); r = ct.track().start()\nos._exit(5)')
    assert (done.returncode, done.stdout, done.stderr) == (5, "", "")


def test_garbage_in_circles_leaves_no_thread_and_no_descriptor(went):
    assert went("""
class Holder: pass
def once():
    a = Holder(); a.t = CarbonTracker(epochs=2, verbose=0); a.c = cc(save_to_file=False); a.c.start(); a.t.me = a.c.me = a
once(); gc.collect()
before = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
for _ in range(10): once()
gc.collect()
print((len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))) == before, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
""") == "True True\n"


# --- surroundings ---

def test_without_a_home_and_with_one_that_cannot_be_written(went, python):
    code = """
t = CarbonTracker(epochs=1, verbose=0); t.epoch_start(); time.sleep(0.1); t.epoch_end()
with ct.track("x") as run: time.sleep(0.1)
c = cc(save_to_file=False); c.start()
print(t.actual["energy (kWh)"] > 0, run.report().to_dict()["energy"]["total"]["joules"] > 0, c.stop() > 0)
"""
    bare = "import os\nfor name in ('HOME', 'CARBONTRACKER_HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME'): os.environ.pop(name, None)\n"
    done = python(bare + ALL + code, **TWO)
    assert (done.stdout, done.stderr, done.returncode) == ("True True True\n", "", 0)
    assert went(code, errors="CARBONTRACKER_HOME", CARBONTRACKER_HOME="/proc/nowhere") == "True True True\n"


@pytest.mark.parametrize("close", ["sys.stdout.close()", "sys.stdout = None", "[os.close(fd) for fd in (0, 1, 2)]"])
def test_closed_streams(python, machine, close):
    done = python(ALL + f"""
{close}
t = CarbonTracker(epochs=1, log_dir="logs"); t.epoch_start(); time.sleep(0.1); t.epoch_end()
with ct.track("x", verbose=1): pass
c = cc(); c.start(); c.stop()
os._exit(0 if t.actual["energy (kWh)"] > 0 else 9)
""", **TWO)
    assert done.returncode == 0
    assert len((machine / "emissions.csv").read_text().splitlines()) == 2
    from carbontracker import parser
    assert parser.parse_all_logs(machine / "logs")[0]["actual"]["epochs"] == 1


def test_a_working_directory_that_is_gone(went):
    assert went("""
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
with ct.track("x") as run: time.sleep(0.1)
try: CarbonTracker(epochs=1, log_dir="l")
except ValueError as error: print("log_dir" in str(error), run.report().to_dict()["energy"]["total"]["joules"] > 0)
""") == "True True\n"


def test_no_descriptors_left(went):
    out = went("""
import resource
run, t = ct.track("x", epochs=2).start(), CarbonTracker(epochs=2, verbose=0)
from carbontracker import _arrays, _device, _html, sinks; import json
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
for _ in run.epochs(range(2)): t.epoch_start(); time.sleep(0.05); t.epoch_end()
run.stop()
print(t.actual["epochs"], run.report().to_dict()["schema"])
with ct.track("more") as more: time.sleep(0.05)
print(more.stopped)
""", errors="Too many open files")
    assert out == "2 1\nTrue\n"


@pytest.mark.parametrize("name", ["na\\udcffme", "a\\0b", "x" * 100000, "", "\\n"])
def test_names_that_are_no_text(went, name):
    assert went(f"""
name = "{name}"
with ct.track(name, project=name, tags={{name: name}}) as run: pass
c = cc(project_name=name, save_to_file=False); c.start()
print(run.report().to_dict()["schema"], c.stop() >= 0)
""") == "1 True\n"


def test_a_path_that_is_no_text_is_named(went):
    assert "output" in went(r"""
try: ct.track(output="a\udcffb")
except ct.InvalidInput as error: print(error)
""")


def test_clocks_that_somebody_stops(went):
    """As freezegun and its like do: durations do not come from the clock of the calendar."""
    out = went("""
t, c = CarbonTracker(epochs=1, verbose=0), cc(save_to_file=False)
c.start(); time.time = lambda: 0.0
t.epoch_start(); time.sleep(0.3); t.epoch_end(); c.stop()
print(t.actual["duration (s)"], c.final_emissions_data.duration)
""")
    assert all(0.28 < float(word) < 60 for word in out.split())


def test_a_full_disk(python, machine):
    """As a small file system in a mount namespace of its own, where that may be made: else a limit on the size of files."""
    out = python(ALL + """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
t = CarbonTracker(epochs=2, log_dir="logs"); t.epoch_start(); time.sleep(0.1)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
c = cc(); c.start()
with ct.track("x", output="report.json") as run: time.sleep(0.1)
t.epoch_end(); t.stop()
kg = c.stop()
print(t.actual["epochs"], t.actual["energy (kWh)"] > 0, kg > 0, run.report().to_dict()["energy"]["total"]["joules"] > 0)
""", **TWO)
    assert out.returncode == 0 and out.stdout.endswith("1 True True True\n"), out.stderr
    assert "could not write to" in out.stdout and "report.json" in out.stderr and "FileOutput.out" in out.stderr
