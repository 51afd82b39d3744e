"""CarbonTracker on a meter of known watts: its figures, its logs line by line, and what people do with it."""
import contextlib
import io
import pathlib
import re
import sys
import threading

import pytest

from carbontracker import constants, parser
from carbontracker.exceptions import ComponentNameError
from carbontracker.tracker import CarbonTracker, CarbonTrackerThread

STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - ", re.M)


def train(tracker, meter, epochs, seconds=60.0):
    for _ in range(epochs):
        tracker.epoch_start()
        meter.made[-1].wait(seconds)
        tracker.epoch_end()


def read(tracker, kind):
    return STAMP.sub("", pathlib.Path(tracker.log_paths[kind]).read_text())


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
Carbon intensity by table at detected location: Denmark: 100.00 gCO2eq/kWh (Ember, 2025).
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


def test_A1_stop_after_all_epochs_does_nothing_and_prints_nothing(meter, tmp_path, capsys):
    tracker = CarbonTracker(epochs=2, log_dir=tmp_path)
    train(tracker, meter, 2)
    before = read(tracker, "standard"), read(tracker, "output")
    capsys.readouterr()
    assert tracker.stop() is None and tracker.stop() is None
    assert capsys.readouterr().out == ""
    assert (read(tracker, "standard"), read(tracker, "output")) == before
    assert tracker.early_stop is False


def test_A2_one_pair_around_a_script(meter, tmp_path):
    tracker = CarbonTracker(epochs=1, log_dir=tmp_path)
    train(tracker, meter, 1, 3600)
    assert tracker.actual["epochs"] == 1
    assert tracker.actual["energy (kWh)"] == pytest.approx(0.39 * 1.58)


def test_A3_an_exception_of_the_users_code_passes_through(meter):
    tracker = CarbonTracker(epochs=1)
    with pytest.raises(KeyError, match="mine"):
        tracker.epoch_start()
        try:
            raise KeyError("mine")
        finally:
            tracker.epoch_end()


def test_A4_a_single_pair_for_many_epochs_gives_one_actual_and_a_hint(meter, tmp_path):
    tracker = CarbonTracker(epochs=100, log_dir=tmp_path)
    train(tracker, meter, 1)
    tracker.stop()
    assert tracker.actual["epochs"] == 1
    assert tracker.pred["energy (kWh)"] == pytest.approx(100 * tracker.actual["energy (kWh)"])
    assert "only 1 of 100 epochs was seen" in pathlib.Path(tracker.log_paths["err"]).read_text()


def test_A5_stop_within_an_epoch_counts_its_energy_but_not_the_epoch(meter, tmp_path):
    tracker = CarbonTracker(epochs=10, log_dir=tmp_path)
    train(tracker, meter, 2)
    tracker.epoch_start()
    meter.made[-1].wait(30)
    tracker.stop()
    assert tracker.early_stop and tracker.actual["epochs"] == 2
    # 150 s at 390 W, x 1.58
    assert tracker.actual["energy (kWh)"] == pytest.approx(390 * 150 * 1.58 / 3.6e6)
    assert tracker.actual["duration (s)"] == pytest.approx(150)
    assert tracker.pred["epochs"] == 10
    assert "Training was interrupted before all 10 epochs were monitored." in read(tracker, "standard")
    assert "Interrupted in epoch 3 after 0:00:30.00 with energy (J, without PUE): gpu 9000.0, cpu 2700.0." in read(tracker, "standard")
    (run,) = parser.parse_all_logs(tmp_path)
    assert run["early_stop"] and run["actual"]["epochs"] == 2 and run["pred"]["epochs"] == 10


def test_B8_of_the_original_stop_called_first_says_zero_epochs(meter, tmp_path):
    tracker = CarbonTracker(epochs=3, log_dir=tmp_path)
    tracker.stop()
    assert "Actual consumption for 0 epoch(s):\n\tTime:\t0:00:00\n\tEnergy:\t0.000000000000 kWh" in read(tracker, "output")
    assert parser.aggregate_consumption(tmp_path) == (0, 0, {"km travelled by car": 0})


def test_A9_B180_epoch_end_without_start_is_a_no_op_that_is_said_once(meter, capsys):
    tracker = CarbonTracker(epochs=3)
    capsys.readouterr()
    for _ in range(1000):
        tracker.epoch_end()
    out = capsys.readouterr().out
    assert out.count("epoch_end() was called without epoch_start()") == 1 and out.count("\n") == 1
    train(tracker, meter, 3)
    assert tracker.actual["epochs"] == 3


def test_epoch_start_twice_keeps_the_epoch_that_runs(meter):
    tracker = CarbonTracker(epochs=1)
    tracker.epoch_start()
    meter.made[-1].wait(10)
    tracker.epoch_start()
    meter.made[-1].wait(10)
    tracker.epoch_end()
    assert tracker.actual["duration (s)"] == 20


def test_A6_A13_B178_made_and_driven_in_other_threads(meter):
    held = []
    thread = threading.Thread(target=lambda: held.append(CarbonTracker(epochs=1)))
    thread.start()
    thread.join()
    thread = threading.Thread(target=train, args=(held[0], meter, 1))
    thread.start()
    thread.join()
    assert held[0].actual["epochs"] == 1


def test_A7_A29_hooks_pass_more_arguments_and_get_none(meter):
    tracker = CarbonTracker(epochs=1)
    assert tracker.epoch_start(1, state=object()) is None
    assert tracker.epoch_end("") is None


def test_A11_many_trackers_leave_nothing_behind_and_names_are_unique(meter, tmp_path):
    open_before = len(list(pathlib.Path("/proc/self/fd").iterdir()))
    threads_before = threading.active_count()
    for _ in range(30):
        tracker = CarbonTracker(epochs=1, log_dir=tmp_path, verbose=0)
        train(tracker, meter, 1)
    assert len(parser.parse_all_logs(tmp_path)) == 30
    assert len(list(pathlib.Path("/proc/self/fd").iterdir())) == open_before
    assert threading.active_count() == threads_before
    assert all(made.closed for made in meter.made)


def test_A12_two_at_once_are_independent_and_calls_after_the_end_are_silent(meter, capsys):
    one, two = CarbonTracker(epochs=1, verbose=1), CarbonTracker(epochs=2, verbose=1)
    first, second = meter.made
    one.epoch_start()
    two.epoch_start()
    first.wait(10)
    second.wait(20)
    one.epoch_end()
    two.epoch_end()
    capsys.readouterr()
    train(one, meter, 3)
    assert capsys.readouterr().out == ""
    assert one.actual["duration (s)"] == 10 and two.tracker.epoch_times == [20.0]


def test_A14_a_forked_child_neither_measures_nor_reports(meter, tmp_path):
    import os

    tracker = CarbonTracker(epochs=2, log_dir=tmp_path)
    train(tracker, meter, 1)
    before = read(tracker, "standard")
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            tracker.epoch_start()
            tracker.epoch_end()
            tracker.stop()
            del tracker
            code = 0
        os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert read(tracker, "standard") == before
    train(tracker, meter, 1)
    assert tracker.actual["epochs"] == 2


class TestArguments:
    """A15, A16, A28 and the bad input of the issue: at construction, a ValueError that names the argument."""

    @pytest.mark.parametrize("arguments", [
        {"epochs": 0}, {"epochs": -1}, {"epochs": "3"}, {"epochs": None}, {"epochs": 1.5}, {"epochs": True}, {"epochs": float("nan")}, {"epochs": float("inf")},
        {"monitor_epochs": 0}, {"monitor_epochs": "all"}, {"epochs_before_pred": "1"}, {"epochs_before_pred": 3, "monitor_epochs": 2},
        {"update_interval": -1}, {"update_interval": "1"}, {"interpretable": "yes"}, {"stop_and_confirm": 2}, {"ignore_errors": None},
        {"components": "tpu"}, {"components": ""}, {"components": ["gpu"]}, {"devices_by_pid": "no"}, {"log_dir": 3}, {"log_dir": ""}, {"log_dir": "a\0b"},
        {"log_file_prefix": 3}, {"verbose": "2"}, {"verbose": -1}, {"decimal_precision": -1}, {"decimal_precision": "3"},
        {"api_keys": "KEY"}, {"api_keys": {"nobody": "KEY"}}, {"sim_cpu": "Xeon"}, {"sim_gpu": "H100"},
        {"sim_cpu": "Xeon", "sim_cpu_tdp": "90"}, {"sim_cpu": "Xeon", "sim_cpu_tdp": 90, "sim_cpu_util": 1.5},
        {"sim_gpu": "H100", "sim_gpu_watts": -1}, {"sim_gpu": "H100", "sim_gpu_watts": 90, "sim_gpu_util": -0.1},
    ], ids=lambda value: ",".join(f"{k}={v!r}" for k, v in value.items()).replace("\0", "NUL"))
    def test_a_wrong_argument_is_named(self, meter, arguments):
        named = "epochs" if list(arguments) == ["epochs"] else list(arguments)[-1]
        with pytest.raises(ValueError, match=named):
            CarbonTracker(**{"epochs": 3, **arguments})
        assert not meter.made  # nothing has started

    @pytest.mark.parametrize("arguments", [
        {"epochs": 3.0}, {"monitor_epochs": -1}, {"epochs_before_pred": -1}, {"epochs_before_pred": 0}, {"update_interval": 0.01}, {"update_interval": 10},
        {"verbose": False}, {"verbose": True}, {"verbose": 3}, {"components": "GPU, cpu"}, {"components": "all"}, {"components": "cpu"},
        {"api_keys": None}, {"api_keys": {"electricitymaps": None}}, {"api_keys": {"electricitymaps": "K"}}, {"decimal_precision": 3},
        {"sim_cpu_tdp": 50}, {"monitor_epochs": 9}, {"log_file_prefix": "model_"},
    ], ids=str)
    def test_what_people_pass_is_accepted(self, meter, arguments):
        CarbonTracker(**{"epochs": 3, **arguments}).stop()

    def test_numpy_numbers_count_as_numbers(self, meter):
        import numpy

        assert CarbonTracker(epochs=numpy.int64(3), verbose=numpy.int32(0)).epochs == 3

    def test_the_first_three_by_position(self, meter):
        tracker = CarbonTracker(10, 2, 5)
        assert (tracker.epochs, tracker.epochs_before_pred, tracker.monitor_epochs) == (10, 2, 5)

    def test_all_twenty_in_their_order(self):
        import inspect

        names = list(inspect.signature(CarbonTracker).parameters)[:20]
        assert names == ["epochs", "epochs_before_pred", "monitor_epochs", "update_interval", "interpretable", "stop_and_confirm", "ignore_errors",
                         "components", "devices_by_pid", "log_dir", "log_file_prefix", "verbose", "decimal_precision", "api_keys", "sim_cpu",
                         "sim_cpu_tdp", "sim_cpu_util", "sim_gpu", "sim_gpu_watts", "sim_gpu_util"]

    def test_A28_users_errors_name_the_right_spelling(self, meter):
        with pytest.raises(TypeError, match="epochs"):
            CarbonTracker()
        with pytest.raises(TypeError, match="log_dir"):
            CarbonTracker(epochs=1, output_dir="x")
        with pytest.raises(AttributeError, match="epoch_start"):
            CarbonTracker(epochs=1).start()

    def test_an_unknown_component_has_its_own_error(self, meter):
        with pytest.raises(ComponentNameError, match="tpu"):
            CarbonTracker(epochs=1, components="gpu,tpu")


def test_epochs_before_pred_minus_one_predicts_after_all_epochs(meter, tmp_path):
    tracker = CarbonTracker(epochs=3, epochs_before_pred=-1, log_dir=tmp_path)
    train(tracker, meter, 2)
    assert tracker.pred is None
    train(tracker, meter, 1)
    assert tracker.pred["epochs"] == 3 and tracker.actual["epochs"] == 3
    output = read(tracker, "output")
    assert output.index("Predicted consumption for 3 epoch(s):") < output.index("Actual consumption for 3 epoch(s):")


def test_no_prediction_where_none_is_asked_for(meter, tmp_path):
    tracker = CarbonTracker(epochs=2, epochs_before_pred=0, log_dir=tmp_path)
    train(tracker, meter, 2)
    assert tracker.pred is None and "\nActual consumption:\n" in read(tracker, "output")
    assert parser.parse_all_logs(tmp_path)[0]["actual"]["epochs"] == 2  # counted in the standard log


def test_the_prediction_is_the_mean_epoch_times_the_planned(meter):
    tracker = CarbonTracker(epochs=10, epochs_before_pred=2, monitor_epochs=3, verbose=0)
    train(tracker, meter, 1, 120)
    train(tracker, meter, 1, 60)
    # mean of 120 s and 60 s is 90 s; 390 W x 900 s x 1.58
    assert tracker.pred["energy (kWh)"] == pytest.approx(390 * 900 * 1.58 / 3.6e6)
    assert tracker.pred["duration (s)"] == pytest.approx(900)
    train(tracker, meter, 1)
    assert tracker.actual["epochs"] == 3 and tracker.deleted


def test_B1_of_the_original_four_gpus_at_300_W_for_an_hour_are_1_2_kWh(meter, tmp_path):
    meter.devices = [(f"gpu{i}", "A100", "gpu", 300.0) for i in range(4)]
    tracker = CarbonTracker(epochs=1, components="gpu", log_dir=tmp_path)
    train(tracker, meter, 1, 3600)
    assert tracker.actual["energy (kWh)"] == pytest.approx(1.2 * 1.58)
    assert "Average power usage (W) for gpu: [300.0 300.0 300.0 300.0]" in read(tracker, "standard")
    logs = parser.parse_logs(tmp_path)
    assert logs["gpu"]["avg_power_usages (W)"].shape == (1, 4)
    assert logs["gpu"]["avg_energy_usages (J)"].sum() == pytest.approx(4.32e6)


def test_B2_of_the_original_package_200_W_and_dram_40_W_are_240_W(meter, tmp_path):
    meter.devices = [("package-0", "Xeon", "cpu", 200.0), ("dram-0", "dram-0", "ram", 40.0)]
    tracker = CarbonTracker(epochs=1, components="cpu", log_dir=tmp_path)
    train(tracker, meter, 1)
    assert "Average power usage (W) for cpu: 240.0\n" in read(tracker, "standard")
    assert "CPU with device(s) Xeon.\n" in read(tracker, "standard")


def test_two_sockets_have_a_column_each(meter, tmp_path):
    meter.devices = [("package-0", "Xeon", "cpu", 200.0), ("package-1", "Xeon", "cpu", 100.0), ("dram-1", "", "ram", 7.0), ("dram-0", "", "ram", 40.0)]
    tracker = CarbonTracker(epochs=1, components="cpu", log_dir=tmp_path)
    train(tracker, meter, 1)
    assert "Average power usage (W) for cpu: [240.0 107.0]\n" in read(tracker, "standard")


def test_B146_nothing_to_measure_is_a_warning_and_no_zero(meter, tmp_path, capsys):
    meter.devices = []
    tracker = CarbonTracker(epochs=1, components="cpu", log_dir=tmp_path)
    train(tracker, meter, 1)
    out = capsys.readouterr().out
    assert "cpu: nothing to measure it by" in out and " kWh" not in out
    assert "Average power usage (W) for cpu: None\n" in read(tracker, "standard")
    assert tracker.actual["energy (kWh)"] is None
    assert parser.parse_all_logs(tmp_path)[0]["actual"] is None


def test_B176_a_core_that_fails_turns_measuring_off_and_the_training_goes_on(monkeypatch, capsys):
    from carbontracker import _meter

    monkeypatch.setattr(_meter, "factory", lambda **_: 1 / 0)
    tracker = CarbonTracker(epochs=2)
    for _ in range(2):
        tracker.epoch_start()
        tracker.epoch_end()
    assert "nothing can be measured: division by zero" in capsys.readouterr().out


def test_B184_ten_thousand_epochs_with_a_failing_source_say_it_once(meter, tmp_path, capsys):
    tracker = CarbonTracker(epochs=10000, monitor_epochs=10000, log_dir=tmp_path)
    for _ in range(10000):
        tracker.epoch_end()
    tracker.stop()
    errors = pathlib.Path(tracker.log_paths["err"]).read_text().splitlines()
    assert len(errors) == 2 and errors[1].endswith("epoch_end: said once, met 10000 times")


def test_B168_figures_carry_value_and_source_also_where_the_prediction_comes_first(meter, tmp_path):
    tracker = CarbonTracker(epochs=5, monitor_epochs=3, log_dir=tmp_path)
    train(tracker, meter, 3)
    assert tracker.pred["co2eq (g)"] == pytest.approx(5 * 1.027)
    assert "100.00 gCO2eq/kWh (Ember, 2025)" in read(tracker, "standard")


def test_B167_the_co2_of_a_short_job_is_a_number(meter):
    tracker = CarbonTracker(epochs=1)
    train(tracker, meter, 1, 20)
    assert tracker.pred["co2eq (g)"] == tracker.pred["co2eq (g)"] > 0


class TestErrorsLater:
    def test_an_unwritable_log_dir_is_named_at_construction(self, meter, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(ValueError, match="log_dir"):
            CarbonTracker(epochs=1, log_dir=tmp_path / "file" / "logs")

    def test_and_only_a_warning_where_errors_are_to_be_ignored(self, meter, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        tracker = CarbonTracker(epochs=1, log_dir=tmp_path / "file" / "logs", ignore_errors=True)
        train(tracker, meter, 1)
        assert "log_dir" in capsys.readouterr().out and tracker.actual["epochs"] == 1 and tracker.log_paths == {}

    def test_a_full_disk_is_said_once_and_the_figures_stay_right(self, meter, capsys):
        tracker = CarbonTracker(epochs=2)
        tracker.logger.logger.handlers = [type(tracker.logger.logger)("x", "/dev/full").handlers[0]]
        train(tracker, meter, 2)
        assert capsys.readouterr().out.count("could not write to /dev/full") == 1
        assert tracker.actual["epochs"] == 2

    def test_a_meter_that_breaks_ends_the_measuring_and_not_the_training(self, meter, capsys):
        tracker = CarbonTracker(epochs=2)
        meter.made[-1].read = lambda: 1 / 0
        train(tracker, meter, 2)
        assert capsys.readouterr().out.count("ERROR - ZeroDivisionError") == 1

    def test_a_closed_stdout_harms_nobody(self, meter, monkeypatch):
        stream = io.StringIO()
        stream.close()
        monkeypatch.setattr(sys, "stdout", stream)
        tracker = CarbonTracker(epochs=1)
        train(tracker, meter, 1)
        monkeypatch.setattr(sys, "stdout", None)
        CarbonTracker(epochs=1).stop()
        assert tracker.actual["epochs"] == 1

    def test_a_place_that_does_not_exist_names_its_setting(self, meter, monkeypatch):
        def refuse(**options):
            raise ValueError("place: 'XX' is no place")

        from carbontracker import _meter

        monkeypatch.setattr(_meter, "factory", refuse)
        monkeypatch.setenv("CARBONTRACKER_PLACE", "XX")
        with pytest.raises(ValueError, match="CARBONTRACKER_PLACE"):
            CarbonTracker(epochs=1)


class TestAttributesPeopleRead:
    """A18 to A25, during the run and after it."""

    def test_A18_energy_by_epoch_before_the_first_after_the_last_and_with_the_pue_divided_out(self, meter):
        tracker = CarbonTracker(epochs=2, verbose=0)
        assert tracker.tracker.total_energy_per_epoch().sum() == 0.0
        train(tracker, meter, 2)
        energy = tracker.tracker.total_energy_per_epoch()
        assert list(energy) == pytest.approx([0.01027, 0.01027]) and energy[-1] == pytest.approx(0.01027)
        assert (energy / constants.PUE_2023).sum() == pytest.approx(0.013)

    def test_A18_without_numpy(self, meter, monkeypatch):
        monkeypatch.setitem(sys.modules, "numpy", None)
        tracker = CarbonTracker(epochs=2, verbose=0)
        train(tracker, meter, 2)
        energy = tracker.tracker.total_energy_per_epoch()
        assert type(energy).__module__ == "carbontracker._arrays"
        assert (energy / 1.58).sum() == pytest.approx(0.013) and energy[0] == pytest.approx(0.01027) and len(energy) == 2
        assert tracker._co2eq(energy).sum() == pytest.approx(2.054)

    def test_A19_co2_of_a_number_and_of_an_array(self, meter):
        tracker = CarbonTracker(epochs=1, verbose=0)
        assert tracker._co2eq(0.5) == pytest.approx(50)
        assert list(tracker._co2eq([0.5, 1.0])) == pytest.approx([50, 100])

    def test_A20_epoch_times(self, meter):
        tracker = CarbonTracker(epochs=2, verbose=0)
        train(tracker, meter, 1, 12)
        assert tracker.tracker.epoch_times == [12.0]

    def test_A21_the_intensity_is_a_number_and_an_object(self, meter):
        tracker = CarbonTracker(epochs=1, verbose=0)
        train(tracker, meter, 1)
        value = tracker.intensity_updater.average_carbon_intensity()
        assert value == 100.0 and value * 2 == 200 and value.carbon_intensity == 100.0 and value.address == "Denmark" and value.success

    def test_A23_the_path_of_the_log(self, meter, tmp_path):
        tracker = CarbonTracker(epochs=1, log_dir=tmp_path)
        assert [h.baseFilename for h in tracker.logger.logger_output.handlers] == [tracker.log_paths["output"]]
        assert CarbonTracker(epochs=1).logger.logger_output.handlers == []

    def test_A24_the_components_line_may_be_replaced(self, meter, monkeypatch, capsys):
        monkeypatch.setattr(CarbonTrackerThread, "_log_components_info", lambda self: None)
        train(CarbonTracker(epochs=1), meter, 1)
        assert "components were found" not in capsys.readouterr().out

    def test_A25_components_and_pids(self, meter):
        from carbontracker.components.component import create_components

        assert [c.available() for c in create_components("all")] == [True, True]
        assert CarbonTracker(epochs=1)._get_pids()

    def test_attributes_stay_after_the_end(self, meter):
        tracker = CarbonTracker(epochs=1, verbose=0)
        train(tracker, meter, 1)
        assert tracker.tracker and tracker.logger and tracker.intensity_updater and tracker.intensity_stopper.is_set()
        assert tracker.results["actual"]["epochs"] == 1


class TestPue:
    """A22: constant, log line and factor are one number."""

    def test_1_58_where_nothing_is_configured(self, meter):
        assert constants.PUE_2023 == 1.58

    def check(self, meter, tmp_path):
        from carbontracker.constants import PUE_2023

        tracker = CarbonTracker(epochs=1, log_dir=tmp_path / "logs")
        train(tracker, meter, 1, 3600)
        stated = float(re.search(r"PUE coefficient of ([\d.]+) ", read(tracker, "standard")).group(1))
        assert stated == PUE_2023 == 1.2
        assert tracker.actual["energy (kWh)"] == pytest.approx(0.39 * 1.2)
        assert meter.made[-1].options["pue"] == 1.2

    def test_from_the_environment(self, meter, tmp_path, monkeypatch):
        monkeypatch.setenv("CARBONTRACKER_PUE", "1.2")
        self.check(meter, tmp_path)

    def test_from_the_directorys_file(self, meter, tmp_path):
        pathlib.Path(".carbontracker.toml").write_text('place = "DK"  # here\npue = 1.2 # measured\n[other]\npue = 9\n')
        self.check(meter, tmp_path)
        assert meter.made[-1].options["place"] == "DK"

    def test_a_bad_one_names_its_source(self, meter, monkeypatch):
        monkeypatch.setenv("CARBONTRACKER_PUE", "0.5")
        with pytest.raises(ValueError, match="CARBONTRACKER_PUE"):
            CarbonTracker(epochs=1)


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


class TestSimulated:
    def test_a_pretended_cpu_and_gpu(self, meter, tmp_path):
        tracker = CarbonTracker(epochs=1, log_dir=tmp_path, sim_cpu="EPYC 7763", sim_cpu_tdp=280, sim_gpu="H100", sim_gpu_watts=700, sim_gpu_util=1)
        train(tracker, meter, 1, 3600)
        assert tracker.actual["energy (kWh)"] == pytest.approx((140 + 700) / 1000 * 1.58)  # half of 280 W, all of 700 W
        assert "GPU with device(s) H100. CPU with device(s) EPYC 7763." in read(tracker, "standard")


class TestConfirm:
    def ask(self, meter, monkeypatch, answers):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        tracker = CarbonTracker(epochs=2, stop_and_confirm=True)
        train(tracker, meter, 1)
        return tracker

    def test_yes_after_a_slip(self, meter, monkeypatch, capsys):
        tracker = self.ask(meter, monkeypatch, "what\ny\n")
        out = capsys.readouterr().out
        assert "Continue training (y/n)?" in out and "Try again" in out and out.endswith("CarbonTracker: Continuing...\n")
        assert not tracker.deleted

    def test_no_ends_as_the_user_said(self, meter, monkeypatch, tmp_path):
        with pytest.raises(SystemExit) as ended:
            self.ask(meter, monkeypatch, "n\n")
        assert ended.value.code == 0 and meter.made[-1].closed

    def test_nobody_there(self, meter, monkeypatch, capsys):
        assert not self.ask(meter, monkeypatch, "").deleted
        assert "nobody answers" in capsys.readouterr().out


def test_B142_signal_handlers_of_the_host_stay(meter):
    import signal

    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    train(CarbonTracker(epochs=1), meter, 1)
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before


def test_stop_from_a_signal_handler_inside_a_call_does_not_hang(meter):
    tracker = CarbonTracker(epochs=2, log_dir="logs")
    tracker.logger.info = lambda *messages, write=tracker.logger.info: (tracker.stop(), write(*messages))
    train(tracker, meter, 1)
    assert tracker.deleted


def test_A10_as_a_context(meter):
    with CarbonTracker(epochs=3, verbose=0) as tracker:
        train(tracker, meter, 1)
    assert tracker.early_stop and tracker.actual["epochs"] == 1


def test_the_core_is_told_of_the_epochs(meter):
    train(CarbonTracker(epochs=2), meter, 2)
    assert [(kind, values["done"], values["of"]) for kind, values in meter.made[-1].marks] == [
        ("epoch_begin", 0, 2), ("epoch_end", 1, 2), ("epoch_begin", 1, 2), ("epoch_end", 2, 2)]


def test_importing_brings_nothing_heavy():
    import subprocess

    heavy = "{'logging','dataclasses','typing','numpy','pandas','threading','random','re','json','argparse','datetime','inspect'}"
    code = f"import sys; before = set(sys.modules); import carbontracker.tracker; print(sorted((set(sys.modules) - before) & {heavy}))"
    tree = pathlib.Path(__file__).resolve().parents[3] / "python"
    out = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(tree)!r}); " + code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
