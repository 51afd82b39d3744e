"""run --when green on series of seconds around now: rows to come are the grid's forecast."""
import datetime
import os
import signal
import time

import pytest


def series(path, figures, first=-2):
    """A figure for each second, from `first` seconds after now on. Returns the moment of second 0."""
    now = int(time.time())
    rows = ["utc_start,g_per_kwh"]
    for second, value in enumerate(figures, first):
        rows.append(f"{datetime.datetime.fromtimestamp(now + second, datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ},{value}")
    path.write_text("\n".join(rows) + "\n")
    return now


SECOND = str(1 / 3600)


@pytest.fixture
def grid(ct):
    return ct.work / "grid.csv"


def test_it_starts_in_the_greenest_seconds_and_the_wait_is_no_part_of_the_run(ct, grid):
    now = series(grid, [500] * 8 + [100] * 4 + [500] * 8)   # green from second 6 on
    done = ct("run", "--when", "green", "--within", "15s", "--hours", SECOND, "--history", grid, "--", "date", "+%s")
    assert done.returncode == 0, done.stderr
    assert now + 6 <= int(done.stdout) <= now + 10
    assert "waiting for a greener grid" in done.stderr and "80 % less" in done.stderr
    assert ct.runs()[0]["duration_s"] < 5
    assert not list((ct.store / "waits").iterdir())


def test_without_a_history_it_starts_at_once_and_says_why(ct):
    done = ct("run", "--when", "green", "--within", "24h", "--", "echo", "on")
    assert (done.returncode, done.stdout) == (0, "on\n")
    assert "no hour is known to be better" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_at_once_and_starts_nothing(ct, grid, wait_until, number):
    series(grid, [500] * 60 + [100] * 60)
    with ct.start("run", "--when", "green", "--within", "100s", "--hours", SECOND, "--history", grid, "--", "touch", "started", text=True) as process:
        wait_until(lambda: list((ct.store / "waits").glob("*.json")))
        os.kill(process.pid, number)
        began = time.monotonic()
        process.communicate(timeout=120)
        assert time.monotonic() - began < 30
    assert process.returncode == 128 + number
    assert not (ct.work / "started").exists() and not (ct.store / "journals").exists()


def next_second():
    """A deadline made now would be another one: they are kept to the second."""
    began = int(time.time())
    return lambda: int(time.time()) > began + 1


def test_a_wait_that_is_started_again_keeps_its_first_deadline(ct, grid, wait_until):
    series(grid, [500] * 60 + [100] * 60)
    words = ["run", "--when", "green", "--within", "100s", "--hours", SECOND, "--history", grid, "--", "true"]
    def state():
        return [path.read_text() for path in (ct.store / "waits").glob("*.json")]
    with ct.start(*words, text=True) as process:
        wait_until(state)
        process.kill()
    first = state()
    wait_until(next_second())
    with ct.start(*words, text=True) as process:
        line = ""
        while "goes on with the wait" not in line:
            line = process.stderr.readline()
            assert line, "it did not go on"
        assert state() == first
        process.send_signal(signal.SIGINT)   # given up: forgotten
        process.communicate(timeout=120)
    assert state() == []


def test_work_whose_length_nobody_knows_is_asked_for_and_an_earlier_run_tells_it(ct, grid):
    series(grid, [300] * 30 + [100] * 10)
    words = ["--history", grid, "--", "sleep", "0.2"]
    refused = ct("run", "--when", "green", *words)
    assert refused.returncode == 125 and "--hours" in refused.stderr
    assert ct("run", "--", "sleep", "0.2").returncode == 0
    known = ct("run", "--when", "green", "--within", "5s", *words)
    assert known.returncode == 0, known.stderr
    assert "starts now" in known.stderr


def test_what_cannot_start_is_known_before_the_wait(ct, grid):
    series(grid, [500] * 60 + [100] * 60)
    how = ["run", "--when", "green", "--within", "100s", "--hours", SECOND]
    assert ct(*how, "--history", grid, "--", "no-such-program").returncode == 127
    assert ct(*how, "--history", ct.work / "none.csv", "--", "true").returncode == 125
    assert ct(*how, "--history", grid, "--place", "Atlantis", "--", "true").returncode == 125
    assert ct(*how, "--deadline", "2026-01-01", "--history", grid, "--", "true").returncode == 125


def test_a_deadline_that_leaves_no_time_starts_at_once(ct, grid):
    series(grid, [500] * 20 + [100] * 60)
    done = ct("run", "--when", "green", "--within", "2s", "--hours", "1", "--history", grid, "--", "echo", "on")
    assert (done.returncode, done.stdout) == (0, "on\n") and "starts now" in done.stderr


def test_two_waits_alike_keep_each_its_own_deadline(ct, grid, wait_until):
    """They once shared one file: the second took the first one's deadline, and the first one's end made it forget its own."""
    series(grid, [500] * 60 + [100] * 60)
    words = ["run", "--when", "green", "--within", "100s", "--hours", SECOND, "--history", grid, "--", "true"]
    def files():
        return sorted((ct.store / "waits").glob("*.json"))
    with ct.start(*words, text=True) as first:
        wait_until(lambda: files() and files()[0].read_text())
        wait_until(next_second())
        with ct.start(*words, text=True) as second:
            wait_until(lambda: len(files()) == 2 and all(path.read_text() for path in files()))
            kept = {path.read_text() for path in files()}
            assert len(kept) == 2
            first.send_signal(signal.SIGINT)   # the first is given up, the second killed and started again
            first.communicate(timeout=120)
            second.kill()
    (left,) = [path.read_text() for path in files()]
    with ct.start(*words, text=True) as again:
        wait_until(lambda: "goes on with the wait" in again.stderr.readline())
        assert [path.read_text() for path in files()] == [left]
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=120)
