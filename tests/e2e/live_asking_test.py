"""How live providers are asked: every way in which one can fail, what is kept, and for how long it is left alone."""
import datetime
import email.utils
import os
import socket
import subprocess
import threading
import time

import pytest
from live_server import AT, FAULTS, ask, at, forecast, live, maps, measured, neso, ok, SECRET, stamp, told, watttime


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_falls_back_to_the_table_and_says_so(ct, serve, fault):
    done = live(ct, "GB", "UK_CARBON_INTENSITY", serve(FAULTS[fault]))
    answer = told(done)
    assert "NESO" not in answer["provider"] and len(forecast(answer)) == 96
    assert "the table stands" in done.stderr and "\x1b" not in done.stderr


def wrong_unit(_path, _headers):
    return ok({"data": [{"point_time": stamp(0, "%Y-%m-%dT%H:%M:%S+00:00"), "value": 900}], "meta": {"units": "kg_co2_per_mwh"}})


def test_a_wrong_unit_is_refused(ct, serve):
    done = live(ct, "US-CA", "WATTTIME", serve(lambda p, h: ok({"token": "t"}) if p == "/login" else wrong_unit(p, h)), "--provider", "watttime", key="a:b")
    assert "kg_co2_per_mwh" in done.stderr and "the table stands" in done.stderr


def test_nobody_there_and_no_tls(ct, serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = ct("intensity", "GB", "--live", env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": dead})
    assert done.returncode == 0 and "the table stands" in done.stderr
    plain = serve(neso)
    done = ct("intensity", "GB", "--live", env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": plain.url.replace("http:", "https:")})
    assert done.returncode == 0 and "the table stands" in done.stderr and plain.asked == []


def test_a_time_out_ends(ct, serve):
    stop = threading.Event()

    def reply(path, headers):
        stop.wait(200)
        return neso(path, headers)

    began = time.monotonic()
    done = live(ct, "GB", "UK_CARBON_INTENSITY", serve(reply), env={"CARBONTRACKER_LIVE_LIMIT": "300ms"})
    stop.set()
    assert "the table stands" in done.stderr and time.monotonic() - began < 100


def test_an_answer_is_kept_and_not_asked_for_again(ct, serve):
    server = serve(neso)
    first = told(live(ct, "GB", "UK_CARBON_INTENSITY", server))
    assert told(live(ct, "GB", "UK_CARBON_INTENSITY", server)) == first
    assert len(server.asked) == 2


# Data of five minutes after five, of half hours and hours a minute after the next one is due, but not before 15 minutes have gone.
@pytest.mark.parametrize("place, provider, reply, key, kept, due", [
    ("US-CA", "WATTTIME", watttime, "a:b", "10:04", "10:05"),
    ("GB", "UK_CARBON_INTENSITY", neso, None, "10:30", "10:31"),
    ("PL", "ELECTRICITY_MAPS", maps, SECRET, "11:00", "11:01"),
])
def test_an_answer_is_fresh_until_there_can_be_a_new_one(ct, serve, place, provider, reply, key, kept, due):
    server = serve(reply)

    def asked():  # the forecast of Electricity Maps is refused here, and so asked for again after a minute
        return len([path for path in server.paths if "carbon-intensity/forecast" not in path])

    for when, more in (("10:00", True), (kept, False), (due, True)):
        before = asked()
        told(ask(ct, place, provider, server, f"2026-11-25T{when}Z", key))
        assert (asked() > before) == more, when


def test_an_old_answer_is_confirmed_by_its_etag(ct, serve):
    def reply(path, headers):
        if headers.get("if-none-match") == '"v1"':
            return 304, {}, ""
        status, head, body = neso(path, headers)
        return status, {**head, "ETag": '"v1"'}, body

    server = serve(reply)
    at(ct, server, AT)
    told(at(ct, server, "2026-11-25T10:40Z"))
    assert [headers.get("If-None-Match") for _, headers in server.asked] == [None, None, '"v1"', '"v1"']


# In seconds, or as a date by the server's clock, which is the one that matters: here it stands at 10:40 of that day, whatever this machine's clock says.
@pytest.mark.parametrize("headers", [{"Retry-After": "600"},
                                     {"Retry-After": "Wed, 25 Nov 2026 10:50:00 GMT", "Date": "Wed, 25 Nov 2026 10:40:00 GMT"},
                                     {"Retry-After": "Wednesday, 25-Nov-26 10:50:00 GMT", "Date": "Wed Nov 25 10:40:00 2026"}])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_respected_and_what_was_kept_stands(ct, serve, headers, status):
    state = {"down": False}
    server = serve(lambda p, h: (status, headers, "") if state["down"] else neso(p, h))
    told(at(ct, server, AT))
    state["down"] = True
    answer = told(at(ct, server, "2026-11-25T10:40Z"))
    assert answer["provider"].startswith("NESO") and "does not answer" in answer["note"] and "10:00Z" in answer["note"]
    asked = len(server.asked)
    told(at(ct, server, "2026-11-25T10:49Z"))
    assert len(server.asked) == asked  # ten minutes of silence were asked for
    told(at(ct, server, "2026-11-25T10:51Z"))
    assert len(server.asked) > asked


def test_a_provider_that_is_down_is_not_asked_twice_in_a_row(ct, serve):
    server = serve(FAULTS["500"])
    for when, asked in (("10:00:00", 1), ("10:00:50", 1), ("10:01:10", 2), ("10:02:50", 2), ("10:03:20", 3)):  # a minute, then two
        told(at(ct, server, f"2026-11-25T{when}Z"))
        assert len(server.asked) == asked, when


def test_a_bad_answer_does_not_replace_what_was_known(ct, serve):
    state = {"bad": False}
    server = serve(lambda p, h: ok({}) if state["bad"] else neso(p, h))
    told(at(ct, server, AT))
    state["bad"] = True
    assert told(at(ct, server, "2026-11-25T10:40Z"))["provider"].startswith("NESO")
    state["bad"] = False
    assert "does not answer" not in told(at(ct, server, "2026-11-25T10:45Z"))["note"]


def test_processes_that_ask_at_once_ask_once(ct, serve):
    def slow(path, headers):
        time.sleep(0.3)
        return neso(path, headers)

    server = serve(slow)
    words = ("intensity", "GB", "--live", "--at", AT, "--format", "json")
    processes = [ct.start(*words, env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": server.url}, text=True) for _ in range(4)]
    answers = {process.communicate(timeout=120)[0] for process in processes}
    assert len(answers) == 1 and "NESO" in answers.pop() and len(server.asked) == 2


def test_what_is_kept_is_bounded(ct, serve):
    folder = ct.store / "live"
    folder.mkdir(parents=True)
    day = 24 * 3600
    for name, size, age in (("EIA-CISO-0-1.json", 10, 9 * day), ("EIA-CISO-0-2.json", 40 << 20, 2 * day), ("EIA-CISO-0-3.json", 40 << 20, day), ("EIA-CISO-0-4.json.a1B2c3", 10, 2 * day),
                            ("EIA-CISO-0-5.json", 10, day), ("notes.txt", 10, 90 * day)):
        (folder / name).write_bytes(b" " * size)
        os.utime(folder / name, (time.time() - age,) * 2)
    told(live(ct, "GB", "UK_CARBON_INTENSITY", serve(neso)))
    left = {path.name for path in folder.iterdir()}
    assert {name for name in left if name.startswith("EIA")} == {"EIA-CISO-0-3.json", "EIA-CISO-0-5.json"}  # too old, beyond 64 MiB, half written: gone
    assert "notes.txt" in left


def test_a_clock_that_is_off_is_said_and_made_up_for(ct, serve):
    """The server's clock is two hours ahead: by it the present is 12:00, and its newest half hour began at 11:30, by this machine's clock at 9:30."""
    def reply(path, _):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
        half_hours = range(4, 100) if path.endswith("fw48h") else range(-332, 4)
        status, head, body = ok({"data": [{"from": stamp(h / 2), "intensity": {"forecast": 100, "actual": 100 + max(h, 0) if h < 4 else None}} for h in half_hours]})
        return status, {**head, "Date": email.utils.format_datetime(now, usegmt=True)}, body

    server = serve(reply)
    answer = told(live(ct, "GB", "UK_CARBON_INTENSITY", server))
    assert measured(answer) == {"2026-11-25T09:30": 103}
    assert "this machine's clock is 2 h 00 min behind NESO" in answer["note"]
    assert server.paths == ["/intensity/2026-11-18T10:00Z/2026-11-25T10:00Z", "/intensity/2026-11-18T12:00Z/2026-11-25T12:00Z", "/intensity/2026-11-25T12:00Z/fw48h"]
    assert told(live(ct, "GB", "UK_CARBON_INTENSITY", server)) == answer and len(server.asked) == 3


def test_an_answer_from_a_cache_on_the_way_is_no_clock_that_is_off(ct, serve):
    old = email.utils.format_datetime(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=30), usegmt=True)

    def reply(path, headers):
        status, head, body = neso(path, headers)
        return status, {**head, "Date": old, "Age": "1800"}, body

    assert "clock" not in told(live(ct, "GB", "UK_CARBON_INTENSITY", serve(reply)))["note"]


def test_a_login_is_made_only_for_a_request_that_is_due(ct, serve):
    state = {"down": False}
    server = serve(lambda p, h: (500, {}, "") if state["down"] and p == "/login" else watttime(p, h))
    first = told(ask(ct, "US-CA", "WATTTIME", server, AT, "me:pw"))
    assert len(server.asked) == 3
    told(ask(ct, "US-CA", "WATTTIME", server, "2026-11-25T10:04Z", "me:pw"))
    assert len(server.asked) == 3  # fresh: no login either
    state["down"] = True
    answer = told(ask(ct, "US-CA", "WATTTIME", server, "2026-11-25T10:10Z", "me:pw"))
    assert answer["provider"] == "WattTime" == first["provider"] and "does not answer: as it said at 2026-11-25T10:00Z" in answer["note"]
    assert server.paths[3:] == ["/login"]  # it rests after the first failure
    told(ask(ct, "US-CA", "WATTTIME", server, "2026-11-25T10:10:50Z", "me:pw"))
    assert server.paths[3:] == ["/login"]


def test_an_account_that_is_not_accepted_says_so_and_rests(ct, serve):
    server = serve(lambda p, h: (401, {}, '{"error":"bad"}'))
    for _ in range(2):
        done = ask(ct, "US-CA", "WATTTIME", server, AT, "me:pw")
        assert "the table stands" in done.stderr and "me:pw" not in done.stdout + done.stderr
        assert len(server.asked) == 1
    assert "left alone" in done.stderr


@pytest.fixture(name="certificate", scope="module")
def certificate_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "certificate.pem", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1"], cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_text((folder / "certificate.pem").read_text() + (folder / "key.pem").read_text())
    return folder


def test_what_came_by_https_is_never_fetched_by_http(ct, serve, certificate):
    plain, trusted = serve(neso), {"CURL_CA_BUNDLE": str(certificate / "certificate.pem")}
    secure = serve(neso, certificate / "both.pem")
    assert "NESO" in told(live(ct, "GB", "UK_CARBON_INTENSITY", secure, env=trusted))["provider"]
    done = live(ct, "GB", "UK_CARBON_INTENSITY", serve(neso, certificate / "both.pem"))
    assert "the table stands" in done.stderr  # of an authority that nobody knows
    elsewhere = serve(lambda p, h: (302, {"Location": plain.url + p}, ""), certificate / "both.pem")
    done = live(ct, "GB", "UK_CARBON_INTENSITY", elsewhere, env=trusted)
    assert "the table stands" in done.stderr and len(elsewhere.asked) == 1 and plain.asked == []


def test_a_redirect_is_followed_where_no_key_goes_along(ct, serve):
    target = serve(neso)
    assert "NESO" in told(live(ct, "GB", "UK_CARBON_INTENSITY", serve(lambda p, h: (302, {"Location": target.url + p}, ""))))["provider"]
    other = serve(maps)
    for provider, place in (("ELECTRICITY_MAPS", "PL"), ("EIA", "US-CA"), ("ENTSOE", "PL"), ("WATTTIME", "US-CA")):
        done = live(ct, place, provider, serve(lambda p, h: (302, {"Location": other.url + p}, "")), "--provider", provider, key=SECRET)
        assert "the table stands" in done.stderr, provider
    assert other.asked == []
