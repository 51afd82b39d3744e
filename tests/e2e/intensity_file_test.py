"""report --intensity: a run judged again by a series of its hours, whatever the file is like; it says for how much of the run the series tells."""
import datetime
import json
import time

import pytest


def stamp(seconds, form="%Y-%m-%dT%H:%M:%SZ"):
    return datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc).strftime(form)


def table(ct, header, rows, name="series.csv"):
    path = ct.work / name
    path.write_text("\n".join([header, *(f"{when},{value}" for when, value in rows)]) + "\n")
    return path


@pytest.fixture
def run(ct):
    assert ct("run", "--name", "r", "--place", "DK", "--pue", "1", "--", "sleep", "0.5").returncode == 0
    return lambda *words: json.loads(ct("report", "r", *words, "--format", "json").stdout)["carbon"]


def test_a_series_that_holds_the_run_tells_all_of_it(ct, run):
    path = table(ct, "utc_start,g_per_kwh", [(stamp(3600 * h), 100) for h in range(-3, 4)])
    carbon = run("--intensity", path)
    assert carbon["intensity_g_per_kwh"] == pytest.approx(100) and carbon["told"] == 1 and carbon["note"] is None
    assert "stands for the rest" not in ct("report", "r", "--intensity", path).stdout
    assert run()["told"] is None   # the table: one figure for all


def test_a_series_of_another_time_is_told(ct, run):
    """Its mean stands for the whole run; nothing once said so."""
    path = table(ct, "utc_start,g_per_kwh", [("2021-01-01T00:00Z", 100), ("2021-01-01T01:00Z", 300)])
    carbon = run("--intensity", path)
    assert carbon["intensity_g_per_kwh"] == pytest.approx(200) and carbon["told"] == 0
    assert "the series has figures for 0 % of it, their mean stands for the rest" in ct("report", "r", "--intensity", path).stdout


def test_what_a_file_lacks_is_said(ct, run):
    rows = [(stamp(3600 * h), 100) for h in (-9, -8, -7, -3, -2, -1, 0, 1)] + [("yesterday", 5), (stamp(0)[:10] + "T00:00Z", "")]
    carbon = run("--intensity", table(ct, "utc_start,g_per_kwh", rows))
    assert "2 rows left out" in carbon["note"] and "3 steps without a row" in carbon["note"] and carbon["told"] == 1


@pytest.mark.parametrize("header, basis, label", [("utc_start,marginal_g_per_kwh", "marginal", ", marginal"), ("utc_start,direct_g_per_kwh", "average, direct", ", direct emissions"),
                                                  ("utc_start,lifecycle_g_per_kwh", "average, lifecycle", "")])
def test_the_basis_is_labelled(ct, run, header, basis, label):
    """A marginal series once stood in the text as if it were the grid's average."""
    path = table(ct, header, [(stamp(3600 * h), 100) for h in range(-3, 4)])
    assert run("--intensity", path)["basis"] == basis
    assert f"{label}   PUE" in ct("report", "r", "--intensity", path).stdout


@pytest.mark.parametrize("header, value, word", [("utc_start,value", "0.4", "kg_per_kwh"), ("utc_start,value", "400000", "kg_per_kwh"), ("utc_start,price_eur", "80", "no intensity"),
                                                 ("when,g_per_kwh", "80", "no time column"), ("utc_start,g_per_kwh", "x", "no row")])
def test_what_is_no_series_of_grams_is_refused(ct, run, header, value, word):
    done = ct("report", "r", "--intensity", table(ct, header, [(stamp(3600 * h), value) for h in range(-3, 4)]))
    assert done.returncode == 1 and done.stdout == "" and word in done.stderr


def test_empty_and_broken_files_are_named(ct, run):
    for text in ("", "\n", "[", "{}", "<html>", "utc_start,g_per_kwh\n"):
        (ct.work / "bad").write_text(text)
        done = ct("report", "r", "--intensity", "bad")
        assert done.returncode == 1 and done.stdout == "" and "reading bad" in done.stderr
    assert ct("report", "r", "--intensity", "none.csv").returncode == 1


def test_pounds_become_grams_and_no_offset_is_subtracted(ct, run):
    path = table(ct, "utc_start,lb_per_mwh", [(stamp(3600 * h), 1000) for h in range(-3, 4)])
    carbon = run("--intensity", path)
    assert carbon["intensity_g_per_kwh"] == pytest.approx(453.59237) and "lb/MWh" in carbon["note"]
    market = json.loads(ct("report", "r", "--intensity", path, "--market", "0", "--format", "json").stdout)
    assert market["carbon"] == carbon and market["beyond"]["market"]["grams"] == 0
