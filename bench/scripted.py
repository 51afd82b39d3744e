"""Hardware that plays a script in real time, measured through the real program: the accuracy figures of `make bench`.

RAPL zones are files that a thread moves on; GPUs are the scripted NVML of tests/fakes, found by the real loader. The truth is an
integral in closed form over the run's own start and duration.
"""
import datetime
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

TREE = pathlib.Path(__file__).resolve().parent.parent
NVML = TREE / "build" / "release" / "tests" / "fakes" / "nvml"


def square(low, high, period, t):
    """Energy until t of a wave that is `high` in the first half of each period."""
    n = math.floor(t / period)
    rest = t - n * period
    return n * period * (low + high) / 2 + min(rest, period / 2) * high + max(0.0, rest - period / 2) * low


class Zones:
    """Two sockets with memory; each counter passes its range within the run."""

    NAMES = ["package-0", "package-1", "dram-0", "dram-1"]
    RANGES = [262143328850, 262143328850, 65712999613, 65712999613]

    def __init__(self, root, periods):
        self.waves = [(20 + 5 * i, 180 - 30 * i, periods[i % len(periods)]) for i in range(4)]
        self.start = [r - int(5e8 + 2e8 * i) for i, r in enumerate(self.RANGES)]
        self.files = []
        for name, zone, full in zip(self.NAMES, ["intel-rapl:0", "intel-rapl:1", "intel-rapl:0/intel-rapl:0:0", "intel-rapl:1/intel-rapl:1:0"], self.RANGES):
            folder = pathlib.Path(root, "sys/class/powercap", zone)
            folder.mkdir(parents=True)
            (folder / "name").write_text(("dram" if name.startswith("dram") else name) + "\n")
            (folder / "max_energy_range_uj").write_text(f"{full}\n")
            self.files.append(os.open(folder / "energy_uj", os.O_RDWR | os.O_CREAT))
        self.stop = threading.Event()
        self.move()
        self.thread = threading.Thread(target=self.play, daemon=True)
        self.thread.start()

    def truth(self, i, t):
        return square(*self.waves[i], t)

    def move(self):
        now = time.clock_gettime(time.CLOCK_MONOTONIC)
        for i, file in enumerate(self.files):
            value = (self.start[i] + int(self.truth(i, now) * 1e6)) % (self.RANGES[i] + 1)
            os.pwrite(file, b"%020d\n" % value, 0)

    def play(self):
        while not self.stop.wait(0.002):
            self.move()


def monotonic_of(iso):
    wall = datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()
    return wall - time.time() + time.clock_gettime(time.CLOCK_MONOTONIC)


def measure(program, gpus, energy, periods, seconds, child="import time; time.sleep({})"):
    """One run of `seconds`; returns (channel or region name, figure, truth) rows."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "nvml.txt")
        cards = [(60 + 10 * i, 300 + 40 * i, periods[i % len(periods)]) for i in range(gpus)]
        script.write_text("".join(f"gpu power=square:{low}:{high}:{period} {energy}\n" for low, high, period in cards))
        zones = Zones(folder, periods)
        out = pathlib.Path(folder, "run.json")
        env = {**os.environ, "CARBONTRACKER_HOST_ROOT": folder, "CARBONTRACKER_HOME": folder + "/home", "CT_FAKE_NVML": str(script), "LD_LIBRARY_PATH": str(NVML)}
        subprocess.run([program, "run", "-q", "-o", str(out), "--", sys.executable, "-c", child.format(seconds)], env=env, check=True, stdout=subprocess.PIPE)
        report = json.loads(out.read_text())
        zones.stop.set()
        begin = monotonic_of(report["run"]["started"])
        end = begin + report["run"]["duration_s"]

    def energy_between(name, a, b):
        if name.startswith("gpu"):
            wave = cards[int(name[3:])]
            return square(*wave, b) - square(*wave, a)
        i = Zones.NAMES.index(name)
        return zones.truth(i, b) - zones.truth(i, a)

    names = [c["name"] for c in report["energy"]["channels"] if c["counted"]]
    rows = [(c["name"], c, energy_between(c["name"], begin, end)) for c in report["energy"]["channels"] if c["counted"]]
    for region in report["regions"]:
        a = monotonic_of(region["started"])
        rows.append(("region", region, sum(energy_between(n, a, a + region["seconds"]) for n in names)))
    return rows
