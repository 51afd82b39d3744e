"""Hours where neither a provider nor a history tells them: a usual day of the zone's month."""
import datetime
import json

import pytest

AT = "2026-06-10T05:20Z"


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_intensity_of_a_usual_day_is_labelled_and_the_headline_stays(ct):
    answer = told(ct("intensity", "DE", "--at", AT, "--format", "json"))
    assert set(answer) == {"zone", "provider", "basis", "at", "note", "hours", "series", "yearly"}
    assert answer["hours"] == "profile" and answer["basis"] == "average, lifecycle" and "Ember" in answer["provider"]
    assert "monthly profile of Germany, year 2020" in answer["note"] and "no forecast" in answer["note"]
    assert set(answer["yearly"]) == {"g_per_kwh", "low", "high", "year"} and answer["yearly"]["g_per_kwh"] == pytest.approx(329.6)  # Germany 2025 in data/grid_countries.csv
    assert len(answer["series"]) == 96 and {p["kind"] for p in answer["series"]} == {"forecast"}
    assert all(p["low"] < p["g_per_kwh"] < p["high"] for p in answer["series"])
    figures = [p["g_per_kwh"] for p in answer["series"]]
    assert figures[:72] == figures[24:] and max(figures[:24]) > 1.3 * min(figures[:24])  # four days of June alike
    text = ct("intensity", "DE", "--at", AT).stdout
    assert "year mean  330 g/kWh" in text and "usually" in text and "monthly profile of Germany, year 2020" in text and "now  " not in text


def test_a_zone_without_a_profile_has_no_hours_and_says_so(ct):
    answer = told(ct("intensity", "DK", "--at", AT, "--format", "json"))
    assert answer["hours"] == "table" and answer["no_hours"] == "no monthly profile for Denmark" and len({p["g_per_kwh"] for p in answer["series"]}) == 1
    assert "no monthly profile for Denmark" in ct("intensity", "DK").stdout


def test_bases_are_not_mixed_in_the_united_states(ct):
    answer = told(ct("intensity", "US-CA", "--at", AT, "--format", "json"))
    assert answer["basis"] == "average, direct" and answer["hours"] == "profile"
    mean = sum(p["g_per_kwh"] for p in answer["series"]) / 96
    assert 0.5 * answer["yearly"]["g_per_kwh"] < mean < 1.5 * answer["yearly"]["g_per_kwh"]


def test_a_recorded_series_comes_before_a_usual_day(ct):
    start = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
    path = ct.work / "grid.csv"
    path.write_text("utc_start,g_per_kwh\n" + "".join(f"{start + datetime.timedelta(hours=h):%Y-%m-%dT%H:%MZ},123\n" for h in range(220)))
    answer = told(ct("intensity", "DE", "--history", path, "--at", AT, "--format", "json"))
    assert answer["hours"] == "history" and answer["yearly"] is None and all(p["g_per_kwh"] == pytest.approx(123) for p in answer["series"])


def test_a_plan_by_a_usual_day_says_so(ct):
    words = ("plan", "--hours", "4", "--kwh", "40", "--place", "DE", "--within", "24h", "--at", AT)
    done = ct(*words)
    assert "hours      monthly profile of Germany, year 2020" in done.stdout and "no forecast" in done.stdout
    plan = told(ct(*words, "--format", "json"))
    best = plan["options"][0]
    assert 9 <= datetime.datetime.fromisoformat(best["start"].replace("Z", "+00:00")).hour <= 11  # the four hours about the sun's noon, 11:20
    assert best["saved_low"] < best["saved_percent"] < best["saved_high"] and best["end"] <= "2026-06-11T05:20"
    assert plan["places"][0]["grid"]["hours"] == "profile" and plan["not_alike"] is None
    assert "no monthly profile for Denmark" in ct("plan", "--hours", "4", "--kwh", "40", "--place", "DK").stdout


def test_a_wait_by_a_usual_day_says_that_it_is_no_forecast(ct, wait_until):
    lines = []
    # To end within 21 hours, whenever it is: some later start is better than now unless now is the best of the day.
    with ct.start("run", "--when", "green", "--place", "US-CA", "--within", "21h", "--hours", "1", "--", "true", text=True) as process:
        lines.append(process.stderr.readline())
        process.terminate()
        process.wait(timeout=120)
    assert "usual day of the month" in lines[0], lines


def test_usual_hours_alone_do_not_hold_up_a_run_of_unknown_length(ct):
    done = ct("run", "--when", "green", "--place", "DE", "--", "echo", "on")
    assert (done.returncode, done.stdout) == (0, "on\n") and "starts now" in done.stderr and "--hours" in done.stderr
