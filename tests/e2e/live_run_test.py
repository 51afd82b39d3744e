"""What a run is told of its grid while it lasts: by a provider, played by a local server, or by a file of hours."""
import datetime
import json
import pathlib
import threading
import time

import pytest

UK = "CARBONTRACKER_UK_CARBON_INTENSITY_URL"
OUTAGES = {"500": (500, {}, "down"), "429": (429, {"Retry-After": "60"}, ""), "empty": (200, {}, "{}"), "html": (200, {}, "<html>"), "no data": (200, {}, '{"data": []}')}


def ok(value):
    return 200, {"Content-Type": "application/json"}, json.dumps(value)


def half_hours(grams):
    def reply(path, _):
        start = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
        steps = range(0, 96) if path.endswith("fw48h") else range(-96, 0)
        return ok({"data": [{"from": (start + datetime.timedelta(hours=h / 2)).strftime("%Y-%m-%dT%H:%MZ"), "intensity": {"forecast": grams, "actual": grams if h < 0 else None}} for h in steps]})
    return reply


def hours(path, grams, back=48, ahead=48):
    now = int(time.time()) // 3600
    rows = [f"{datetime.datetime.fromtimestamp(3600 * (now + h), datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ},{grams}" for h in range(-back, ahead)]
    path.write_text("\n".join(["utc_start,g_per_kwh", *rows]) + "\n")
    return path


def asking(ct):
    """Processes of this test's store that still ask."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            ours = f"CARBONTRACKER_HOME={ct.store}".encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if ours and b"grid-feed" in words:
            found.append(words)
    return found


def grams(report):
    return report["energy"]["total"]["joules"] / 3.6e6 * report["carbon"]["pue"]


def test_a_run_keeps_what_a_provider_told_while_it_ran(ct, serve):
    server = serve(half_hours(50))
    done = ct("run", "--live", "--place", "GB", "--pue", "1", "--", "sleep", "3", env={UK: server.url})
    assert done.returncode == 0, done.stderr
    carbon = ct.report()["carbon"]  # nobody is asked again
    assert carbon["provider"].startswith("NESO") and carbon["basis"] == "average, direct" and carbon["zone"] == "GB" and carbon["note"] is None
    assert carbon["grams"] == pytest.approx(grams(ct.report()) * 50, rel=1e-3)
    assert "hours of the run by NESO Carbon Intensity API, GB (--place), direct emissions   PUE 1" in done.stderr  # it once read "GB 2026 mean", and named nobody
    assert len(server.asked) == 2  # what was, and what is to come: asked once


def test_a_run_keeps_what_a_file_of_hours_told(ct):
    grid = hours(ct.work / "grid.csv", 432)
    done = ct("run", "--place", "DK", "--pue", "1.5", "--history", grid, "--", "sleep", "3")
    assert done.returncode == 0 and "432 g/kWh, hours of the run by file grid.csv   PUE 1.5" in done.stderr
    report = ct.report()
    assert report["carbon"]["grams"] == pytest.approx(grams(report) * 432, rel=1e-3)
    assert report["carbon"]["intensity_g_per_kwh"] == pytest.approx(432)
    assert report["carbon"]["provider"] == "file grid.csv" and report["carbon"]["place"] == "DK"


def test_the_process_that_asks_is_no_part_of_the_run(ct, serve):
    with ct.start("run", "--live", "--place", "GB", "--", "python3", "-c", "import time; time.sleep(3)", env={UK: serve(half_hours(50)).url}, text=True) as process:
        process.communicate(timeout=120)
    report = ct.report()
    assert report["energy"]["run"]["joules"] < 0.5 * report["energy"]["total"]["joules"]  # a sleeping program
    assert asking(ct) == []


@pytest.mark.parametrize("fault", [*sorted(OUTAGES), "nobody"])
def test_an_outage_is_no_matter_of_the_run_and_its_figure_says_so(ct, serve, fault):
    url = serve(lambda *_: OUTAGES[fault]).url if fault in OUTAGES else "http://127.0.0.1:9"
    done = ct("run", "--live", "--place", "GB", "--", "sh", "-c", "sleep 2; echo out; exit 7", env={UK: url})
    assert (done.returncode, done.stdout) == (7, "out\n")
    carbon = ct.report()["carbon"]
    assert carbon["basis"] == "average, lifecycle" and "the table stands" in carbon["note"]
    assert "the table stands" in done.stderr  # the summary says so as well
    assert carbon["grams"] > 0


def test_a_provider_that_never_answers_holds_up_nothing(ct, serve):
    over = threading.Event()

    def reply(*_):
        over.wait(200)
        return ok({})

    began = time.monotonic()
    done = ct("run", "--live", "--place", "GB", "--", "sleep", "1", env={UK: serve(reply).url})
    assert done.returncode == 0 and time.monotonic() - began < 60
    over.set()
    assert "ended before it was told of its grid" in ct.report()["carbon"]["note"]
    assert asking(ct) == []


def test_offline_asks_nobody(ct, serve):
    server = serve(half_hours(50))
    assert ct("run", "--live", "--offline", "--place", "GB", "--", "sleep", "1.5", env={UK: server.url}).returncode == 0
    assert server.asked == [] and ct.report()["carbon"]["note"] is None


# 100 W in a grid of 3600 g/kWh: 0.1 g each second. By the year's figure of Denmark it would take a minute and more.
def test_a_budget_of_co2_is_held_against_the_grid_of_the_hour(ct):
    grid = hours(ct.work / "grid.csv", 3600)
    began = time.monotonic()
    done = ct("run", "--place", "DK", "--pue", "1", "--history", grid, "--budget", "0.3gCO2", "--on-budget", "stop", "--", "sleep", "300")
    assert done.returncode == 143 and time.monotonic() - began < 120
    assert "the budget of 0.3gCO2 is spent" in done.stderr


# Denmark's 114 g/kWh stand: 100 W take 3.2 mg each second.
def test_a_budget_of_co2_whose_grid_is_not_told_is_held_against_the_table(ct):
    """It was held against 0 g/kWh, and never spent."""
    grid = hours(ct.work / "grid.csv", 3600, back=6, ahead=-3)
    done = ct("run", "--place", "DK", "--pue", "1", "--history", grid, "--budget", "0.003gCO2", "--on-budget", "stop", "--", "sleep", "30")
    assert done.returncode == 143 and "the budget of 0.003gCO2 is spent" in done.stderr


def test_a_file_that_cannot_be_read_is_said_before_anything_starts(ct):
    done = ct("run", "--history", "missing.csv", "--", "echo", "started")
    assert done.returncode == 125 and done.stdout == "" and "missing.csv" in done.stderr


def test_a_file_that_ends_long_ago_leaves_the_table(ct):
    (ct.work / "old.csv").write_text("utc_start,g_per_kwh\n2020-01-01T00:00:00Z,500\n2020-01-01T01:00:00Z,500\n")
    done = ct("run", "--place", "DK", "--history", "old.csv", "--", "sleep", "2")
    assert done.returncode == 0
    carbon = ct.report()["carbon"]
    assert carbon["basis"] == "average, lifecycle" and "the table stands" in carbon["note"]
    assert "the table stands" in done.stderr  # the summary says so as well


def test_another_place_is_judged_by_its_table_and_a_series_given_later_wins(ct):
    grid = hours(ct.work / "grid.csv", 432)
    ct("run", "--place", "DK", "--pue", "1", "--history", grid, "--", "sleep", "2")
    there = json.loads(ct("report", "last", "--place", "SE", "--format", "json").stdout)
    assert there["carbon"]["zone"] == "SE" and there["carbon"]["intensity_g_per_kwh"] < 100
    later = json.loads(ct("report", "last", "--intensity", hours(ct.work / "later.csv", 77), "--format", "json").stdout)
    assert later["carbon"]["intensity_g_per_kwh"] == pytest.approx(77)
