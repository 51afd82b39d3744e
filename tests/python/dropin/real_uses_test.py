"""Uses and readings met in public code that no other test names: A of the Python carbontracker, B of CodeCarbon, C of their outputs."""
import csv
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

from carbontracker import parser
from carbontracker.codecarbon import EmissionsTracker, OfflineEmissionsTracker
from carbontracker.tracker import CarbonTracker


def epochs(tracker, meter, number, seconds=10):
    for _ in range(number):
        tracker.epoch_start()
        meter.made[-1].wait(seconds)
        tracker.epoch_end()


def row(number=-1):
    with open("emissions.csv", newline="") as file:
        return list(csv.DictReader(file))[number]


# --- A ---

def test_A8_made_late_and_with_far_more_epochs_than_are_run(meter):
    tracker = CarbonTracker(epochs=10**9, verbose=0)
    epochs(tracker, meter, 2)
    tracker.stop()
    assert tracker.actual["epochs"] == 2 and tracker.pred["epochs"] == 10**9


def test_A17_keys_that_are_absent(meter, capsys):
    for keys in ({"electricitymaps": None}, {"electricitymaps": ""}, None, {}):
        CarbonTracker(epochs=1, api_keys=keys).set_api_keys(keys)
    assert "api_keys" not in capsys.readouterr().out


def test_A26_the_modules_by_every_path():
    import carbontracker.parser as other
    from carbontracker import parser as one
    from carbontracker.components import component
    from carbontracker.loggerutil import Logger
    from carbontracker.parser import parse_all_logs
    from carbontracker.report import REPORTLAB_AVAILABLE, generate_report_from_log
    assert one is other and callable(parse_all_logs) and callable(generate_report_from_log) and REPORTLAB_AVAILABLE in (True, False)
    assert component.create_components and Logger


def test_A31_a_cell_that_is_run_again_starts_clean(meter):
    for _ in range(3):
        tracker = CarbonTracker(epochs=5, verbose=0)
        epochs(tracker, meter, 1)
    assert tracker.tracker.epoch_counter == 1 and [made.closed for made in meter.made[:-1]] == [True, True]
    assert threading.active_count() == 1


def test_A32_the_version_is_above_the_last_of_the_python_tool(meter, tmp_path):
    epochs(CarbonTracker(epochs=1, log_dir=tmp_path, verbose=0), meter, 1)
    [log] = tmp_path.glob("*_carbontracker.log")
    version = log.read_text().split("carbontracker version ")[1].split()[0]
    assert tuple(map(int, version.split("."))) > (2, 4, 7)


# --- C1 to C11: how its outputs are read ---

@pytest.fixture
def two_runs(meter, tmp_path):
    for number, count in enumerate((3, 2)):
        epochs(CarbonTracker(epochs=count, log_dir=tmp_path, log_file_prefix=f"model{number}", verbose=0), meter, count)
    return tmp_path


def test_C1_C2_logs_by_name_with_their_keys(two_runs):
    logs = parser.parse_all_logs(two_runs)
    assert [os.path.basename(log["standard_filename"]).split("_")[0] for log in logs] == ["model0", "model1"]
    assert logs[-1]["actual"]["epochs"] == 2 and logs[len(logs) - 1] is logs[-1]
    for log in logs:
        assert set(log) == {"output_filename", "standard_filename", "components", "early_stop", "actual", "pred"} and log["early_stop"] is False
        for kind in ("actual", "pred"):
            assert set(log[kind]) == {"epochs", "duration (s)", "energy (kWh)", "co2eq (g)", "equivalents"}
            assert (log[kind] or {}).get("energy (kWh)") > 0 and log[kind]["equivalents"]["km travelled by car"] > 0
        assert log["components"]["gpu"]["devices"] == ["NVIDIA H100"]


def test_C3_C4_arrays_are_epochs_by_devices(meter, tmp_path):
    meter.devices = [("gpu0", "A", "gpu", 300.0), ("gpu1", "B", "gpu", 100.0)]
    epochs(CarbonTracker(epochs=2, log_dir=tmp_path, components="gpu", verbose=0), meter, 2)
    part = parser.parse_logs(tmp_path)["gpu"]
    power, energy, seconds = part["avg_power_usages (W)"], part["avg_energy_usages (J)"], part["epoch_durations (s)"]
    assert power.flatten().tolist() == pytest.approx([300, 100, 300, 100]) and energy[1][0] == pytest.approx(3000) and power.shape[-1] == 2
    assert len(power) == len(seconds) == 2 and [list(r) for r in energy] == [pytest.approx([3000, 1000])] * 2 and energy.sum() == pytest.approx(8000)


def test_C5_the_aggregate_takes_what_was_measured(two_runs, tmp_path_factory, capsys):
    energy, grams, equivalents = parser.aggregate_consumption(two_runs)
    assert energy == pytest.approx(5 * 10 * 390 * 1.58 / 3.6e6, rel=1e-6) and grams == pytest.approx(energy * 100, rel=1e-6)  # 300 and 90 W, 100 g/kWh
    assert equivalents == {"km travelled by car": pytest.approx(grams / 106.8, rel=1e-6)}
    output, standard = parser.get_all_logs(two_runs)
    assert len(output) == len(standard) == 2 and parser.get_most_recent_logs(two_runs)[0] in standard
    assert parser.aggregate_consumption(tmp_path_factory.mktemp("empty")) == (0, 0, {})


def test_C10_nothing_else_ends_in_log(two_runs):
    assert all(path.name.endswith(("_carbontracker.log", "_carbontracker_output.log")) for path in two_runs.glob("*.log")) and len(list(two_runs.glob("*.log"))) == 4


@pytest.mark.parametrize("line", ["fetched every 900 s at detected location: Paris, FR: [50.0]", "fetched every 900 s at detected location Paris, FR: [50.0]"])
def test_C11_the_report_reads_both_spellings_of_the_place(two_runs, tmp_path, line, capsys):
    from carbontracker.report import LogParser, generate_report_from_log
    log = sorted(two_runs.glob("*_carbontracker.log"))[0]
    text = log.read_text() + f"2024-01-01 10:00:00 - Carbon intensities (gCO2eq/kWh) {line}\n"
    copy = tmp_path / "copy.txt"
    copy.write_text(text)
    generate_report_from_log(copy, tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes()[:5] == b"%PDF-" and capsys.readouterr().out == "" and LogParser(text).location


# --- B ---

def test_B14_several_at_once_without_a_lock(meter):
    both = [EmissionsTracker(allow_multiple_runs=True, save_to_file=False) for _ in range(3)]
    for tracker in both:
        tracker.start()
    meter.made[-1].wait(10)
    assert all(tracker.stop() is not None for tracker in both) and not os.path.exists(".codecarbon.lock")


@pytest.mark.parametrize("given, written", [("abc", "abc"), (7, "7"), (None, "")])
def test_B17_experiments_are_written_as_text(meter, given, written):
    with EmissionsTracker(experiment_id=given, experiment_name=None):
        meter.made[-1].wait(1)
    assert row()["experiment_id"] == written


def test_B25_B26_B27_private_totals_and_powers(meter):
    with OfflineEmissionsTracker(country_iso_code="DNK", save_to_file=False) as tracker:
        meter.made[-1].wait(3600)
        assert tracker._total_gpu_energy.kWh == pytest.approx(0.3) and tracker._total_cpu_energy.kWh == pytest.approx(0.09) and tracker._total_ram_energy.kWh == 0
        assert float(tracker._total_emissions) == pytest.approx(0.039) and tracker._gpu_power.W == pytest.approx(300) and tracker._cpu_power.W == pytest.approx(90)
        assert tracker._total_water.litres == 0


def test_B30_measured_by_hand_around_a_prompt(meter):
    with EmissionsTracker(save_to_file=False) as tracker:
        tracker._measure_power_and_energy()
        before, when = tracker._total_energy.kWh, tracker._last_measured_time
        meter.made[-1].wait(36)
        tracker._measure_power_and_energy()
        assert tracker._total_energy.kWh - before == pytest.approx(390 * 36 / 3.6e6) and tracker._last_measured_time >= when


def test_B36_driven_from_several_threads(meter):
    tracker, kg = EmissionsTracker(), []
    threading.Thread(target=tracker.start).start()
    while tracker._account is None:
        time.sleep(0.01)
    meter.made[-1].wait(10)
    threads = [threading.Thread(target=lambda: kg.append(tracker.flush())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(kg) == 4 and tracker.stop() > 0


def test_B45_the_newest_arguments_are_accepted(meter):
    with EmissionsTracker(output_methods=["csv"], metadata={"a": 1}, prometheus_url="http://localhost:1", wue=1.8) as tracker:
        meter.made[-1].wait(3600)
    assert float(row()["water_consumed"]) == pytest.approx(0.39 * 1.8) and tracker.final_emissions > 0


# --- C12 to C19 ---

def test_C12_C14_C17_the_row_is_complete_when_stop_returns(meter):
    for name in ("one", "two"):
        with OfflineEmissionsTracker(country_iso_code="DNK", project_name=name) as tracker:
            meter.made[-1].wait(100)
        final, last = tracker.final_emissions_data, row()
        assert last["run_id"] == tracker.run_id and last["project_name"] == name and (last["country_name"], last["country_iso_code"]) == ("Denmark", "DNK")
        for field in ("emissions", "energy_consumed", "duration", "cpu_energy", "gpu_energy", "ram_energy", "emissions_rate", "cpu_power", "gpu_power", "ram_power"):
            assert float(last[field]) == pytest.approx(getattr(final, field))
    assert row(0)["run_id"] != row(1)["run_id"]


def test_C19_a_number_or_none(meter):
    tracker = EmissionsTracker(save_to_file=False)
    assert (tracker.stop() or 0.0) == 0.0 and tracker.stop() is None
    tracker.start()
    assert isinstance(tracker.stop(), float)


# --- the command line (A34, A36) ---

def test_A34_options_behind_the_command_are_the_commands_and_a_word_says_so(tmp_path):
    program = os.environ.get("CARBONTRACKER_PROGRAM", str(pathlib.Path(__file__).resolve().parents[3] / "build" / "python" / "carbontracker"))
    done = subprocess.run([program, sys.executable, "-c", "import sys; print(sys.argv[1:])", "--log_dir", "x"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "CARBONTRACKER_HOME": str(tmp_path / "store"), "CARBONTRACKER_SYNTHETIC": "package-0=const:90"}, stdin=subprocess.DEVNULL)
    assert done.stdout == "['--log_dir', 'x']\n" and "--log_dir stands after the command" in done.stderr
