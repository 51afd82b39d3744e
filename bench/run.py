#!/usr/bin/env python3
"""Every figure that Carbontracker promises, measured now on this machine, beside what it is measured against.

usage: bench/run.py [--format text|json] [--only NAME...]

A missed figure is printed as missed; the exit code is 0 all the same. Timings on a busy machine say little: run it alone.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import python_package  # noqa: E402
import scripted  # noqa: E402

TREE = pathlib.Path(__file__).resolve().parent.parent
BUILD = TREE / "build" / "release"
PROGRAM = str(BUILD / "carbontracker")
TRACES = TREE.parent / "shared" / "data" / "hardware" / "mlperf_power"


def figure(what, value, unit, limit, beside="", holds=None):
    reached = (value <= limit if holds is None else holds) if limit is not None else None
    return {"what": what, "value": round(value, 4), "unit": unit, "target": limit, "reached": reached, "beside": beside}


def timed(command, stdout, env):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=stdout, stderr=stdout, stdin=subprocess.DEVNULL, env=env)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_up():
    with tempfile.TemporaryDirectory() as home, open(pathlib.Path(home, "out"), "w") as file:
        env = {**os.environ, "CARBONTRACKER_HOME": home + "/store"}
        for name, out in (("/dev/null", subprocess.DEVNULL), ("a file", file), ("a pipe", subprocess.PIPE)):
            bare, ours = [], []
            for _ in range(60):
                bare.append(timed(["true"], out, env))
                ours.append(timed([PROGRAM, "run", "--", "true"], out, env))
            wall = 1e3 * (statistics.median(o[0] for o in ours) - statistics.median(b[0] for b in bare))
            cpu = 1e3 * (statistics.mean(o[1] for o in ours) - statistics.mean(b[1] for b in bare))
            yield figure(f"run -- true minus true, wall, into {name}", wall, "ms", 6, "median of 60 alternating runs")
            yield figure(f"run -- true minus true, CPU, into {name}", cpu, "ms", 5, "mean of the same")


def memory():
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "CARBONTRACKER_HOME": home}
        shown = subprocess.run([PROGRAM, "run", "-q", "--", "sh", "-c", "sleep 1.5; grep VmHWM /proc/$PPID/status"], env=env, capture_output=True, text=True).stdout
        yield figure("peak memory of run, its child apart", int(shown.split()[1]) / 1024, "MiB", 8)


def samples():
    for mode, what, limit in (([], "ratio", 1.25), (["gauges"], "ours", 0.1)):
        lines = subprocess.run([BUILD / "bench_metering", "--format", "json", *mode], capture_output=True, text=True, check=True).stdout.splitlines()
        for shown in map(json.loads, lines):
            yield figure(shown["what"], shown[what], "x bare loop" if what == "ratio" else shown["unit"], limit,
                         f"ours {shown['ours']} {shown['unit']}" + (f", bare loop {shown['bare']} {shown['unit']}" if shown["bare"] else ""))


def storage():
    with tempfile.TemporaryDirectory() as folder:
        long = json.loads(subprocess.run([BUILD / "bench_storage", "long", folder + "/long", "30"], capture_output=True, text=True, check=True).stdout)
        yield figure("30 days, 40 channels: growth of memory after the first day", long["mib_at_end"] - long["mib_after_first_day"], "MiB", 1, f"{long['mib_at_end']} MiB at the end")
        yield figure("30 days, 40 channels: on disk", long["disk_mb"], "MB", 25)
        many = json.loads(subprocess.run([BUILD / "bench_storage", "many", folder + "/many", "10000"], capture_output=True, text=True, check=True).stdout)
        env = {**os.environ, "CARBONTRACKER_HOME": folder + "/many"}
        times = [timed([PROGRAM, "report", many["id"]], subprocess.DEVNULL, env)[0] for _ in range(15)]
        yield figure("report ID in a store of 10,000 runs", 1e3 * statistics.median(times), "ms", 50, f"median of 15; {many['disk_mb']} MB on disk")


def held(row):
    _, f, truth = row
    return f["low"] <= truth and (f["high"] is None or truth <= f["high"])


def accuracy():
    for gpus, periods in ((1, [0.7]), (2, [1.0, 2.0]), (4, [0.9, 4.0]), (8, [0.7, 1.3, 7.0, 30.0])):
        rows = scripted.measure(PROGRAM, gpus, "tick=0.1", periods, 20)
        worst = max(rows, key=lambda r: abs(r[1]["joules"] / r[2] - 1))
        error = 100 * abs(worst[1]["joules"] / worst[2] - 1)
        yield figure(f"energy over 20 s, {gpus} GPUs + 2 sockets with memory, worst channel", error, "%", 0.5,
                     f"{worst[0]}; low to high hold the truth in {sum(map(held, rows))} of {len(rows)}")
    rows = [r for r in scripted.measure(PROGRAM, 4, "fail=energy:3 refresh=0 window=0", [0.7, 1.0, 2.0, 4.0], 20) if r[0].startswith("gpu")]
    yield figure("the same by power alone, periods of 0.7 to 4 s, worst GPU", max(100 * abs(f["joules"] / truth - 1) for _, f, truth in rows), "%", 2,
                 f"low to high hold the truth in {sum(map(held, rows))} of {len(rows)}")


REGIONS = """
import time, random
random.seed(5)
end = time.monotonic() + {0}
n = 0
while time.monotonic() < end:
    n += 1
    time.sleep(0.5 + 2.5 * random.random())
    print(f"epoch {{n}}/100 loss 0.1", flush=True)
"""


def regions():
    rows = []
    for periods in ([0.3, 1.1], [0.9, 2.0]):
        rows += [r for r in scripted.measure(PROGRAM, 2, "tick=0.1", periods, 40, REGIONS) if r[0] == "region" and r[1]["seconds"] <= 3.2]
    errors = [100 * abs(f["joules"] / truth - 1) for _, f, truth in rows]
    yield figure("regions of 0.5 to 3 s, counters that tick every 100 ms, median", statistics.median(errors), "%", 2, f"{len(rows)} regions, worst {max(errors):.2f} %")
    share = 100 * sum(map(held, rows)) / len(rows)
    yield figure("the same: low to high hold the truth", share, "%", 95, holds=share >= 95)


def output():
    shown = subprocess.run([BUILD / "bench_output", "--bytes", "500M", "--terminal-bytes", "20M", "--rounds", "3"], capture_output=True, text=True, env={**os.environ, "CARBONTRACKER_HOME": tempfile.mkdtemp()})
    for line in shown.stdout.splitlines():
        yield {"what": line.strip(), "value": None, "unit": "", "target": None, "reached": None, "beside": ""}


def forecasts():
    shown = subprocess.run([BUILD / "bench_prediction", *([TRACES] if TRACES.is_dir() else []), "--own", TREE / "tests" / "prediction" / "traces",
                            "--synthetic", "--table", "--format", "json"], capture_output=True, text=True, check=True).stdout
    yield from json.loads(shown)
    if not TRACES.is_dir():
        yield {"what": f"forecasts of traces at {TRACES.name}: not there, not run", "value": None, "unit": "", "target": None, "reached": None, "beside": ""}


def plans():
    took = json.loads(subprocess.run([BUILD / "bench_plan"], capture_output=True, text=True, check=True).stdout)
    yield figure("plan of 96 h x 50 regions", took["ms"], "ms", 50, f"in pieces: {took['ms_pausing']} ms")


def python():
    yield from python_package.rows(figure)


PARTS = {f.__name__: f for f in (start_up, memory, samples, storage, accuracy, regions, output, forecasts, plans, python)}


def shown(row):
    if row["value"] is None:
        return row["what"]
    target = "" if row["target"] is None else f"   target {row['target']} {row['unit']}: {'reached' if row['reached'] else 'MISSED'}"
    return f"{row['what']:<72} {row['value']:>9} {row['unit']}{target}" + (f"   ({row['beside']})" if row["beside"] else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    rows = []
    for part in options.only:
        for row in PARTS[part]():
            rows.append(row)
            if options.format == "text":
                print(shown(row), flush=True)
    if options.format == "json":
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
