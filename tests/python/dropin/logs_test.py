"""Logs: those of both old dialects parse, what is written is read back, and people's own regular expressions find what they look for."""
import math
import pathlib
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbontracker import _arrays, parser
from carbontracker.exceptions import MismatchedEpochsError, MismatchedLogFilesError
from carbontracker.loggerutil import Logger, convert_to_timestring, plain
from carbontracker.report import LogParser, generate_report_from_log
from carbontracker.tracker import CarbonTracker

GOLDEN = pathlib.Path(__file__).parent / "golden"


# --- logs of the versions before ---

def test_the_dialect_of_1_x():
    [run] = parser.parse_all_logs(GOLDEN / "v1")
    assert run["actual"] == {"epochs": 3, "duration (s)": 3691.0, "energy (kWh)": 0.854731977778, "co2eq (g)": 47.010258777778, "equivalents": {"km travelled by car": 0.390450654300}}
    assert run["pred"]["epochs"] == 10 and run["pred"]["duration (s)"] == 36547.0
    assert run["early_stop"] is False
    gpu, cpu = run["components"]["gpu"], run["components"]["cpu"]
    assert gpu["devices"] == ["GeForce GTX 1080 Ti", "GeForce GTX 1080 Ti"] and cpu["devices"] == ["cpu:0"]
    assert gpu["avg_power_usages (W)"].tolist() == [[250.1, 249.9], [200.0, 100.0], [220.5, 219.5]]
    assert gpu["epoch_durations (s)"].tolist() == [60.0, 30.5, 3600.25]
    assert gpu["avg_energy_usages (J)"].tolist()[1] == pytest.approx([6100.0, 3050.0])  # 200 W and 100 W, 30.5 s
    watts = cpu["avg_power_usages (W)"].tolist()
    assert watts[0] == [54.35] and math.isnan(watts[1][0]) and watts[2] == [60.0]


def test_the_dialect_of_2_x():
    [run] = parser.parse_all_logs(GOLDEN / "v2")
    assert run["actual"] == {"epochs": 2, "duration (s)": 240.0, "energy (kWh)": 0.05056, "co2eq (g)": 7.2240128, "equivalents": None}  # interpretable=False
    assert run["pred"]["equivalents"] == {"km travelled by car": 0.171048648184}
    assert run["early_stop"] is True
    assert run["components"]["cpu"]["devices"] == ["Intel(R) Xeon(R) CPU @ 2.20GHz"]
    assert run["components"]["gpu"]["avg_power_usages (W)"].tolist() == [[412.5], [407.5]]


def test_both_are_aggregated_by_what_each_run_stands_for(tmp_path):
    for dialect in ("v1", "v2"):
        for path in (GOLDEN / dialect).iterdir():
            (tmp_path / path.name).write_text(path.read_text())
    energy, grams, equivalents = parser.aggregate_consumption(tmp_path)
    # v1 monitored 3 of 10 epochs: its prediction; v2 was stopped early: what was measured, which has no equivalents
    assert energy == pytest.approx(9.1386 + 0.05056)
    assert grams == pytest.approx(502.623 + 7.2240128)
    assert equivalents == {"km travelled by car": pytest.approx(4.174609634551)}


@pytest.mark.parametrize("dialect, version, pue, location, grams, joules", [
    # sum over epochs of (sum of the devices' W) x s, without PUE
    ("v1", "1.1.6", 1.67, "Copenhagen, Capital Region, DK", 55.0, (500.0 + 54.35) * 60 + 300 * 30.5 + (440 + 60) * 3600.25),
    ("v2", "2.4.7", 1.58, "Copenhagen, Denmark", 142.88, 483.5 * 120.5 + 476.5 * 119.5),
])
def test_a_report_is_made_of_both(tmp_path, dialect, version, pue, location, grams, joules):
    [path] = (p for p in (GOLDEN / dialect).iterdir() if p.name.endswith("_carbontracker.log"))
    log = LogParser(path.read_text())
    assert (log.version, log.pue, log.location, log.carbon_intensity) == (version, pue, location, grams)
    assert log.energy == pytest.approx(joules * pue / 3.6e6)
    assert log.co2eq == pytest.approx(joules * pue / 3.6e6 * grams / 1000)
    generate_report_from_log(path, tmp_path / "r.pdf")
    data = (tmp_path / "r.pdf").read_bytes()
    assert f"carbontracker {version}".encode() in data and {"v1": b"0.855 kWh", "v2": b"0.050562 kWh"}[dialect] in data


# --- the page ---

def objects_of(data):
    """The file's objects by its own table of offsets."""
    start = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    table = data[start:].split(b"\n")
    count = int(table[1].split()[1])
    return [data[int(row.split()[0]):] for row in table[3:2 + count]]


@pytest.mark.parametrize("epochs", [1, 2, 61, 500])
def test_the_pdf_is_whole_and_stays_on_its_page(tmp_path, epochs):
    text = "2026-01-01 00:00:00 - The following components were found: GPU with device(s) (A) \\ B. CPU with device(s) Ünï.\n"
    for number in range(1, epochs + 1):
        text += "".join(f"2026-01-01 00:00:00 - {line}\n" for line in (f"Epoch {number}:", "Duration: 0:00:10.00", "Average power usage (W) for gpu: [100.0 200.0]",
                                                                      "Average power usage (W) for cpu: None"))
    (tmp_path / "x.log").write_text(text)
    generate_report_from_log(tmp_path / "x.log", tmp_path / "x.pdf")
    data = (tmp_path / "x.pdf").read_bytes()
    for number, body in enumerate(objects_of(data), 1):
        assert body.startswith(b"%d 0 obj" % number)
    content = data.split(b"stream\n", 1)[1].split(b"\nendstream")[0]
    assert b"/Length %d " % len(content) in data
    for x, y, width, height in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", content):
        assert 0 <= float(x) and float(x) + float(width) <= 612 and 0 <= float(y) and float(y) + float(height) <= 792
    assert content.count(b" re f") >= 3 + min(epochs, 50)


def test_a_log_without_an_epoch_is_refused_by_name(tmp_path):
    (tmp_path / "x.log").write_text("2026-01-01 00:00:00 - carbontracker version 2.4.7\n")
    with pytest.raises(Exception, match="x.log: no epoch in this log"):
        generate_report_from_log(tmp_path / "x.log", tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


# --- written, then read ---

WATTS = st.floats(0, 1e5)
NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters=",[]"), min_size=1, max_size=12).map(lambda name: name.strip(".") or "x")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.tuples(st.floats(0.01, 1e6), st.lists(WATTS, min_size=2, max_size=2), st.one_of(st.none(), WATTS)), min_size=1, max_size=6),
       names=st.lists(NAME, min_size=2, max_size=2))
def test_what_the_logger_writes_the_parser_reads(tmp_path_factory, rows, names):
    folder = tmp_path_factory.mktemp("logs")
    logger = Logger(str(folder), "p", 0)
    logger.info("The following components were found: GPU with device(s) " + ", ".join(names) + ". CPU with device(s) AMD EPYC 7B12 @ 2.2.")
    for number, (seconds, gpus, cpu) in enumerate(rows, 1):
        logger.info(f"Epoch {number}:", f"Duration: {convert_to_timestring(seconds, True)}", f"Average power usage (W) for gpu: [{plain(gpus[0])} {plain(gpus[1])}]",
                    f"Average power usage (W) for cpu: {'None' if cpu is None else plain(cpu)}")
    logger.output("nothing")
    logger.close()
    found = parser.parse_logs(folder)
    assert found["gpu"]["devices"] == names
    assert found["gpu"]["epoch_durations (s)"].tolist() == pytest.approx([seconds for seconds, _, _ in rows], abs=0.0051)
    for read, (_, written, _) in zip(found["gpu"]["avg_power_usages (W)"].tolist(), rows):
        assert read == pytest.approx(written, abs=1e-12)
    if any(cpu is not None for _, _, cpu in rows):
        for [read], (_, _, written) in zip(found["cpu"]["avg_power_usages (W)"].tolist(), rows):
            assert math.isnan(read) if written is None else read == pytest.approx(written, abs=1e-12)
    else:
        assert found["cpu"]["avg_power_usages (W)"] is None


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seconds=st.lists(st.floats(1, 1e5), min_size=1, max_size=5), stop=st.booleans(), places=st.integers(0, 15), interpretable=st.booleans(), before=st.integers(0, 3))
def test_what_the_tracker_writes_the_parser_reads(meter, tmp_path_factory, seconds, stop, places, interpretable, before):
    folder = tmp_path_factory.mktemp("run")
    tracker = CarbonTracker(epochs=len(seconds) + 5, epochs_before_pred=before, monitor_epochs=len(seconds) + 5, log_dir=folder, verbose=0, decimal_precision=places, interpretable=interpretable)
    for span in seconds:
        tracker.epoch_start()
        meter.made[-1].wait(span)
        tracker.epoch_end()
    if stop:
        tracker.epoch_start()
        meter.made[-1].wait(7)
    tracker.stop()
    [run] = parser.parse_all_logs(folder)
    for key, held in (("actual", tracker.actual), ("pred", tracker.pred)):
        read = run[key]
        assert (read is None) == (held is None)
        if read is not None:
            assert read["epochs"] == held["epochs"]
            assert read["duration (s)"] == pytest.approx(held["duration (s)"], abs=0.51)
            assert read["energy (kWh)"] == pytest.approx(held["energy (kWh)"], abs=10.0 ** -places)
            assert read["co2eq (g)"] == pytest.approx(held["co2eq (g)"], abs=10.0 ** -places)
            assert (read["equivalents"] is None) == (not interpretable)
    assert run["early_stop"] is True
    joules = [float(v) for v in run["components"]["gpu"]["avg_energy_usages (J)"].flatten().tolist()]
    assert joules == pytest.approx([300 * span for span in seconds], rel=1e-2)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(cut=st.integers(0, 2000), junk=st.binary(max_size=40))
def test_half_a_log_and_rubbish_in_it_are_never_an_error(tmp_path_factory, cut, junk):
    folder = tmp_path_factory.mktemp("half")
    for path in (GOLDEN / "v1").iterdir():
        (folder / path.name).write_bytes(path.read_bytes()[:cut] + junk)
    try:
        parser.parse_all_logs(folder)
    except (MismatchedEpochsError, MismatchedLogFilesError):
        pass
    for path in folder.iterdir():
        log = LogParser(path.read_text(errors="replace"))
        log.energy, log.co2eq, log.duration, log.mean_power()


@given(value=st.floats(0, 1e9))
def test_a_power_is_never_written_with_an_exponent(value):
    assert re.fullmatch(r"\d+\.\d+", plain(value)) and float(plain(value)) == pytest.approx(value, abs=1e-12)


@given(seconds=st.floats(0, 1e7))
def test_times_come_back(seconds):
    assert parser.get_time(convert_to_timestring(seconds, True)) == pytest.approx(seconds, abs=0.0051)
    assert parser.get_time(convert_to_timestring(seconds)) == pytest.approx(seconds, abs=0.51)


@given(rows=st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=5), factor=st.floats(0.01, 100))
def test_the_array_without_numpy_does_what_numpys_does(rows, factor):
    import numpy
    ours, theirs = _arrays.Array(rows), numpy.array(rows)
    assert ours.shape == theirs.shape and len(ours) == len(theirs) and ours.size == theirs.size and ours.ndim == theirs.ndim
    assert ours.flatten().tolist() == theirs.flatten().tolist()
    assert ours.sum() == pytest.approx(theirs.sum(), abs=1e-6) and ours.mean() == pytest.approx(theirs.mean(), abs=1e-6)
    assert ours.sum(axis=0).tolist() == pytest.approx(theirs.sum(axis=0).tolist(), abs=1e-6)
    assert (ours / factor * 2 + 1).tolist() == [pytest.approx(row) for row in (theirs / factor * 2 + 1).tolist()]
    assert (ours - ours).tolist() == (theirs - theirs).tolist()
    assert ours[-1][0] == theirs[-1][0] and ours[0, 1] == theirs[0, 1]
    assert numpy.asarray(ours, dtype=float).tolist() == theirs.tolist()
    assert numpy.sum(ours) == pytest.approx(theirs.sum(), abs=1e-6) and numpy.max(ours) == theirs.max() and numpy.mean(ours) == pytest.approx(theirs.mean(), abs=1e-6)


# --- on the real core, as people read it ---

REAL = """
import time
from carbontracker.tracker import CarbonTracker
t = CarbonTracker(epochs=3, epochs_before_pred=1, monitor_epochs=2, log_dir="logs", log_file_prefix="resnet")
for _ in range(2):
    t.epoch_start(); time.sleep(0.25); t.epoch_end()
e = t.tracker.total_energy_per_epoch()
print("READ", float(e.sum()), float(e[-1]), float((e / t.pue)[0]), len(list(e)), float(t._co2eq(e)[0]), float(t._co2eq(1.0)), len(t.tracker.epoch_times),
      float(t.intensity_updater.average_carbon_intensity()), t.intensity_updater.average_carbon_intensity().carbon_intensity, t.logger.logger_output.handlers[0].baseFilename)
"""


def test_C7_C8_C9_their_regular_expressions_and_private_attributes_on_a_real_run(python, machine):
    from carbontracker import constants
    done = python(REAL, CARBONTRACKER_SYNTHETIC="gpu0=const:0.001 package-0=const:90", CARBONTRACKER_PLACE="DK")
    assert (done.returncode, done.stderr) == (0, "")
    out = done.stdout
    [standard] = [path for path in (machine / "logs").iterdir() if path.name.endswith("_carbontracker.log")]
    text, output = standard.read_text(), standard.with_name(standard.name[:-4] + "_output.log").read_text()
    # C7
    assert len(re.findall(r"Average power usage \(W\) for gpu: (\d+\.\d+)\n", text)) == 2  # a milliwatt, and no exponent
    assert [float(w) for w in re.findall(r"for cpu: (\d+\.\d+)", text)] == pytest.approx([90, 90], rel=0.03)
    assert len(re.findall(r"Epoch (\d+):.*?Duration: (\d+):(\d\d):(\d\d\.\d\d).*?for gpu: ([\d.]+).*?for cpu: ([\d.]+)", text, re.S)) == 2
    assert re.search(r"Average carbon intensity during training was (\d+\.\d\d) gCO2eq/kWh\. \n", text)
    assert re.search(r"Carbon intensities \(gCO2eq/kWh\) .*at detected location: (.+): \[([\d., ]+)\]", text).groups() == ("Denmark", "114.4")
    assert re.search(r"PUE coefficient of ([\d.]+) ", text)[1] == "1.58" == f"{constants.PUE_2023:g}"
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - ", line) for line in text.splitlines())
    # C8, in the log and on the console
    for place in (output, out):
        assert re.search(r"Predicted consumption for 3 epoch\(s\):\s*Time:\s*(\d+):(\d+):(\d+)\s*Energy:\s*(\d+\.\d{12}) kWh\s*CO2eq:\s*(\d+\.\d{12}) g", place)
        assert re.search(r"Actual consumption for 2 epoch\(s\):", place) and re.search(r"(\d+\.\d{12}) km travelled by car", place)
    # C9
    assert re.fullmatch(r"resnet_\d+\.\d+_\d{4}-\d\d-\d\dT\d{6}Z_carbontracker\.log", standard.name)
    # A18 to A23: kWh with PUE, grams by the grid's figure
    words = next(line for line in out.splitlines() if line.startswith("READ")).split()[1:]
    total, last, first_it, count, co2, co2_of_one, times, intensity, same, path = words
    assert float(total) == pytest.approx(90 * 0.5 * 1.58 / 3.6e6, rel=0.1) and count == times == "2"
    assert float(last) + float(first_it) * 1.58 == pytest.approx(float(total))
    assert float(co2_of_one) == float(intensity) == float(same)
    assert float(co2) == pytest.approx(float(first_it) * 1.58 * float(intensity))
    assert path == str(standard.with_name(standard.name[:-4] + "_output.log"))
    [run] = parser.parse_all_logs(machine / "logs")
    assert run["actual"]["energy (kWh)"] == pytest.approx(float(total), abs=1e-12)
    assert run["components"]["gpu"]["avg_power_usages (W)"].shape[-1] == 1
