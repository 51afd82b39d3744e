"""The Python package's own costs: its import, a tracker's start, a pair of epoch calls, and a real training with and without it, in pairs.

PEERS: a Python that has the Python carbontracker and CodeCarbon installed (CARBONTRACKER_BENCH_PEERS); with it they are measured beside.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parent.parent
SITE = TREE / "build" / "python" / "site"
PEERS = os.environ.get("CARBONTRACKER_BENCH_PEERS", "")

OURS = {"import carbontracker": "import carbontracker", "the same with the binding": "import carbontracker; carbontracker.track; carbontracker.sources"}
THEIRS = {"Python carbontracker": "import carbontracker.tracker", "CodeCarbon": "import codecarbon"}

PEAK = "\nfor line in open('/proc/self/status'):\n  if line.startswith('VmHWM'): print(line)"
START = """
import json, os, time
{setup}
times = []
for _ in range({rounds}):
    begin = time.perf_counter()
    {start}
    times.append(1e3 * (time.perf_counter() - begin))
    {stop}
print(json.dumps(times))
os._exit(0)
"""
PAIR = """
import json, statistics, time
{setup}
times = []
for _ in range({rounds}):
    begin = time.perf_counter()
    {begin}
    {end}
    times.append(1e6 * (time.perf_counter() - begin))
print(json.dumps(times))
"""


def environment(home, site=True):
    env = {**os.environ, "CARBONTRACKER_HOME": home, "HOME": home}
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):  # bytecode is kept, as everywhere
        env.pop(name, None)
    env["PYTHONPYCACHEPREFIX"] = home + "/bytecode"
    return {**env, "PYTHONPATH": str(SITE)} if site else env


def spent(python, code, env):
    """(seconds, MiB at the peak) of a fresh interpreter."""
    begin = time.perf_counter()
    shown = subprocess.run([python, "-c", code + PEAK], env=env, capture_output=True, text=True, check=True).stdout
    return time.perf_counter() - begin, int(shown.split()[-2]) / 1024


def over_bare(python, code, env, rounds=25):
    spent(python, code, env)  # leaves the bytecode
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(spent(python, "pass", env))
        ours.append(spent(python, code, env))
    return tuple(statistics.median(o[i] for o in ours) - statistics.median(b[i] for b in bare) for i in (0, 1))


def answer(python, code, env, folder):
    return json.loads(subprocess.run([python, "-c", code], env=env, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def beside(ours, theirs, unit):
    """"Python carbontracker 374 ms (31x); …" of what was measured now; nothing where there are no peers."""
    return "; ".join(f"{name} {value:.4g} {unit} ({value / max(ours, 0.1):.0f}x)" for name, value in theirs.items() if value is not None)


def imports(figure, home):
    theirs = {name: over_bare(PEERS, code, environment(home, False), 5) for name, code in THEIRS.items()} if PEERS else {}
    for name, code in OURS.items():
        seconds, mib = over_bare(sys.executable, code, environment(home))
        yield figure(f"{name}: over a bare interpreter", 1e3 * seconds, "ms", 15, beside(1e3 * seconds, {n: 1e3 * t[0] for n, t in theirs.items()}, "ms"))
        yield figure(f"{name}: memory", mib, "MiB", 3, beside(mib, {n: t[1] for n, t in theirs.items()}, "MiB"))


def starts(figure, home):
    def measured(python, env, rounds, **code):
        return answer(python, START.format(rounds=rounds, **code), env, home)
    env = environment(home)
    kinds = {
        "track().start()": dict(setup="import carbontracker", start="run = carbontracker.track('bench').start()", stop="run.stop()"),
        "CarbonTracker(epochs=3)": dict(setup="from carbontracker.tracker import CarbonTracker", start="t = CarbonTracker(epochs=3, verbose=0)", stop="t.stop()"),
        "EmissionsTracker(); start()": dict(setup="from carbontracker.codecarbon import EmissionsTracker",
                                            start="t = EmissionsTracker(save_to_file=False, log_level='error'); t.start()", stop="t.stop()"),
    }
    theirs = {}
    if PEERS:
        bare = environment(home, False)
        theirs["CarbonTracker(epochs=3)"] = ("Python carbontracker", statistics.median(measured(PEERS, bare, 1, **dict(
            kinds["CarbonTracker(epochs=3)"], start="t = CarbonTracker(epochs=3, verbose=0, components='cpu', sim_cpu='x', sim_cpu_tdp=100.0)", stop="pass"))[0] for _ in range(3)))
        theirs["EmissionsTracker(); start()"] = ("CodeCarbon, offline", statistics.median(measured(PEERS, bare, 1, **dict(
            kinds["EmissionsTracker(); start()"], setup="from codecarbon import OfflineEmissionsTracker as EmissionsTracker",
            start="t = EmissionsTracker(country_iso_code='DNK', save_to_file=False, log_level='error'); t.start()", stop="pass"))[0] for _ in range(3)))
    for name, code in kinds.items():
        first = statistics.median(measured(sys.executable, env, 1, **code)[0] for _ in range(9))
        later = statistics.median(measured(sys.executable, env, 12, **code)[2:])
        told = [f"{theirs[name][0]} {theirs[name][1]:.4g} ms ({theirs[name][1] / first:.0f}x)"] if name in theirs else []
        yield figure(f"{name}, first of a process", first, "ms", 10, "; ".join([f"later ones {later:.3g} ms", *told]))


def pairs(figure, home):
    kinds = {
        "epoch pair, run.epoch_begin() and epoch_end()": dict(setup="import carbontracker; run = carbontracker.track('bench').start()",
                                                              begin="run.epoch_begin()", end="run.epoch_end()"),
        "epoch pair, CarbonTracker": dict(setup="from carbontracker.tracker import CarbonTracker; t = CarbonTracker(epochs=100000, verbose=0, epochs_before_pred=0)",
                                          begin="t.epoch_start()", end="t.epoch_end()"),
        "region, with run.region(...)": dict(setup="import carbontracker; run = carbontracker.track('bench').start()", begin="with run.region('x'):", end="    pass"),
    }
    for name, code in kinds.items():
        times = answer(sys.executable, PAIR.format(rounds=2000, **code), environment(home), home)
        yield figure(name, statistics.median(times), "us", 20, f"99th percentile {statistics.quantiles(times, n=100)[98]:.3g} us, of 2,000")


def interval(values):
    """Mean without the outer tenths, and its 95 % interval by the Student t of a trimmed mean (Tukey and McLaughlin 1963)."""
    values, n = sorted(values), len(values)
    cut = n // 10
    kept = values[cut:n - cut]
    winsorised = [min(max(v, kept[0]), kept[-1]) for v in values]
    error = statistics.stdev(winsorised) / ((1 - 2 * cut / n) * n ** 0.5)
    mean = statistics.mean(kept)
    return mean, mean - 1.99 * error, mean + 1.99 * error


def slowdown(figure, home):
    blocks = json.loads(subprocess.run([sys.executable, str(TREE / "bench" / "paired_training.py")], env=environment(home), cwd=home, capture_output=True,
                                       text=True, check=True).stdout)
    beside = [100 * ((tracked[1] - tracked[0]) / tracked[0] - (bare[1] - bare[0]) / bare[0]) for bare, tracked in blocks]  # the training is one thread, and never waits
    for what, values in (("wall time", [100 * (tracked[0] / bare[0] - 1) for bare, tracked in blocks]), ("processor time beside its own", beside)):
        mean, low, high = interval(values)
        told = f"95 %: {low:.2f} to {high:.2f} %, {len(blocks)} pairs of 0.1 s"
        if low <= 0.2 < high:  # neither shown nor refuted
            yield figure(f"slowdown of a PyTorch training, {what}", mean, "%", None, told + "; target 0.2 %: too noisy here to tell")
        else:
            yield figure(f"slowdown of a PyTorch training, {what}", mean, "%", 0.2, told, holds=high <= 0.2)


RESTING = """
import json, time, carbontracker
with carbontracker.track("resting") as run:
    time.sleep(1)
    before = time.process_time()
    time.sleep(20)
    print(json.dumps(100 * (time.process_time() - before) / 20))
"""


def resting(figure, home):
    share = answer(sys.executable, RESTING, environment(home), home)
    yield figure("processor time of a tracker, of one core", share, "%", 0.2, "over 20 s in which the program sleeps: what it takes from a training")


def rows(figure):
    if not (SITE / "carbontracker").is_dir():
        yield {"what": "Python package: not built (cmake --preset python), not run", "value": None, "unit": "", "target": None, "reached": None, "beside": ""}
        return
    with tempfile.TemporaryDirectory() as home:
        for part in (imports, starts, pairs, resting, slowdown):
            yield from part(figure, home)
