"""CodeCarbon's name, and the company that its trackers keep: libraries, loggers, signals, forks, the other layer."""
import csv
import importlib.metadata
import importlib.util
import logging
import pathlib
import subprocess
import sys

import pytest

from carbontracker import codecarbon
from carbontracker.codecarbon import EmissionsTracker
from carbontracker.codecarbon.output import EmissionsData
from metered import rows, wait

pytestmark = pytest.mark.usefixtures("memory")


def test_B40_the_loop_that_removes_all_handlers_ends(meter):
    logger = logging.getLogger("codecarbon")
    held = list(logger.handlers)
    try:
        while logger.hasHandlers():
            logger.removeHandler(logger.handlers[0])
    finally:
        for handler in held:
            logger.addHandler(handler)
    assert not logger.propagate


def test_B97_a_forked_child_does_nothing(meter):
    import os

    tracker = EmissionsTracker()
    tracker.start()
    wait(meter, 1)
    child = os.fork()
    if child == 0:
        tracker.flush()
        tracker.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert not pathlib.Path("emissions.csv").exists()
    tracker.stop()
    assert len(rows()) == 1


def test_B142_signal_handlers_of_the_host_stay(meter):
    import signal

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with EmissionsTracker():
        pass
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


class TestInstall:
    @pytest.fixture(autouse=True)
    def gone_afterwards(self):
        yield
        codecarbon.uninstall()

    def test_B43_B46_B47_the_alias_has_a_spec_and_a_version(self):
        codecarbon.install()
        codecarbon.install()
        assert importlib.util.find_spec("codecarbon") is not None
        assert importlib.metadata.version("codecarbon").startswith("3.3")
        import codecarbon as theirs

        assert theirs is codecarbon and theirs.__version__ == importlib.metadata.version("codecarbon")

    def test_B39_parts_by_name_are_the_same_objects(self):
        codecarbon.install()
        from codecarbon.core.units import Energy
        from codecarbon.emissions_tracker import EmissionsTracker as theirs
        from codecarbon.output_methods.emissions_data import EmissionsData as data

        assert theirs is EmissionsTracker and data is EmissionsData and Energy.from_joules(3.6e6).kWh == 1
        for part in ("output", "output_methods.base_output", "output_methods.logger", "output_methods.file", "external.hardware", "external.ram",
                     "external.logger", "external.scheduler", "external.geography", "core.cpu", "core.util", "core.gpu", "core.resource_tracker", "lock"):
            name = f"carbontracker.codecarbon.{part}"
            assert importlib.import_module("codecarbon." + part) is importlib.import_module(name)
            assert sys.modules[name].__spec__.name == name
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("codecarbon.nothing")

    def test_B49_a_function_may_be_replaced(self, monkeypatch):
        codecarbon.install()
        cpu = importlib.import_module("codecarbon.core.cpu")
        monkeypatch.setattr(cpu, "is_psutil_available", lambda: False)

    def test_another_codecarbon_is_not_pushed_aside(self, monkeypatch):
        import types

        monkeypatch.setitem(sys.modules, "codecarbon", types.ModuleType("codecarbon"))
        with pytest.raises(RuntimeError, match="before"):
            codecarbon.install()


def test_countries_are_those_of_the_table():
    from carbontracker.codecarbon.external.geography import countries

    tree = pathlib.Path(__file__).resolve().parents[3]
    with open(tree / "data" / "grid_countries.csv", newline="") as file:
        table = {r["alpha3"]: (r["alpha2"], r["name"]) for r in csv.DictReader(line for line in file if not line.startswith("#"))}
    assert countries() == table


def test_A30_both_layers_in_one_process(meter):
    from carbontracker.tracker import CarbonTracker

    with EmissionsTracker() as theirs:
        other = CarbonTracker(epochs=1, verbose=0)
        other.epoch_start()
        meter.made[-1].wait(60)
        other.epoch_end()
    assert other.actual["epochs"] == 1 and theirs.final_emissions == 0


def test_importing_the_package_brings_none_of_it():
    tree = pathlib.Path(__file__).resolve().parents[3] / "python"
    code = f"import sys; sys.path.insert(0, {str(tree)!r}); import carbontracker.tracker; print('logging' in sys.modules, 'carbontracker.codecarbon' in sys.modules)"
    assert subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout == "False False\n"
