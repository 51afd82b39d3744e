"""carbontracker forecast of logs as they are and as they should not be: a sane forecast, a wider one, or the reason why there is none."""
import json
import math
import random

import pytest

READINGS, MARKS = "time_ms,watts\n", "time_ms,event_type,key,number,value\n"


def readings(n=300, apart=2000, watts=lambda i: 300, first=-20000):
    return READINGS + "".join(f"{first + i * apart},{watts(i)}\n" for i in range(n))


def marks(n=10, start=0, more=""):
    lines = "".join(f"{start + i * 10000},x,epoch_start,{i},\n{start + (i + 1) * 10000},x,epoch_stop,{i},\n" for i in range(n))
    return f"{MARKS}{start},x,run_start,,\n{lines}{more}"


def stops(times):
    return MARKS + "0,x,run_start,,\n" + "".join(f"{t},x,epoch_stop,,\n" for t in times)


def shuffled(text):
    head, *lines = text.splitlines()
    random.Random(4).shuffle(lines)
    return "\n".join([head, *lines]) + "\n"


@pytest.fixture
def forecast(ct):
    def call(power, events, *options, total=20):
        paths = []
        for name, text in (("power.csv", power), ("events.csv", events)):
            path = ct.work / name
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        done = ct("forecast", "--power", paths[0], "--events", paths[1], "--total", total, *options, "--format", "json")
        assert done.returncode in (0, 1, 2), done.stderr
        if done.returncode:
            assert done.stderr.startswith("carbontracker: ") and not done.stdout
            return done.stderr
        f = json.loads(done.stdout)
        for value in ("joules", "seconds"):
            low, high = (f["low"], f["high"]) if value == "joules" else (f["seconds_low"], f["seconds_high"])
            assert all(math.isfinite(x) for x in (low, f[value], high)) and 0 <= low <= f[value] <= high
        assert f["high"] < 1e9 and f["seconds_high"] < 1e7  # of a run of 300 W and minutes, or of one that stood for hours
        return f

    return call


# 20 epochs of 10 s at 300 W are 200 s and 60 kJ.
SOUND = {
    "as it is": (readings(), marks()),
    "lines in any order": (shuffled(readings()), shuffled(marks())),
    "CR LF": (readings().replace("\n", "\r\n"), marks().replace("\n", "\r\n")),
    "CR": (readings().replace("\n", "\r"), marks().replace("\n", "\r")),
    "a byte order mark": ("\ufeff" + readings(), "\ufeff" + marks()),
    "blank lines": (readings().replace("\n", "\n\n"), marks().replace("\n", "\n\n")),
    "each reading twice": (READINGS + "".join(f"{i // 2 * 2000},300\n" for i in range(200)), marks()),
    "half of the readings NaN": (readings(watts=lambda i: "nan" if i % 2 else 300), marks()),
    "one reading infinite": (readings(watts=lambda i: "inf" if i == 30 else 300), marks()),
    "one reading of 1e300 W": (readings(watts=lambda i: "1e300" if i == 30 else 300), marks()),
    "negative readings": (readings(watts=lambda i: -300 if i % 3 == 0 else 300), marks()),
    "readings from the fifth epoch on": (readings(first=50000), marks()),
    "a reading of another century": (readings() + "1e300,300\n", marks()),
    "a mark of another century": (readings(), marks(more="1e300,x,epoch_stop,,\n")),
    "a reading of 1970": (READINGS + "0,300\n" + readings(first=1715274460295 - 20000).split("\n", 1)[1], marks(start=1715274460295)),
    "a mark of 1970": (readings(first=1715274460295 - 20000), MARKS + "0,x,run_start,,\n" + marks(start=1715274460295).split("\n", 1)[1]),
    "a time since 1970": (readings(first=1715274460295 - 20000), marks(start=1715274460295)),
    "an end of the run before it began": (readings(), marks(more="50000,x,run_start,,\n")),
}


@pytest.mark.parametrize("case", SOUND)
def test_a_log_that_can_be_read_has_its_forecast(forecast, case):
    f = forecast(*SOUND[case], "--now", 100)
    assert f["joules"] == pytest.approx(60000, rel=0.03) and f["seconds"] == pytest.approx(200, rel=0.03)
    assert f["low"] < 60000 < f["high"] and f["seconds_low"] < 200 < f["seconds_high"]
    assert f["seconds_low"] >= 100 and f["low"] >= 0.99 * 30000  # what is spent is certain


NOTHING = {
    "NaN power": (readings(watts=lambda i: "nan"), marks(), "fewer than two readings"),
    "negative power": (readings(watts=lambda i: -300), marks(), "fewer than two readings"),
    "impossible power": (readings(watts=lambda i: "1e300"), marks(), "fewer than two readings"),
    "no power": (readings(watts=lambda i: 0), marks(), "no energy"),
    "an empty log": ("", marks(), "fewer than two readings"),
    "a log of one reading": (READINGS + "0,300\n", marks(), "fewer than two readings"),
    "readings of one time": (READINGS + "0,300\n" * 9, marks(), "one time"),
    "no marks": (readings(), "", "no unit has finished"),
    "a run that begins after all of it": (readings(), MARKS + "90000000,x,run_start,,\n", "has not begun"),
    "bytes of anything": (bytes(range(256)) * 40, bytes(range(256)) * 40, "fewer than two readings"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_log_that_tells_nothing_is_a_reason(forecast, case):
    power, events, reason = NOTHING[case]
    assert reason in forecast(power, events)


@pytest.mark.parametrize("total", ["0", "-5", "nan", "inf", "ten"])
def test_a_total_that_is_none_is_a_reason(forecast, total):
    assert "--total" in forecast(readings(), marks(), total=total)


@pytest.mark.parametrize("now, reason", [(-10, "--now"), (0, "has not begun"), (0.5, "no unit has finished"), ("nan", "--now"), (1e12, "power was last read"), (1e300, "power was last read")])
def test_a_present_that_says_nothing_is_a_reason(forecast, now, reason):
    assert reason in forecast(readings(), marks(), "--now", now)


def test_one_epoch_is_wider_than_ten(forecast):
    one, ten = (forecast(readings(), marks(), "--now", now) for now in (10, 100))
    assert one["low"] < 60000 < one["high"]
    assert one["high"] - one["low"] > 3 * (ten["high"] - ten["low"])


def test_two_readings_of_a_hundred_seconds_are_wider(forecast):
    few, all_of_them = forecast(READINGS + "0,300\n1000,300\n", marks(), "--now", 100), forecast(readings(), marks(), "--now", 100)
    assert few["high"] - few["low"] > 2 * (all_of_them["high"] - all_of_them["low"])
    assert few["seconds"] == all_of_them["seconds"]


def test_a_total_below_what_is_done_is_what_was_spent(forecast):
    f = forecast(readings(), marks(), "--now", 100, total=3)
    assert f["joules"] == f["low"] == f["high"] == pytest.approx(30000, rel=1e-6)


# Ten epochs told at once after 50 s, as a program does whose output waits in a buffer: they took 5 s each.
def test_marks_of_one_moment_share_the_time_before_them(forecast):
    f = forecast(readings(), stops([50000] * 10), "--now", 50)
    assert f["seconds"] == pytest.approx(100, rel=0.1)


# Three epochs of 10 s, and nothing since for five hours: nobody knows how long it will stand.
def test_a_run_that_stands_for_hours_is_no_sure_thing(forecast):
    f = forecast(readings(n=1000, apart=20000), marks(3), "--now", 18000)
    assert f["seconds_low"] >= 18000 and f["seconds_high"] > 2 * 18000


# A gap of five hours within the marks is one stall: an interval that holds another, and a point that does not take it for the pace.
def test_a_gap_of_hours_is_not_the_pace(forecast):
    f = forecast(readings(n=1000, apart=20000), stops([10000, 20000, 30000, 18030000, 18040000, 18050000]), "--now", 18050)
    assert f["seconds"] == pytest.approx(18050 + 14 * 10, rel=0.02) and f["seconds_high"] > 18050 * 1.5


@pytest.mark.parametrize("options", [("--eval-start", 0, "--eval-every", 1e-12), ("--eval-start", 1e300, "--eval-every", 1e300)])
def test_a_schedule_of_nonsense_costs_no_more_than_evaluations_do(forecast, options):
    f = forecast(readings(), marks(), "--now", 100, *options)
    assert f["low"] <= 60000 and f["high"] < 1.7 * 60000


# The earlier run's meter was left running for nine minutes behind its last mark: that is no last epoch.
def test_an_earlier_runs_meter_that_was_left_running_is_no_last_epoch(forecast, ct):
    power, events = ct.work / "earlier.csv", ct.work / "earlier-marks.csv"
    power.write_text(readings()), events.write_text(marks(5))
    f = forecast(readings(), marks(), "--now", 100, "--prior", f"{power},{events}")
    assert f["joules"] == pytest.approx(60000, rel=0.05) and f["seconds"] == pytest.approx(200, rel=0.05)


def test_a_million_lines_are_read(forecast):
    n = 10**6
    power = READINGS + "".join(f"{i * 100},300\n" for i in range(n))
    f = forecast(power, stops([200 * (i + 1) for i in range(n // 2)]), total=n)
    assert f["seconds"] == pytest.approx(200000, rel=0.01) and f["joules"] == pytest.approx(6e7, rel=0.03)
