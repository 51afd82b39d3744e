"""What CarbonTracker prints and writes, line by line, and where."""
import contextlib
import io
import pathlib
import re

import pytest

from carbontracker import parser
from carbontracker.tracker import CarbonTracker
from metered import read, train


# 390 W for 60 s is 23 400 J; x 1.58 PUE is 36 972 J = 0.01027 kWh; at 100 g/kWh 1.027 g; by a car of 106.8 g/km 0.009616104869 km.
STANDARD = """carbontracker version 3.0.0
Only predicted and actual consumptions are multiplied by a PUE coefficient of 1.58 (Daniel Bizo, 2023, Uptime Institute Global Data Center Survey).
The following components were found: GPU with device(s) NVIDIA H100. CPU with device(s) Intel(R) Xeon(R) CPU @ 2.20GHz.
Monitoring thread started.
Epoch 1:
Duration: 0:01:00.00
Average power usage (W) for gpu: 300.0
Average power usage (W) for cpu: 90.0
Epoch 2:
Duration: 0:01:00.00
Average power usage (W) for gpu: 300.0
Average power usage (W) for cpu: 90.0
Carbon intensities (gCO2eq/kWh) by table at detected location: Denmark: [100.0] (Ember, 2025).
Average carbon intensity during training was 100.00 gCO2eq/kWh. \n\
Monitoring thread ended.
"""
OUTPUT = """CarbonTracker: The following components were found: GPU with device(s) NVIDIA H100. CPU with device(s) Intel(R) Xeon(R) CPU @ 2.20GHz.
CarbonTracker: \n\
Predicted consumption for 2 epoch(s):
\tTime:\t0:02:00
\tEnergy:\t0.020540000000 kWh
\tCO2eq:\t2.054000000000 g
\tThis is equivalent to:
\t0.019232209738 km travelled by car
CarbonTracker: Average carbon intensity during training was 100.00 gCO2eq/kWh. \n\
CarbonTracker: \n\
Actual consumption for 2 epoch(s):
\tTime:\t0:02:00
\tEnergy:\t0.020540000000 kWh
\tCO2eq:\t2.054000000000 g
\tThis is equivalent to:
\t0.019232209738 km travelled by car
CarbonTracker: Finished monitoring.
"""


def test_the_logs_are_those_of_the_python_tool_line_by_line(meter, tmp_path, capsys):
    tracker = CarbonTracker(epochs=2, log_dir=tmp_path / "logs")
    train(tracker, meter, 2)
    assert read(tracker, "standard") == STANDARD
    assert read(tracker, "output") == OUTPUT
    assert capsys.readouterr().out == OUTPUT
    assert sorted(p.name.split("Z_")[1] for p in (tmp_path / "logs").iterdir()) == ["carbontracker.log", "carbontracker_output.log"]


class TestPrinting:
    def test_nothing_at_verbose_0(self, meter, capfd):
        meter.devices = []
        tracker = CarbonTracker(epochs=1, verbose=0)
        tracker.epoch_end()
        train(tracker, meter, 1)
        assert capfd.readouterr() == ("", "")

    def test_C8_through_sys_stdout_as_it_is_then(self, meter):
        tracker = CarbonTracker(epochs=1)
        caught = io.StringIO()
        with contextlib.redirect_stdout(caught):
            train(tracker, meter, 1)
        assert re.search(r"Energy:\s*(\d+\.\d+) kWh", caught.getvalue()).group(1) == "0.010270000000"

    def test_C7_C8_tiny_figures_have_no_exponent(self, meter, tmp_path):
        meter.devices = [("package-0", "Xeon", "cpu", 1e-7)]
        tracker = CarbonTracker(epochs=1, components="cpu", log_dir=tmp_path)
        train(tracker, meter, 1)
        assert "Average power usage (W) for cpu: 0.000000100000\n" in read(tracker, "standard")
        assert "Energy:\t0.000000000003 kWh" in read(tracker, "output")

    def test_decimal_precision(self, meter, tmp_path):
        tracker = CarbonTracker(epochs=1, decimal_precision=3, log_dir=tmp_path)
        train(tracker, meter, 1)
        assert "\tEnergy:\t0.010 kWh\n\tCO2eq:\t1.027 g\n" in read(tracker, "output")

    def test_not_interpretable(self, meter, tmp_path):
        tracker = CarbonTracker(epochs=1, interpretable=False, log_dir=tmp_path)
        train(tracker, meter, 1)
        assert "equivalent" not in read(tracker, "output")
        run = parser.parse_all_logs(tmp_path)[0]
        assert run["actual"]["energy (kWh)"] == pytest.approx(0.01027) and run["actual"]["equivalents"] is None

    def test_a_decimal_comma_changes_nothing(self, meter, tmp_path, monkeypatch):
        import locale

        before = locale.setlocale(locale.LC_ALL)
        names = [name for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "da_DK.UTF-8", "C.UTF-8") if _set(locale, name)]
        try:
            tracker = CarbonTracker(epochs=1, log_dir=tmp_path)
            train(tracker, meter, 1)
            assert "0.010270000000 kWh" in read(tracker, "output") and names
        finally:
            locale.setlocale(locale.LC_ALL, before)

    def test_C6_a_log_is_readable_while_the_tracker_runs(self, meter, tmp_path):
        tracker = CarbonTracker(epochs=5, log_dir=tmp_path)
        train(tracker, meter, 3)
        assert parser.parse_logs(tmp_path)["cpu"]["avg_power_usages (W)"].tolist() == [[90.0]] * 3

    def test_the_err_log_has_its_layout(self, meter, tmp_path):
        tracker = CarbonTracker(epochs=1, log_dir=tmp_path)
        tracker.epoch_end()
        line = pathlib.Path(tracker.log_paths["err"]).read_text().splitlines()[0]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - MainThread - WARNING - epoch_end\(\) was called.*", line)


def _set(locale, name):
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    return True


class TestFileNames:
    @pytest.mark.parametrize("folder", ["logs", "./logs/", "a/b/c", "x.log", "../up"])
    def test_A27_folders_are_made(self, meter, folder):
        tracker = CarbonTracker(epochs=1, log_dir=folder)
        assert all(pathlib.Path(p).parent == pathlib.Path(folder).resolve() for k, p in tracker.log_paths.items())
        assert pathlib.Path(tracker.log_paths["standard"]).exists()

    def test_C9_the_name(self, meter, tmp_path):
        import os

        tracker = CarbonTracker(epochs=1, log_dir=tmp_path, log_file_prefix="bert_")
        name = pathlib.Path(tracker.log_paths["output"]).name
        match = re.fullmatch(r"bert__(\d+)\.(\d+)_\d{4}-\d\d-\d\dT\d{6}Z_carbontracker_output\.log", name)
        assert int(match.group(1)) == os.getpid() and 1 <= int(match.group(2)) <= 999999
