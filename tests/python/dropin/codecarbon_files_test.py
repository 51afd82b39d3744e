"""CodeCarbon's settings and its CSV: what is read from where, and what a row and its file look like whatever was there."""
import multiprocessing
import pathlib
import resource
import signal

import pytest

from carbontracker.codecarbon import EmissionsTracker
from carbontracker.codecarbon.output_methods.emissions_data import COLUMNS
from carbontracker.codecarbon.output_methods.file import write_row
from metered import rows, wait

pytestmark = pytest.mark.usefixtures("memory")


def test_B8_B9_names_and_files(meter, tmp_path):
    tracker = EmissionsTracker("mine", output_file=tmp_path / "abs.csv", output_dir=".")
    tracker.start()
    tracker.stop()
    assert rows(tmp_path / "abs.csv")[0]["project_name"] == "mine"
    with pytest.raises(OSError, match="nowhere"):
        EmissionsTracker(output_dir="nowhere")


def test_B15_update_keeps_one_row_a_run(meter):
    for _ in range(2):
        with EmissionsTracker(on_csv_write="update") as tracker:
            wait(meter, 1)
            tracker.flush()
            wait(meter, 1)
    assert [float(row["duration"]) for row in rows()] == [2.0, 2.0]


def _write(number):
    for i in range(25):
        write_row("shared.csv", {"run_id": f"{number}-{i}", "project_name": 'a "b", c'}, COLUMNS)


def test_B37_four_processes_on_one_csv_lose_no_row(meter):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_write, range(4))
    assert len({row["run_id"] for row in rows("shared.csv")}) == 100
    assert not [p for p in pathlib.Path(".").iterdir() if p.name != "shared.csv"]


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

    @pytest.mark.parametrize("there", [0, 1])
    def test_a_disk_that_is_full_in_the_middle_of_a_row_leaves_the_file_as_it_was(self, there):
        """As a limit on the size of files, in a process of its own."""
        names, row = ["run_id", "text"], {"run_id": "1", "text": "t" * 200}
        for _ in range(there):
            write_row("x.csv", row, names)
        before = pathlib.Path("x.csv").read_bytes() if there else b""

        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, len(before) + 50))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            with pytest.raises(OSError, match="x.csv" if not there else ""):
                write_row("x.csv", row, names)

        child = multiprocessing.get_context("fork").Process(target=limited)
        child.start()
        child.join()
        assert child.exitcode == 0
        assert [path.name for path in pathlib.Path().iterdir()] == ["x.csv"] * there
        assert not there or pathlib.Path("x.csv").read_bytes() == before

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
