"""CarbonTracker's arguments and settings."""
import io
import pathlib
import re
import sys

import pytest

from carbontracker import constants
from carbontracker.exceptions import ComponentNameError
from carbontracker.tracker import CarbonTracker
from metered import read, train


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
