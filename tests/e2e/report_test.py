"""Listing, showing, comparing, renaming, deleting and pruning runs."""
import csv
import io
import json

import pytest

FORMATS = ["text", "json", "csv", "md"]


@pytest.fixture
def two(ct):
    """Two runs, `one` and `two`; the second takes thrice the power for about the same time."""
    ct("run", "--name", "one", "--project", "p", "--tag", "gpu=a100", "--tag", "seed=1", "--place", "DK", "--pue", "1.5", "--", "sleep", "0.3",
       env={"CARBONTRACKER_SYNTHETIC": "package-0=const:100"})
    ct("run", "--name", "two", "--project", "q", "--tag", "gpu=a100", "--tag", "seed=2", "--place", "SE", "--pue", "1.5", "--", "sleep", "0.3",
       env={"CARBONTRACKER_SYNTHETIC": "package-0=const:300"})
    return {run["name"]: run["id"] for run in ct.runs()}


@pytest.mark.parametrize("format", FORMATS)
def test_the_list_in_four_formats(ct, two, format):
    text = ct("report", "--format", format).stdout
    for name, run in two.items():
        assert name in text and run in text
    if format == "json":
        listed = json.loads(text)
        assert listed["schema"] == 1 and len(listed["runs"]) == 2
        assert {(r["project"], r["state"], r["exit_code"]) for r in listed["runs"]} == {("p", "finished", 0), ("q", "finished", 0)}
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert sorted(row["name"] for row in rows) == ["one", "two"]
    if format == "md":
        lines = text.splitlines()
        assert all(line.startswith("|") and line.endswith("|") for line in lines) and len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("how", ["last", "id", "prefix", "name"])
def test_one_run_in_four_formats(ct, two, format, how):
    which = {"last": "last", "id": two["two"], "prefix": two["two"][:-2], "name": "two"}[how]
    done = ct("report", which, "--format", format)
    assert done.returncode == 0, done.stderr
    assert two["two"] in done.stdout and two["one"] not in done.stdout


@pytest.mark.parametrize("format", FORMATS)
def test_two_runs_compared_in_four_formats(ct, two, format):
    done = ct("report", "one", "two", "--format", format)
    assert done.returncode == 0, done.stderr
    assert two["one"] in done.stdout and two["two"] in done.stdout
    if format == "json":
        both = json.loads(done.stdout)
        a, b = both["runs"]
        assert both["difference"]["joules"] == pytest.approx(b["energy"]["total"]["joules"] - a["energy"]["total"]["joules"])
        ratio = b["energy"]["total"]["joules"] / a["energy"]["total"]["joules"]
        assert both["difference"]["percent"] == pytest.approx(100 * (ratio - 1))
        assert ratio == pytest.approx(3 * b["run"]["duration_s"] / a["run"]["duration_s"], rel=0.05)


def test_filters_by_project_tag_and_number(ct, two):
    def names(*words):
        return sorted(r["name"] for r in json.loads(ct("report", "--format", "json", *words).stdout)["runs"])
    assert names("--project", "p") == ["one"]
    assert names("--tag", "gpu=a100") == ["one", "two"]
    assert names("--tag", "gpu=a100", "--tag", "seed=2") == ["two"]
    assert names("--tag", "seed=3") == []
    assert names("--limit", "1") == ["two"]


def test_a_run_is_judged_again_elsewhere(ct, two):
    before = json.loads(ct("report", "one", "--format", "json").stdout)
    after = json.loads(ct("report", "one", "--place", "PL", "--pue", "2", "--format", "json").stdout)
    assert after["energy"]["total"]["joules"] == before["energy"]["total"]["joules"]
    assert (after["carbon"]["place"], after["carbon"]["pue"]) == ("PL", 2)
    expected = before["energy"]["total"]["joules"] / 3.6e6 * 2 * after["carbon"]["intensity_g_per_kwh"]
    assert after["carbon"]["grams"] == pytest.approx(expected, rel=1e-9)
    assert after["carbon"]["intensity_g_per_kwh"] > 4 * before["carbon"]["intensity_g_per_kwh"]  # coal against wind


def test_to_a_file(ct, two):
    done = ct("report", "last", "--format", "json", "-o", ct.folder / "report.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((ct.folder / "report.json").read_text())["run"]["id"] == two["two"]


def test_an_empty_store_says_what_to_do(ct):
    done = ct("report")
    assert done.returncode == 0 and "carbontracker run -- python train.py" in done.stdout
    last = ct("report", "last")
    assert last.returncode == 1 and last.stderr.startswith("carbontracker: ") and last.stdout == ""


def test_an_ambiguous_beginning_is_refused(ct, two):
    done = ct("report", two["one"][:2])
    assert done.returncode == 1 and two["one"] in done.stderr and two["two"] in done.stderr


def test_rename(ct, two):
    assert ct("rename", "one", "better name").returncode == 0
    assert sorted(r["name"] for r in ct.runs()) == ["better name", "two"]
    assert ct("report", "better name").returncode == 0
    assert json.loads(ct("report", two["one"], "--format", "json").stdout)["run"]["name"] == "better name"


def test_delete(ct, two):
    assert ct("delete", two["one"]).returncode == 0
    assert [r["name"] for r in ct.runs()] == ["two"]
    assert ct("report", two["one"]).returncode == 1
    assert not any(two["one"] in path.name for path in ct.store.rglob("*"))


def test_a_running_run_is_not_deleted(ct, wait_until):
    with ct.start("run", "--", "sh", "-c", "sleep 2; exit 3") as process:
        wait_until(ct.runs)
        done = ct("delete", "last")
        assert done.returncode == 1 and "running" in done.stderr
        process.communicate(timeout=120)
    assert ct.report()["run"]["exit_code"] == 3


def test_prune(ct, two):
    assert ct("prune", "--older-than", "1h").stdout == "deleted 0 runs\n"
    assert len(ct.runs()) == 2
    assert ct("prune", "--older-than", "0.001s").stdout == "deleted 2 runs\n"
    assert ct.runs() == []


@pytest.mark.parametrize("bad", ["yesterday", "-1h", "5 parsecs", ""])
def test_a_bad_age_is_named(ct, bad):
    done = ct("prune", f"--older-than={bad}")
    assert done.returncode == 2 and "--older-than" in done.stderr


def test_the_text_report_names_sources_and_uncertainty(ct, two):
    text = ct("report", "one").stdout
    assert "Denmark" in text and "PUE 1.5" in text and " to " in text and "--place" in text
    assert len(text.splitlines()) <= 8


@pytest.mark.parametrize("format", FORMATS)
def test_sources(ct, format):
    done = ct("sources", "--format", format, env={"CARBONTRACKER_SYNTHETIC": None, "CARBONTRACKER_HOST_ROOT": "/nonexistent"})
    assert done.returncode == 0
    for family in ("powercap", "nvml", "hwmon"):
        assert family in done.stdout.lower()


def test_sources_as_json_has_the_documented_keys(ct):
    done = ct("sources", "--format", "json", env={"CARBONTRACKER_HOST_ROOT": "/nonexistent"})
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert {row["state"] for row in found["sources"]} <= {"open", "refused", "not needed"}
    for row in found["sources"]:
        assert set(row) == {"backend", "state", "channels", "reason", "remedy"}
        assert (row["reason"] is None) == (row["state"] == "open")
        for channel in row["channels"]:
            assert set(channel) == {"name", "domain", "device", "label", "origin", "gain_error", "role", "note"}
    assert any(channel["name"] == "package-0" and channel["role"] == "summed" for row in found["sources"] for channel in row["channels"])


def test_version_and_help(ct):
    assert ct("--version").stdout == "carbontracker 3.0.0\n"
    for words in (["--help"], ["run", "--help"], ["report", "-h"], []):
        done = ct(*words)
        assert done.returncode == 0 and "carbontracker" in done.stdout and done.stderr == ""


def test_a_file_that_is_called_json_holds_json(ct):
    ct("run", "--name", "a", "--", "true")
    for words in (["report", "a"], ["report"]):
        assert ct(*words, "-o", ct.work / "r.json").returncode == 0 and "schema" in json.loads((ct.work / "r.json").read_text())
    assert ct("report", "a", "-o", ct.work / "r.txt").returncode == 0 and (ct.work / "r.txt").read_text().startswith("a ")


def test_a_project_without_runs_is_not_a_store_without_runs(ct):
    ct("run", "--name", "a", "--", "true")
    assert ct("report", "--project", "nosuch").stdout == "no runs of that project or tag: carbontracker report lists what is kept\n"
    assert ct("rename", "a", "").returncode == 1 and ct("report", "a").returncode == 0
    assert "'x' is not a whole number of runs" in ct("report", "--limit", "x").stderr
