"""CarbonTracker's figures on a meter of known watts: predictions, several devices, none at all."""
import pathlib

import pytest

from carbontracker import parser
from carbontracker.tracker import CarbonTracker
from metered import read, train


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
    assert "Carbon intensities (gCO2eq/kWh) by table at detected location: Denmark: [100.0] (Ember, 2025)." in read(tracker, "standard")


def test_B167_the_co2_of_a_short_job_is_a_number(meter):
    tracker = CarbonTracker(epochs=1)
    train(tracker, meter, 1, 20)
    assert tracker.pred["co2eq (g)"] == tracker.pred["co2eq (g)"] > 0


def test_a_gpu_that_counts_as_used_until_the_driver_was_asked_is_given_back(meter):
    """devices_by_pid: before the first answer every GPU counts as used, and one that was chosen then stayed so."""
    meter.devices = [("gpu0", "A", "gpu", 300.0), ("gpu1", "B", "gpu", 100.0)]
    asked, real = [], meter.read
    meter.read = lambda self, **how: [(devices, {**joules, "run:gpu:gpu1": 0.0} if asked else joules) for devices, joules in [real(self, **how)]][0]
    tracker = CarbonTracker(epochs=2, components="gpu", devices_by_pid=True, verbose=0)
    tracker.epoch_start()
    meter.made[-1].wait(1)
    tracker.epoch_end()
    asked.append(True)
    tracker.epoch_start()
    meter.made[-1].wait(10)
    tracker.epoch_end()
    assert [device.name for device in tracker.tracker.devices("gpu")] == ["A"]
    assert [tracker.tracker.joules(epoch) for epoch in tracker.tracker.epochs] == pytest.approx([300, 3000])
