"""bench_intensity --format json on a grid that is known by rule."""
import datetime
import json
import math
import random
import subprocess

import pytest

START = datetime.datetime(2023, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture(name="back_test")
def back_test_fixture(ct):
    """Half a year of a day that repeats, 300 + 100 sin, times a noise of 5 % that is drawn anew each day."""
    draw = random.Random(7)
    noise = [math.exp(draw.gauss(0, 0.05)) for _ in range(200)]
    lines = ["utc_start,lifecycle_gco2eq_per_kwh"]
    for hour in range(180 * 24):
        lines.append(f"{(START + datetime.timedelta(hours=hour)):%Y-%m-%dT%H:%MZ},{(300 + 100 * math.sin(2 * math.pi * hour / 24)) * noise[hour // 24]:.3f}")
    path = ct.work / "rule_XX_2023.csv"
    path.write_text("\n".join(lines) + "\n")
    program = ct.program.parent / "bench_intensity"
    done = subprocess.run([str(program), str(path), "--format", "json"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_bench_intensity_json_is_the_fixed_shape(back_test):
    (zone,) = back_test
    assert set(zone) == {"zone", "column", "days", "saving_4h"} and zone["zone"] == "XX" and zone["column"] == "lifecycle_gco2eq_per_kwh"
    assert [day["day"] for day in zone["days"]] == [1, 2, 3, 4]
    for day in zone["days"]:
        assert set(day) == {"day", "mape", "mape_yesterday", "mape_last_week", "mape_published", "cover90"} and day["mape_published"] is None
        assert 0 < day["mape"] < 10 and 50 < day["cover90"] <= 100
    saving = zone["saving_4h"]
    assert set(saving) == {"ours", "yesterday", "perfect", "published_corrected", "perfect_of_published", "cover90"}
    assert saving["published_corrected"] is None and saving["perfect_of_published"] is None


def test_the_saving_and_how_often_its_interval_held(back_test):
    saving = back_test[0]["saving_4h"]
    # Four hours about 18:00 have 300 - 100 (1 + 2 cos 15 + 2 cos 30) / ... at the least: mean of hours 16 to 19 is 205; the mean of all starts 300. 1 - 205 / 300 = 32 %, a
    # noise of the day's level adds a little.
    assert saving["perfect"] == pytest.approx(32, abs=3)
    assert 0.9 * saving["perfect"] <= saving["ours"] <= saving["perfect"]
    assert 0 <= saving["cover90"] <= 100 and saving["cover90"] > 60


def test_a_file_that_is_too_short_is_named_and_no_mean_is_printed(ct):
    """A mean of 0 zones was printed, all of it 0 %."""
    path = ct.work / "week_XX.csv"
    path.write_text("utc_start,g_per_kwh\n" + "".join(f"{(START + datetime.timedelta(hours=hour)):%Y-%m-%dT%H:%MZ},300\n" for hour in range(168)))
    done = subprocess.run([str(ct.program.parent / "bench_intensity"), str(path)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1 and done.stdout == "" and "week_XX.csv: too short, 16 weeks of hours are needed" in done.stderr
