"""intensity and plan on a recorded series whose future is known by rule: a day that repeats, 300 + 100 sin, least at 18:00 UTC."""
import datetime
import json
import math

import pytest

START = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


def wave(hour):
    return 300 + 100 * math.sin(2 * math.pi * hour / 24)


@pytest.fixture
def history(ct):
    lines = ["utc_start,g_per_kwh"]
    for hour in range(70 * 24):
        lines.append(f"{(START + datetime.timedelta(hours=hour)):%Y-%m-%dT%H:%MZ},{wave(hour):.3f}")
    path = ct.work / "grid.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


AT = "2024-03-09T00:00Z"  # 68 days in: two days of the file are not to be looked at


def test_intensity_json_is_the_fixed_shape(ct, history):
    done = ct("intensity", "DE", "--history", history, "--at", AT, "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {"zone", "provider", "basis", "at", "series"} <= set(told) and told["zone"] == "DE" and told["at"].startswith("2024-03-09T00:00")
    ahead = [p for p in told["series"] if p["kind"] == "forecast"]
    assert len(ahead) == 96 and set(ahead[0]) == {"start", "g_per_kwh", "low", "high", "kind", "estimated"}
    assert not any(p["estimated"] for p in told["series"])
    for k, point in enumerate(ahead):
        assert point["g_per_kwh"] == pytest.approx(wave(k), abs=1)
        assert point["low"] <= point["g_per_kwh"] <= point["high"]
    measured = [p for p in told["series"] if p["kind"] == "measured"]
    assert [p["g_per_kwh"] for p in measured] == [pytest.approx(wave(23), abs=0.01)]


def test_nothing_at_or_after_the_present_is_used(ct, history):
    plain = ct("intensity", "--history", history, "--at", AT, "--format", "json").stdout
    lines = history.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("2024-03-09T00:00Z"))
    history.write_text("\n".join(lines[:first] + [line.split(",")[0] + ",9999" for line in lines[first:]]) + "\n")
    assert json.loads(ct("intensity", "--history", history, "--at", AT, "--format", "json").stdout)["series"] == json.loads(plain)["series"]


def test_a_plan_past_the_forecast_looks_at_nothing_later_either(ct, history):
    words = ["plan", "--hours", "120", "--kwh", "40", "--within", "130h", "--history", history, "--at", AT, "--format", "json"]
    plain = ct(*words).stdout
    lines = history.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("2024-03-09T00:00Z"))
    history.write_text("\n".join(lines[:first] + [line.split(",")[0] + ",9999" for line in lines[first:]]) + "\n")
    assert json.loads(ct(*words).stdout) == json.loads(plain)


def test_intensity_without_a_series_says_that_no_hour_is_known(ct):
    done = ct("intensity", "DK")
    assert done.returncode == 0 and "yearly mean" in done.stdout and "--history" in done.stdout
    told = json.loads(ct("intensity", "DK", "--hours", "3", "--format", "json").stdout)
    assert len(told["series"]) == 3 and len({p["g_per_kwh"] for p in told["series"]}) == 1


def test_plan_finds_the_trough_and_its_deadline(ct, history):
    done = ct("plan", "--hours", "4", "--kwh", "40", "--place", "DE", "--pue", "1", "--within", "24h", "--history", history, "--at", AT, "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    best = told["options"][0]
    assert {"start", "end", "pauses", "place", "grams", "low", "high", "saved_percent"} <= set(best) and set(told) == {"options", "now", "places", "not_alike"}
    assert best["start"].startswith("2024-03-09T16:00") or best["start"].startswith("2024-03-09T17:00")  # least four hours: 17 to 20, or 16 to 19 (hours 17, 18 are 203.4, 200)
    assert told["now"]["grams"] == pytest.approx(sum(10 * wave(h) for h in range(4)), rel=0.01)
    least = min(sum(10 * wave(h) for h in range(s, s + 4)) for s in range(20))
    assert best["grams"] == pytest.approx(least, rel=0.01)
    assert best["saved_percent"] == pytest.approx(100 * (1 - best["grams"] / told["now"]["grams"]), abs=1e-6)
    early = json.loads(ct("plan", "--hours", "4", "--kwh", "40", "--place", "DE", "--deadline", "2024-03-09T18:00Z", "--history", history, "--at", AT, "--format", "json").stdout)
    assert all(option["end"] <= "2024-03-09T18:00:00.001Z" for option in early["options"])


@pytest.mark.parametrize("scheduler, expected", [
    ("slurm", "sbatch --begin=2024-03-09T17:00:00 --wrap='python train.py --name '\\''a b'\\'''\n"),
    ("at", "echo 'python train.py --name '\\''a b'\\''' | at -t 202403091700\n"),
    ("cron", "00 17 09 03 * python train.py --name 'a b'\n"),
])
def test_plan_prints_the_line_that_starts_it_then(ct, history, scheduler, expected):
    done = ct("plan", "--hours", "3", "--kwh", "1", "--within", "24h", "--history", history, "--at", AT, "--format", scheduler, "--", "python", "train.py", "--name", "a b",
              env={"TZ": "UTC"})
    assert done.returncode == 0 and done.stdout == expected  # hours 17, 18 and 19 are least


def test_plan_from_a_prediction_and_from_a_run(ct, history):
    predicted = ct("predict", "--gpu", "a100", "--hours", "5", "--format", "json").stdout
    told = json.loads(ct("plan", "--from", "-", "--within", "24h", "--history", history, "--at", AT, "--format", "json", input=predicted).stdout)
    joules = json.loads(predicted)["joules"]
    assert told["now"]["grams"] == pytest.approx(joules / 3.6e6 * sum(wave(h) for h in range(5)) / 5, rel=0.01)
    ct("run", "--name", "one", "--", "sleep", "0.3")
    assert json.loads(ct("plan", "one", "--place", "DK", "--format", "json").stdout)["options"][0]["saved_percent"] == 0


def test_plan_ranks_regions_with_their_pue(ct):
    told = json.loads(ct("plan", "--hours", "4", "--kwh", "40", "--place", "PL", "--regions", "aws,SE", "--format", "json").stdout)
    places = [option["place"] for option in told["options"]]
    assert "SE" in places and "aws:eu-north-1" in places and places.index("SE") < places.index("PL")
    assert [o["grams"] for o in told["options"]] == sorted(o["grams"] for o in told["options"])


@pytest.mark.parametrize("words, named", [
    (["--hours", "4"], "--kwh"),
    ([], "one of"),
    (["--hours", "40", "--kwh", "1", "--within", "24h"], "do not fit"),
    (["--hours", "4", "--kwh", "1", "--history", "nosuch.csv"], "nosuch.csv"),
    (["--hours", "4", "--kwh", "1", "--within", "5h", "--deadline", "2024-03-09T18:00Z"], "exclude"),
    (["--hours", "4", "--kwh", "1", "--regions", "nowhere"], "nowhere"),
    (["--from", "-"], "no prediction"),
    (["--hours", "4", "--kwh", "1", "--at", "2024-03-09T00:00Z", "--deadline", "2024-03-08T00:00Z"], "is over"),
    (["--hours", "1e9", "--kwh", "1"], "hundred years"),
    (["--hours", "1", "--kwh", "1", "--within", "100000d"], "not a duration"),
])
def test_plan_names_what_is_wrong(ct, words, named):
    done = ct("plan", *words)
    assert done.returncode == 2 and named in done.stderr and done.stdout == ""


def test_a_history_that_ended_long_ago_says_so(ct, history):
    done = ct("intensity", "--history", history)
    assert done.returncode == 1 and "--at" in done.stderr


def test_a_start_now_is_a_minute_that_is_still_ahead(ct):
    line = ct("plan", "--hours", "1", "--kwh", "1", "--format", "at", "--", "true", env={"TZ": "UTC"}).stdout
    stamp = datetime.datetime.strptime(line.split()[-1], "%Y%m%d%H%M")
    assert stamp > datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(seconds=2)


def test_a_region_named_twice_is_listed_once_and_the_chart_ends_with_the_forecast(ct, history):
    told = json.loads(ct("plan", "--hours", "1", "--kwh", "1", "--place", "PL", "--regions", "SE,aws,aws,SE", "--format", "json").stdout)
    places = [option["place"] for option in told["options"]]
    assert len(places) == len(set(places))
    text = ct("plan", "--hours", "1", "--kwh", "1", "--within", "36000d", "--history", history, "--at", AT).stdout
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize("scheduler", ["slurm", "at", "cron"])
def test_a_local_time_that_comes_twice_is_said(ct, history, scheduler):
    """In the night in which clocks go back the line named an hour of which there are two."""
    words = ["plan", "--hours", "3", "--kwh", "40", "--within", "24h", "--history", history, "--at", AT, "--format", scheduler]  # from 17:00 UTC on
    back = ct(*words, env={"TZ": "AAA-1BBB,J1,J68/19"})  # 2024-03-09 19:00 BBB is 17:00 UTC, and 18:00 AAA
    assert back.returncode == 0 and "2024-03-09 18:00 comes twice by this machine's clock; meant is 2024-03-09 17:00Z" in back.stderr
    assert ct(*words, env={"TZ": "AAA-1BBB,J1,J68/22"}).stderr == ""


def test_work_without_length_is_refused(ct):
    """1e-9 h were planned, and emitted 0 mg."""
    done = ct("plan", "--place", "DE", "--hours", "1e-9", "--kwh", "1")
    assert done.returncode == 2 and "less than a millisecond" in done.stderr


@pytest.mark.parametrize("place, note", [("10,-150", "place unknown: world average"), ("MC", "Monaco")])
def test_a_place_of_no_figure_of_its_own_is_said_in_words_too(ct, place, note):
    """Only JSON said that it was the world's average."""
    for words in (["intensity", place], ["plan", "--place", place, "--hours", "2", "--kwh", "1"]):
        done = ct(*words)
        assert done.returncode == 0 and f"note       {note}" in done.stdout or f"note       no figure is published for {note}" in done.stdout, done.stdout


def test_a_grid_that_does_not_change_is_drawn_flat(ct):
    """Its rounding was drawn from the lowest bar to the highest."""
    rows = [f"2026-06-{d:02}T{h:02}:00Z,{700 + (d * 24 + h) % 3 * 0.01}" for d in range(1, 15) for h in range(24)]
    (ct.work / "flat.csv").write_text("\n".join(["time,g_per_kwh", *rows]) + "\n")
    text = ct("intensity", "PL", "--history", "flat.csv", "--at", "2026-06-14T00:00Z").stdout
    assert "\u2581" in text and not set("\u2582\u2583\u2584\u2585\u2586\u2587\u2588") & set(text), text
