"""What programs read of CodeCarbon's trackers beside their calls: arguments by position and by inspection, private names, detected hardware."""
import inspect
import os

import pytest

from carbontracker.codecarbon import EmissionsTracker, OfflineEmissionsTracker, _settings, track_emissions

# The constructor of version 3.0, by position.
BY_POSITION = ("project_name measure_power_secs api_call_interval api_endpoint api_key output_dir output_file save_to_file save_to_api save_to_logger "
               "logging_logger save_to_prometheus save_to_logfire prometheus_url output_handlers gpu_ids emissions_endpoint experiment_id "
               "experiment_name").split()
LATER = ("electricitymaps_api_token co2_signal_api_token tracking_mode log_level on_csv_write logger_preamble force_cpu_power force_ram_power pue wue "
         "force_carbon_intensity_g_co2e_kwh force_mode_cpu_load allow_multiple_runs rapl_include_dram rapl_prefer_psys output_methods").split()
PLACES = ["country_iso_code", "region", "cloud_provider", "cloud_region", "country_2letter_iso_code"]


def test_the_arguments_by_inspection():
    online = list(inspect.signature(EmissionsTracker).parameters)
    assert online[:19] == BY_POSITION and set(LATER) < set(online)
    assert [name for name in inspect.signature(OfflineEmissionsTracker).parameters if name not in ("args", "kwargs")] == PLACES
    decorator = list(inspect.signature(track_emissions).parameters)
    assert decorator[:2] == ["fn", "project_name"] and {"offline", *BY_POSITION, *LATER, *PLACES} < set(decorator)
    assert set(decorator) - {"fn", "offline", "settings"} <= set(_settings.DEFAULTS)


def test_arguments_by_position(meter, tmp_path):
    tracker = EmissionsTracker("name", 5, -1, None, None, tmp_path, "rows.csv")
    tracker.start()
    tracker.stop()
    assert (tmp_path / "rows.csv").exists() and tracker._conf["measure_power_secs"] == 5 and tracker._project_name == "name"


@pytest.mark.parametrize("name", PLACES)
def test_a_place_is_no_argument_of_the_tracker_that_finds_its_own(meter, name):
    with pytest.raises(TypeError, match=f"'{name}'.*OfflineEmissionsTracker"):
        EmissionsTracker(**{name: "DNK"})


def test_a_place_given_to_the_decorator_counts_without_offline(meter):
    @track_emissions(country_iso_code="FRA", save_to_file=False)
    def training():
        pass

    training()
    assert meter.made[-1].options["place"] == "FRA"


def test_B32_settings_by_their_private_names(meter, monkeypatch):
    monkeypatch.setenv("CODECARBON_MINE", "7")
    tracker = OfflineEmissionsTracker(country_iso_code="DNK", output_file="x.csv", gpu_ids=[0], region="somewhere")
    assert (tracker._output_file, tracker._save_to_file, tracker._log_level, tracker._gpu_ids, tracker._api_call_interval, tracker._country_iso_code,
            tracker._region, tracker._on_csv_write) == ("x.csv", True, "info", [0], 8, "DNK", "somewhere", "append")
    assert tracker._set_from_conf(None, "mine", 3, int) == tracker._mine == tracker._conf["mine"] == 7
    assert tracker._set_from_conf("no", "other", True, bool) is False and tracker._set_from_conf(None, "third", 2.5) == 2.5


def test_B32_what_the_machine_has_is_in_the_settings(meter):
    tracker = EmissionsTracker()
    assert tracker._conf["cpu_count"] == os.cpu_count() and tracker._conf["ram_total_size"] > 0 and tracker._conf["codecarbon_version"][0] == "3"
    tracker.start()
    assert (tracker._conf["cpu_model"], tracker._conf["gpu_count"], tracker._conf["gpu_model"]) == ("Intel(R) Xeon(R) CPU @ 2.20GHz", 1, "1 x NVIDIA H100")
    assert [type(one).__name__ for one in tracker._hardware] == ["GPU", "CPU"]


def test_B42_detected_hardware_before_the_start_and_after(machine, python):
    done = python("""
from carbontracker.codecarbon import EmissionsTracker
tracker = EmissionsTracker(log_level="error", save_to_file=False)
before = tracker.get_detected_hardware()
tracker.start()
print(before["gpu_count"], before["gpu_model"], {**before, "devices": 0, "cpu_model": 0} == {**tracker.get_detected_hardware(), "devices": 0, "cpu_model": 0})
print(sorted({"ram_total_size", "cpu_count", "cpu_physical_count", "cpu_model", "gpu_count", "gpu_model", "gpu_ids"} - set(before)))
""", CARBONTRACKER_SYNTHETIC="gpu0=const:300 gpu1=const:300 package-0=const:90")
    assert (done.stdout, done.stderr) == ("2 1 x gpu0, 1 x gpu1 True\n[]\n", "")


def test_B27_power_sums_over_their_count_are_the_mean(meter):
    tracker = EmissionsTracker(measure_power_secs=10)
    tracker.start()
    meter.made[-1].wait(100)
    assert tracker._power_measurement_count == 10
    assert [tracker._cpu_power_sum, tracker._gpu_power_sum, tracker._ram_power_sum] == pytest.approx([900, 3000, 0])


def test_B27_the_power_is_the_last_measured_and_no_mean_of_the_run(python):
    """The power rises by 100 W a second: after 4.5 s the last second's mean is 400 W, the run's 225 W (and where sleep() took longer, accordingly)."""
    done = python("""
import time
from carbontracker.codecarbon import EmissionsTracker
tracker = EmissionsTracker(log_level="error", save_to_file=False, measure_power_secs=1)
begin = time.monotonic(); tracker.start(); time.sleep(4.5)
print(tracker._gpu_power.W, time.monotonic() - begin)
tracker.stop()
print(tracker._gpu_power.W, time.monotonic() - begin)
""", CARBONTRACKER_SYNTHETIC="gpu0=ramp:0:6000:60s")
    last, then, mean, whole = map(float, done.stdout.split())
    assert [last, mean] == pytest.approx([100 * (then - 0.5), 100 * whole / 2], rel=0.1)


@pytest.mark.parametrize("name, value", [("output_methods", ["x"]), ("output_methods", 3), ("output_file", 3), ("output_dir", 3), ("output_handlers", 3),
                                         ("output_handlers", [3])])
def test_where_records_go_is_checked_at_construction(meter, name, value):
    with pytest.raises(ValueError, match=name):
        EmissionsTracker(**{name: value})


def test_a_cloud_region_that_does_not_exist_is_named(machine, ct):
    with pytest.raises(ValueError, match="cloud_region = 'nowhere-1'"):
        OfflineEmissionsTracker(cloud_provider="aws", cloud_region="nowhere-1")
