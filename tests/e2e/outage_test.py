"""A provider that goes away amid a pause or a wait: nobody stands still by a figure that is known no more, the bounds that were given win, and what stands in is said."""
import datetime
import json
import os
import pathlib
import signal
import subprocess
import threading

import pytest
from processes import children_of, stopped_child

PROVIDER = "CARBONTRACKER_UK_CARBON_INTENSITY_URL"
HALF_HOUR = datetime.timedelta(minutes=30)
WORKS = "echo 'Epoch 1: loss 0.5' >&2; while [ ! -e end ]; do sleep 0.1; done; echo done"  # a sign that it works: before one it is not paused
ANSWERS = {"500": (500, {}, "down"), "429": (429, {"Retry-After": "120"}, "slow down"), "empty object": (200, {}, "{}"), "HTML page": (200, {"Content-Type": "text/html"}, "<html>Down for maintenance</html>")}
FAULTS = [*ANSWERS, "time-out", "refused", "TLS", "killed"]


def certificate(path, days):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", path.with_suffix(".crt")],
                   check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


class Provider:
    """NESO, by a moved clock: `dirty` g/kWh from half an hour ago until `until`, `clean` before and after; until break_by() says how it goes away."""

    def __init__(self, ct, serve, clock, hours, dirty=500, clean=100, ahead=48):
        self.clock, self.fault, self.over = clock, None, threading.Event()
        self.since, self.until = clock.now() - HALF_HOUR, clock.now() + datetime.timedelta(hours=hours)
        self.dirty, self.clean, self.ahead = dirty, clean, 2 * ahead
        own = certificate(ct.folder / "own.pem", 30)
        self.foreign = certificate(ct.folder / "foreign.pem", 30)
        self.server = serve(self.reply, own)
        self.env = {**clock.env, PROVIDER: self.server.url, "CURL_CA_BUNDLE": str(own.with_suffix(".crt")), "CARBONTRACKER_LIVE_LIMIT": "10s", "CARBONTRACKER_HOST_ROOT": str(ct.folder / "nameless")}

    def reply(self, path, _):
        date = {"Date": self.clock.date()}
        if self.fault in ANSWERS:
            status, headers, body = ANSWERS[self.fault]
            return status, {**date, **headers}, body
        if self.fault in ("time-out", "killed"):
            self.over.wait(60)
            return 500, date, ""
        now = self.clock.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        moments = [hour + HALF_HOUR * h for h in (range(0, self.ahead + 2) if path.endswith("fw48h") else range(-20, 0))]
        rows = [{"from": f"{m:%Y-%m-%dT%H:%MZ}", "intensity": {"forecast": self.at(m), "actual": self.at(m) if m <= now else None}} for m in moments]
        return 200, {**date, "Content-Type": "application/json"}, json.dumps({"data": rows})

    def at(self, moment):
        return self.dirty if self.since <= moment < self.until else self.clean

    def break_by(self, fault):
        self.fault = fault
        if fault == "refused":
            self.server.server.shutdown()
            self.server.server.server_close()
        if fault == "TLS":
            self.server.context.load_cert_chain(self.foreign)


def feed_of(wrapper):
    return next((pid for pid in children_of(wrapper) if b"grid-feed" in cmdline(pid)), None)


def cmdline(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def line_with(process, text, seconds=60):
    """The next line of its stderr that has the text."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    seen = []
    try:
        for line in process.stderr:
            seen.append(line)
            if text in line:
                return line
    finally:
        timer.cancel()
    raise AssertionError(f"no {text!r} in {seen}")


def pause(ct, provider, *words):
    return ct.start("run", "--live", "--place", "GB", "--pause-above", "300g", *words, "--", "sh", "-c", WORKS, env=provider.env, text=True)


def end(ct, process):
    (ct.work / "end").touch()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "done\n"), err
    return err


def make_it_fail(provider, process, fault, wait_until):
    provider.break_by(fault)
    provider.clock.move(minutes=31)  # the next question is due, and what was kept is no news any more
    if fault in ("time-out", "killed"):
        asker = wait_until(lambda: feed_of(process.pid), what="the next question")
        os.kill(asker, signal.SIGKILL) if fault == "killed" else provider.clock.move(minutes=2)


@pytest.mark.parametrize("fault", FAULTS)
def test_amid_a_pause_the_last_forecast_stands_in_and_that_is_said(ct, serve, moved_clock, wait_until, fault):
    """It was not said that the figures were of an hour ago."""
    provider = Provider(ct, serve, moved_clock, hours=1.75)
    with pause(ct, provider, "--max-pause", "6h", "--hours", "4") as process:
        line_with(process, "paused: the grid is at 500 g/kWh")
        make_it_fail(provider, process, fault, wait_until)
        said = line_with(process, "still paused, by what was told of the grid before (")
        assert "does not answer" in said or fault in ("time-out", "killed") and "asking about the grid: no answer" in said
        assert stopped_child(process.pid)
        moved_clock.move(minutes=150)  # the hours that were said to be clean
        assert "the grid is at 100 g/kWh" in line_with(process, "goes on: ")
        end(ct, process)
    provider.over.set()


@pytest.mark.parametrize("fault", ["500", "refused", "killed"])
def test_amid_a_pause_it_goes_on_where_the_grid_is_known_no_more(ct, serve, moved_clock, wait_until, fault):
    provider = Provider(ct, serve, moved_clock, hours=100, ahead=2)
    with pause(ct, provider, "--max-pause", "24h") as process:
        line_with(process, "paused: the grid is at 500 g/kWh")
        make_it_fail(provider, process, fault, wait_until)
        line_with(process, "still paused, by what was told of the grid before (")
        moved_clock.move(hours=3)  # two hours ahead were told, and the one that began
        line_with(process, "goes on: the present grid is not known (")
        assert "paused: " not in end(ct, process)  # neither again, nor why not
    provider.over.set()


@pytest.mark.parametrize("bound, why", [(("--max-pause", "55m", "--hours", "0.75"), "--max-pause is used up"), (("--max-pause", "9h", "--within", "100m", "--hours", "0.75"), "the deadline leaves no more time")])
def test_amid_an_outage_the_bounds_of_a_pause_win(ct, serve, moved_clock, wait_until, bound, why):
    provider = Provider(ct, serve, moved_clock, hours=1)  # clean hours begin after 60 minutes at the earliest, when neither bound leaves any time
    with pause(ct, provider, *bound) as process:
        line_with(process, "paused: the grid is at 500 g/kWh")
        make_it_fail(provider, process, "refused", wait_until)
        line_with(process, "still paused, by what was told of the grid before (")
        moved_clock.move(minutes=25)
        line_with(process, "goes on: " + why)
        end(ct, process)


def test_amid_a_pause_a_provider_that_comes_back_is_heard(ct, serve, moved_clock, wait_until):
    provider = Provider(ct, serve, moved_clock, hours=4)
    with pause(ct, provider, "--max-pause", "9h", "--hours", "6") as process:
        line_with(process, "paused: the grid is at 500 g/kWh")
        make_it_fail(provider, process, "500", wait_until)
        line_with(process, "still paused, by what was told of the grid before (")
        provider.fault, provider.dirty = None, 100
        moved_clock.move(minutes=65)
        assert "does not answer" not in line_with(process, "goes on: the grid is at ")
        end(ct, process)


def wait(ct, provider, *words):
    return ct.start("run", "--live", "--place", "GB", "--when", "green", "--within", "6h", "--hours", "1", *words, "--", "echo", "on", env=provider.env, text=True)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "killed"])  # it asks itself
def test_amid_a_wait_the_last_forecast_stands_in_and_that_is_said(ct, serve, moved_clock, wait_until, fault):
    provider = Provider(ct, serve, moved_clock, hours=2.5)
    with wait(ct, provider) as process:
        line_with(process, "waiting for a greener grid: starts ")
        provider.break_by(fault)
        moved_clock.move(minutes=61)
        process.send_signal(signal.SIGCONT)  # it looks at the clock each half minute
        said = line_with(process, "still waiting, ")
        assert "as it said at" in said
        moved_clock.move(minutes=180)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "on\n") and "starts now" in err, err
    provider.over.set()


def test_a_signal_while_the_first_question_hangs_starts_nothing(ct, serve, moved_clock, wait_until):
    """It was forgotten: the command began after it."""
    provider = Provider(ct, serve, moved_clock, hours=2.5)
    provider.env["CARBONTRACKER_LIVE_LIMIT"] = "1s"
    provider.break_by("time-out")
    with wait(ct, provider) as process:
        wait_until(lambda: provider.server.asked, what="the question")
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (143, "") and "nothing was started" in err, err
    provider.over.set()


@pytest.mark.parametrize("by", [{"days": -3}, {"days": 365}])
def test_a_clock_that_is_set_amid_a_pause_leaves_nobody_paused(ct, serve, moved_clock, by):
    provider = Provider(ct, serve, moved_clock, hours=4)
    with pause(ct, provider, "--max-pause", "9h", "--hours", "6") as process:
        line_with(process, "paused: the grid is at 500 g/kWh")
        moved_clock.set_wall(**by)  # to a time of which nothing was told
        line_with(process, "goes on: the present grid is not known")
        end(ct, process)


def test_a_clock_that_is_set_amid_a_wait_is_planned_by_anew_and_the_deadline_wins(ct, serve, moved_clock):
    provider = Provider(ct, serve, moved_clock, hours=2.5)
    with wait(ct, provider) as process:
        line_with(process, "waiting for a greener grid: starts ")
        moved_clock.set_wall(hours=7)  # behind the deadline
        process.send_signal(signal.SIGCONT)
        line_with(process, "starts now: the deadline leaves no time to wait")
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "on\n"), err
