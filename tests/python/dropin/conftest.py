"""A meter whose clock and joules the tests set, in the place of the core."""
import pathlib
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[3]
SITE = TREE / "build" / "python" / "site"  # the sources by link, with the binding beside them
PACKAGE = SITE if SITE.exists() else TREE / "python"
for folder in (PACKAGE, pathlib.Path(__file__).parent):  # the second has the tests' own modules
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from carbontracker import _meter  # noqa: E402


class FakeMeter:
    """Constant watts by device; time passes only when a test says so."""

    made = []
    devices = [("gpu0", "NVIDIA H100", "gpu", 300.0), ("package-0", "Intel(R) Xeon(R) CPU @ 2.20GHz", "cpu", 90.0)]
    g_per_kwh = 100.0

    def __init__(self, **options):
        self.options = options
        self.now = 0.0
        self.marks = []
        self.closed = False
        self.watts = {f"{component}:{key}": watts for key, _, component, watts in type(self).devices}
        self.joules = {key: 0.0 for key, watts in self.watts.items() if watts is not None}
        self.share = 0.25  # of the run's own processes
        FakeMeter.made.append(self)

    id = "20260101-000000-fake"

    def clock(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        for key in self.joules:
            self.joules[key] += self.watts[key] * seconds

    def mark(self, kind, **values):
        self.marks.append((kind, values))

    def finish(self):
        pass

    def read(self, fresh=False):
        devices = [_meter.Device(f"{component}:{key}", name, component) for key, name, component, _ in type(self).devices]
        own = {"run:" + key: value * self.share for key, value in self.joules.items()}
        return devices, {**self.joules, **own}

    def grid(self, place=None):
        return _meter.Grid(type(self).g_per_kwh, "DK", "Denmark", "Ember", 2025)

    def close(self):
        self.closed = True


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No settings of the person who runs the tests, no store of theirs, and the working directory is empty."""
    for name in list(__import__("os").environ):
        if name.upper().startswith(("CARBONTRACKER_", "CODECARBON_")) and name != "CARBONTRACKER_PROGRAM":
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    (home / "cwd").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("CARBONTRACKER_HOME", str(home / "store"))
    monkeypatch.chdir(home / "cwd")


@pytest.fixture
def meter(monkeypatch):
    """The class of meters; `meter.made[-1]` is the newest."""
    FakeMeter.made = []

    class Meter(FakeMeter):
        pass

    monkeypatch.setattr(_meter, "factory", Meter)
    return Meter


@pytest.fixture
def memory(meter):
    """10 W of it besides."""
    meter.devices = [*meter.devices, ("dram-0", "dram", "ram", 10.0)]
