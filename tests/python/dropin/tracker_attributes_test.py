"""What programs read of a CarbonTracker beside its methods, and what it does where something fails later."""
import io
import sys

import pytest

from carbontracker import constants
from carbontracker.tracker import CarbonTracker, CarbonTrackerThread
from metered import train


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
