"""CodeCarbon's interface on a meter of known watts: 300 W of GPU, 90 W of CPU, 10 W of memory; 100 g/kWh."""
import asyncio
import csv
import dataclasses
import importlib.metadata
import importlib.util
import json
import logging
import multiprocessing
import pathlib
import subprocess
import sys

import pytest

from carbontracker import codecarbon
from carbontracker.codecarbon import EmissionsTracker, OfflineEmissionsTracker, TaskEmissionsTracker, track_emissions
from carbontracker.codecarbon.output import BaseOutput, EmissionsData, LoggerOutput
from carbontracker.codecarbon.output_methods.emissions_data import COLUMNS
from carbontracker.codecarbon.output_methods.file import write_row

# 1.5 of codecarbon_python.md: the header of version 3.3.
HEADER = ("timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,"
          "ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
          "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,"
          "gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue").split(",")


@pytest.fixture
def meter(meter):
    meter.devices = [*meter.devices, ("dram-0", "dram", "ram", 10.0)]
    return meter


def rows(path="emissions.csv"):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def wait(meter, seconds):
    next(made for made in reversed(meter.made) if made.options.get("keep")).wait(seconds)


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


def test_B8_B9_names_and_files(meter, tmp_path):
    tracker = EmissionsTracker("mine", output_file=tmp_path / "abs.csv", output_dir=".")
    tracker.start()
    tracker.stop()
    assert rows(tmp_path / "abs.csv")[0]["project_name"] == "mine"
    with pytest.raises(OSError, match="nowhere"):
        EmissionsTracker(output_dir="nowhere")


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


def test_B15_update_keeps_one_row_a_run(meter):
    for _ in range(2):
        with EmissionsTracker(on_csv_write="update") as tracker:
            wait(meter, 1)
            tracker.flush()
            wait(meter, 1)
    assert [float(row["duration"]) for row in rows()] == [2.0, 2.0]


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
    deadline = time.monotonic() + 5
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


def _write(number):
    for i in range(25):
        write_row("shared.csv", {"run_id": f"{number}-{i}", "project_name": 'a "b", c'}, COLUMNS)


def test_B37_four_processes_on_one_csv_lose_no_row(meter):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_write, range(4))
    assert len({row["run_id"] for row in rows("shared.csv")}) == 100
    assert not [p for p in pathlib.Path(".").iterdir() if p.name != "shared.csv"]


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


class TestSettings:
    def test_B41_call_then_environment_then_file(self, meter, monkeypatch):
        pathlib.Path(".codecarbon.config").write_text("[codecarbon]\nproject_name = filed\nexperiment_id = 100%\nmeasure_power_secs = 3\n")
        assert EmissionsTracker()._project_name == "filed"
        monkeypatch.setenv("codecarbon_project_name", "env")
        assert EmissionsTracker()._project_name == "env"
        tracker = EmissionsTracker(project_name="call")
        assert tracker._project_name == "call" and tracker._conf["measure_power_secs"] == 3 and tracker._experiment_id == "100%"

    @pytest.mark.parametrize("word,flag", [("1", True), ("yes", True), ("ON", True), ("true", True), ("0", False), ("off", False)])
    def test_words_for_true(self, meter, monkeypatch, word, flag):
        monkeypatch.setenv("CODECARBON_SAVE_TO_FILE", word)
        assert EmissionsTracker()._conf["save_to_file"] is flag

    def test_what_does_not_parse_is_said_and_left(self, meter, monkeypatch, capsys):
        monkeypatch.setenv("CODECARBON_MEASURE_POWER_SECS", "15s")
        monkeypatch.setenv("CODECARBON_NONSENSE", "1")
        assert EmissionsTracker()._conf["measure_power_secs"] == 15.0
        err = capsys.readouterr().err
        assert "15s" in err and "nonsense" in err

    def test_without_a_section_and_with_a_bom(self, meter):
        pathlib.Path(".codecarbon.config").write_text("\ufeffproject_name: p\n", encoding="utf-8")
        assert EmissionsTracker()._project_name == "p"

    def test_B48_the_level_is_read_at_construction_and_nothing_is_printed_before(self, meter, monkeypatch, capfd):
        monkeypatch.setenv("CODECARBON_LOG_LEVEL", "error")
        monkeypatch.setenv("CODECARBON_NONSENSE", "1")
        EmissionsTracker()
        assert capfd.readouterr() == ("", "")

    def test_B155_an_unreadable_file_is_left_out(self, meter, capsys):
        pathlib.Path(".codecarbon.config").mkdir()
        EmissionsTracker()
        assert ".codecarbon.config" in capsys.readouterr().err


class TestCsv:
    def test_B131_a_file_without_a_last_newline(self):
        text = ",".join(COLUMNS) + "\n" + ",".join(["old"] * len(COLUMNS))
        pathlib.Path("e.csv").write_text(text)
        write_row("e.csv", {"run_id": "new"}, COLUMNS)
        assert pathlib.Path("e.csv").read_text().startswith(text + "\n") and [r["run_id"] for r in rows("e.csv")] == ["old", "new"]

    def test_B133_columns_in_another_order_are_written_by_name(self):
        pathlib.Path("e.csv").write_text(",".join(reversed(COLUMNS)) + "\n")
        write_row("e.csv", {"run_id": "new", "duration": 1.5}, COLUMNS)
        assert rows("e.csv")[0]["duration"] == "1.5" and len(list(pathlib.Path(".").iterdir())) == 1

    def test_C16_an_older_header_is_carried_over_and_kept_beside(self):
        old = "timestamp,project_name,run_id,duration,emissions,energy_consumed\n2022-11-26T10:32:27,p,r,0.87,4.1e-07,1e-6\n"
        pathlib.Path("e.csv").write_text(old)
        write_row("e.csv", {"run_id": "new"}, COLUMNS)
        write_row("e.csv", {"run_id": "newer"}, COLUMNS)
        assert pathlib.Path("e.csv.bak").read_text() == old and len(list(pathlib.Path(".").iterdir())) == 2
        assert [(r["run_id"], r["duration"], r["pue"]) for r in rows("e.csv")] == [("r", "0.87", ""), ("new", "", ""), ("newer", "", "")]

    def test_C13_numbers_at_4_to_12(self, meter):
        with EmissionsTracker():
            wait(meter, 1)
        values = list(rows()[0].values())
        assert all(float(v) >= 0 for v in values[4:13]) and "," not in values[4]

    def test_C15_the_timestamp(self, meter):
        import time

        with EmissionsTracker():
            pass
        time.strptime(rows()[0]["timestamp"], "%Y-%m-%dT%H:%M:%S")


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
