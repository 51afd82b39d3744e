"""CodeCarbon's interface on a meter of known watts: 300 W of GPU, 90 W of CPU, 10 W of memory; 100 g/kWh."""
import asyncio
import dataclasses
import json
import logging
import pathlib

import pytest

from carbontracker.codecarbon import EmissionsTracker, OfflineEmissionsTracker, TaskEmissionsTracker, track_emissions
from carbontracker.codecarbon.output import BaseOutput, EmissionsData, LoggerOutput
from carbontracker.codecarbon.output_methods.emissions_data import COLUMNS
from metered import rows, wait

pytestmark = pytest.mark.usefixtures("memory")


# 1.5 of codecarbon_python.md: the header of version 3.3.
HEADER = ("timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,"
          "ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
          "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,"
          "gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue").split(",")


def test_B1_start_stop_kg_and_a_row(meter):
    tracker = EmissionsTracker()
    tracker.start()
    wait(meter, 3600)
    kg = tracker.stop()
    assert kg == pytest.approx(0.04)  # 400 W for 1 h is 0.4 kWh, at 100 g/kWh 40 g
    (row,) = rows()
    assert list(row) == HEADER == COLUMNS
    assert [float(row[c]) for c in ("duration", "emissions", "cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy", "ram_energy",
                                    "energy_consumed")] == pytest.approx([3600, 0.04, 90, 300, 10, 0.09, 0.3, 0.01, 0.4])
    assert row["run_id"] == tracker.run_id and row["country_iso_code"] == "DNK" and row["country_name"] == "Denmark"


def test_B2_B3_with_and_stop_inside_give_one_row(meter):
    with EmissionsTracker(project_name="p") as tracker:
        tracker.start()
        wait(meter, 36)
        first = tracker.stop()
    assert len(rows()) == 1 and tracker.stop() == first == tracker.final_emissions == tracker.final_emissions_data.emissions


def test_B4_the_decorator_keeps_name_doc_result_and_exception(meter):
    @track_emissions
    def work(x):
        "doc"
        wait(meter, 36)
        if x < 0:
            raise KeyError(x)
        return x + 1

    assert work(1) == 2 and (work.__name__, work.__doc__) == ("work", "doc")
    with pytest.raises(KeyError):
        work(-1)
    assert len(rows()) == 2 and float(rows()[1]["duration"]) == 36


def test_B5_B6_offline_and_coroutines_and_generators(meter):
    @track_emissions(offline=True, country_iso_code="FRA", output_file="other.csv")
    async def work():
        await asyncio.sleep(0)
        wait(meter, 2)
        return 7

    @track_emissions(offline=True, country_iso_code="FRA", output_file="other.csv")
    def numbers():
        yield 1
        wait(meter, 3)
        yield 2

    assert asyncio.run(work()) == 7 and list(numbers()) == [1, 2]
    assert [float(row["duration"]) for row in rows("other.csv")] == [2.0, 3.0]


def test_B7_B151_unknown_countries_and_arguments_are_named_at_construction(meter):
    with pytest.raises(ValueError, match="XYZ"):
        OfflineEmissionsTracker(country_iso_code="XYZ")
    with pytest.raises(TypeError, match="wrong"):
        OfflineEmissionsTracker(country_iso_code="FRA", wrong=1)
    with pytest.raises(ValueError, match="region = 'abcd'"):
        OfflineEmissionsTracker(region="abcd")


@pytest.mark.parametrize("given,place", [({"country_iso_code": "CAN", "region": "quebec"}, "CA-QC"), ({"country_iso_code": "USA", "region": "California"}, "US-CA"),
                                         ({"country_iso_code": "BRA", "region": "pernambuco"}, "BRA"), ({"country": "Canada"}, "CAN"), ({"country_iso_code": "fra"}, "FRA")], ids=str)
def test_B7_where_it_runs(meter, given, place):
    assert OfflineEmissionsTracker(**given)._place == place


@pytest.mark.parametrize("level", ["error", "ERROR", "critical", logging.WARNING, 0, "40", "nonsense"])
def test_B10_log_levels(meter, level):
    EmissionsTracker(log_level=level)


def test_B11_a_period_longer_than_the_run(meter):
    with EmissionsTracker(measure_power_secs=3600) as tracker:
        wait(meter, 3.6)
    assert tracker.final_emissions_data.energy_consumed == pytest.approx(0.0004)
    with pytest.raises(ValueError, match="measure_power_secs"):
        EmissionsTracker(measure_power_secs=0)


def test_B12_process_is_the_share_of_the_runs_processes(meter):
    with EmissionsTracker(tracking_mode="process") as tracker:
        wait(meter, 3600)
    assert tracker.final_emissions_data.energy_consumed == pytest.approx(0.1) and rows()[0]["tracking_mode"] == "process"
    with pytest.raises(ValueError, match="tracking_mode"):
        EmissionsTracker(tracking_mode="pod")


def test_B13_no_file_and_a_subclass_of_the_logger_output(meter):
    class Mine(LoggerOutput):
        def __init__(self):
            super().__init__(logging.getLogger("x"))

        def out(self, total, delta):
            self.total = total

    mine = Mine()
    with EmissionsTracker(save_to_file=False, save_to_logger=True, logging_logger=mine):
        wait(meter, 3600)
    assert mine.total.energy_consumed == pytest.approx(0.4) and not pathlib.Path("emissions.csv").exists()


def test_B13_json_lines_through_a_plain_logger(meter):
    lines = []
    plain = logging.getLogger("plain")
    plain.setLevel(logging.INFO)
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    plain.addHandler(handler)
    with EmissionsTracker(output_methods=["logger"], logging_logger=plain):
        wait(meter, 3600)
    assert json.loads(lines[-1])["energy_consumed"] == pytest.approx(0.4)


@pytest.mark.parametrize("ids,kwh", [(None, 0.6), ("0", 0.3), ([1], 0.3), ([0, 1], 0.6), ("", 0.6)], ids=str)
def test_B16_B149_gpu_ids(meter, ids, kwh, caplog):
    meter.devices = [("gpu0", "A", "gpu", 300.0), ("gpu1", "B", "gpu", 300.0)]
    with EmissionsTracker(gpu_ids=ids) as tracker:
        wait(meter, 3600)
    assert tracker.final_emissions_data.gpu_energy == pytest.approx(kwh)


def test_B18_keys_and_endpoints_are_accepted(meter):
    EmissionsTracker(api_call_interval=-1, api_key="k", api_endpoint="e", emissions_endpoint=None, co2_signal_api_token="", allow_multiple_runs=True)


def test_B19_factors(meter):
    with EmissionsTracker(force_carbon_intensity_g_co2e_kwh=500, pue=1.5, wue=1.8, force_ram_power=20, default_cpu_power=45) as tracker:
        wait(meter, 3600)
    data = tracker.final_emissions_data
    assert data.gpu_energy == pytest.approx(0.45) and data.ram_energy == pytest.approx(0.03) and data.ram_power == pytest.approx(20)
    assert data.emissions == pytest.approx(data.energy_consumed * 0.5)
    assert data.water_consumed == pytest.approx(data.energy_consumed / 1.5 * 1.8)  # litres per IT kWh


def test_B20_handlers_hear_everything(meter):
    heard = []

    class Mine(BaseOutput):
        def out(self, total, delta):
            heard.append(("out", total.duration, delta.duration))

        def task_out(self, data, experiment_name, output_dir):
            heard.append(("tasks", [(d.task_name, d.duration) for d in data], experiment_name))

    tracker = EmissionsTracker(save_to_file=False, output_handlers=[Mine()])
    tracker.start()
    wait(meter, 2)
    tracker.flush()
    tracker.start_task("a")
    wait(meter, 3)
    tracker.stop_task()
    tracker.stop()
    assert heard == [("out", 2.0, 2.0), ("out", 5.0, 3.0), ("tasks", [("a", 3.0)], "base")]


def test_B21_C20_tasks_without_start(meter):
    tracker = EmissionsTracker()
    tracker.start_task("load")
    wait(meter, 3600)
    data = tracker.stop_task()
    assert dataclasses.asdict(data)["energy_consumed"] == pytest.approx(0.4) and data.gpu_power == pytest.approx(300)
    wait(meter, 3600)
    tracker.start_task("infer")
    wait(meter, 1800)
    assert tracker.stop_task("infer").energy_consumed == pytest.approx(0.2)
    tracker.stop()
    tasks = rows(f"emissions_base_{tracker.run_id}.csv")
    assert [t["task_name"] for t in tasks] == ["load", "infer"] and "pue" not in tasks[0] and list(tasks[0])[0] == "task_name"


def test_B22_repeated_and_unnamed_tasks_leave_the_runs_duration_alone(meter):
    tracker = EmissionsTracker()
    tracker.start()
    wait(meter, 10)
    for name in ("a", "a", None):
        tracker.start_task(name)
        wait(meter, 1)
        tracker.stop_task()
    with TaskEmissionsTracker("b", tracker=tracker):
        wait(meter, 1)
    tracker.stop()
    assert tracker.final_emissions_data.duration == 14 and len(tracker._tasks) == 4
    assert tracker._tasks["a"].emissions_data.duration == 1


def test_B23_flush_gives_kg_and_a_row_each_and_totals_rise(meter):
    tracker = EmissionsTracker()
    tracker.start()
    kilograms = []
    for _ in range(3):
        wait(meter, 3600)
        kilograms.append(tracker.flush())
    assert kilograms == pytest.approx([0.04, 0.08, 0.12]) and len(rows()) == 3


def test_B24_to_B28_private_totals(meter):
    tracker = EmissionsTracker()
    tracker.start()
    wait(meter, 3600)
    before = tracker._total_energy
    assert before.kWh == pytest.approx(0.4) == float(before)
    wait(meter, 3600)
    assert before.kWh == pytest.approx(0.4) and (tracker._total_energy - before).kWh == pytest.approx(0.4)
    assert [getattr(tracker, f"_total_{c}_energy").kWh for c in ("cpu", "gpu", "ram")] == pytest.approx([0.18, 0.6, 0.02])
    assert tracker._total_emissions == pytest.approx(0.08) and tracker._gpu_power.W == pytest.approx(300)
    assert tracker._prepare_emissions_data(delta=True).energy_consumed == pytest.approx(0.8)
    tracker.stop()
    assert tracker._prepare_emissions_data().energy_consumed == pytest.approx(0.8) and tracker._start_time is not None
    assert tracker._total_energy.kWh == pytest.approx(0.8)


def test_B29_model_cards_have_their_co2_after_stop(meter):
    tracker = EmissionsTracker()
    assert tracker._start_time is None
    tracker.start()
    wait(meter, 3600)
    tracker.stop()
    assert tracker._start_time is not None and tracker._prepare_emissions_data().emissions * 1000 == pytest.approx(40)


def test_B31_the_place_is_there_before_the_start(meter):
    geo = EmissionsTracker()._geo
    assert (geo.country_iso_code, geo.country_name) == ("DNK", "Denmark")


def test_B32_names_that_are_read(meter):
    tracker = EmissionsTracker()
    assert tracker._conf["tracking_mode"] == "machine" and tracker._project_name == "codecarbon" and dict(vars(tracker))
    tracker._scheduler.stop()


def test_B33_an_overridden_measurement_is_called(meter):
    import time

    called = []

    class Mine(OfflineEmissionsTracker):
        def __init__(self, **kw):
            super().__init__(**kw)

        def _measure_power_and_energy(self):
            called.append(1)
            super()._measure_power_and_energy()

    tracker = Mine(country_iso_code="DNK", measure_power_secs=0.01)
    tracker.start()
    deadline = time.monotonic() + 60
    while len(called) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    tracker.stop()
    assert len(called) >= 3


def test_B34_stop_without_start_is_none(meter):
    assert EmissionsTracker().stop() is None and not pathlib.Path("emissions.csv").exists()


def test_B35_a_restart_has_its_own_energy_and_duration(meter):
    tracker = EmissionsTracker()
    for seconds in (3600, 1800):
        tracker.start()
        wait(meter, seconds)
        tracker.stop()
    assert [float(r["duration"]) for r in rows()] == [3600, 1800]
    assert [float(r["energy_consumed"]) for r in rows()] == pytest.approx([0.4, 0.2])


def test_C18_values_are_a_fresh_dict_and_json(meter):
    with EmissionsTracker(experiment_id=12) as tracker:
        wait(meter, 1)
    data = tracker.final_emissions_data
    data.values["mine"] = 1
    assert "mine" not in data.values and json.loads(data.toJSON())["experiment_id"] == "12" and json.dumps(data.__dict__)
    assert isinstance(data, EmissionsData) and list(dataclasses.asdict(data)) == COLUMNS


def test_C21_users_errors_name_the_right_attribute(meter):
    with pytest.raises(TypeError, match="final_emissions_data"):
        EmissionsTracker()["emissions"]
    with pytest.raises(AttributeError, match="final_emissions"):
        EmissionsTracker()._emissions
