"""predict with the grid of the hours in which the work would run."""
import datetime
import json

import pytest
from live_server import AT, neso

START = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
WORK = ("predict", "--hours", "6", "--watts", "1000")


@pytest.fixture(name="history")
def history_fixture(ct):
    """A day that repeats: 100 before noon, 500 after it."""
    path = ct.work / "grid.csv"
    path.write_text("utc_start,lifecycle_gco2eq_per_kwh\n" + "".join(f"{START + datetime.timedelta(hours=h):%Y-%m-%dT%H:%MZ},{100 if h % 24 < 12 else 500}\n" for h in range(10 * 24)))
    return path


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assumed(answer):
    return {a["what"]: a for a in answer["assumptions"]}


@pytest.mark.parametrize("at, g", [("2026-06-10T00:00Z", 100), ("2026-06-10T12:00Z", 500), ("2026-06-10T09:00Z", 300), ("2026-06-10T10:30Z", (1.5 * 100 + 4.5 * 500) / 6)])
def test_the_hours_of_the_work_are_what_counts(ct, history, at, g):
    answer = told(ct(*WORK, "--history", history, "--at", at, "--format", "json"))
    assert answer["grams"] == pytest.approx(6 * g, rel=0.03)  # 6 kWh
    grid = assumed(answer)["grid"]
    assert f"mean of {at}" in grid["value"] and "grid.csv" in grid["from"] and "average, lifecycle" in grid["from"] and "forecast by Carbontracker" in grid["from"]


def test_what_no_forecast_reaches_takes_the_mean_and_says_so(ct, history):
    answer = told(ct("predict", "--hours", "960", "--watts", "1000", "--history", history, "--at", "2026-06-10T00:00Z", "--format", "json"))
    assert answer["grams"] == pytest.approx(960 * 300, rel=0.05) and "2026-06-14T00:00Z" in assumed(answer)["grid later"]["value"]


def test_a_live_forecast_is_taken_and_a_provider_that_is_down_leaves_the_table(ct, serve):
    up = {"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(neso).url}
    answer = told(ct(*WORK, "--place", "GB", "--live", "--at", AT, "--format", "json", env=up))
    assert "NESO" in assumed(answer)["grid"]["from"] and answer["grams"] == pytest.approx(6 * (200 * 100) ** 0.5, rel=0.05)
    down = {"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(lambda p, h: (500, {}, "")).url}
    done = ct(*WORK, "--place", "GB", "--live", "--at", "2026-11-26T10:00Z", "--format", "json", env=down | {"CARBONTRACKER_HOME": str(ct.folder / "other")})
    table = told(ct(*WORK, "--place", "GB", "--format", "json"))
    assert told(done)["grams"] == table["grams"] and "the table stands" in done.stderr


@pytest.mark.parametrize("words, named", [
    (["--history", "nowhere.csv"], "nowhere.csv"),
    (["--at", "2026-06-10T00:00Z"], "--at"),
    (["--column", "x"], "--column"),
    (["--intensity", "100", "--live"], "exclude"),
])
def test_wrong_use_is_named(ct, words, named):
    done = ct(*WORK, *words)
    assert done.returncode != 0 and named in done.stderr and done.stdout == ""


def test_without_either_the_yearly_mean_stands_for_a_zone_with_a_profile_too(ct):
    answer = told(ct(*WORK, "--place", "DE", "--format", "json"))
    assert answer["grams"] == pytest.approx(6 * 329.6, rel=1e-3) and "2025" in assumed(answer)["grid"]["from"]
