"""Live providers, each played by a local server with invented answers, and every way in which one can fail."""
import contextlib
import datetime
import http.server
import json
import socket
import threading
import time

import pytest

NOW = datetime.datetime(2026, 11, 25, 10, tzinfo=datetime.timezone.utc)
AT = "2026-11-25T10:00Z"
SECRET = "s3cret-k3y"


def stamp(hours, form="%Y-%m-%dT%H:%MZ"):
    return (NOW + datetime.timedelta(hours=hours)).strftime(form)


class Server:
    """Answers by `reply(path, headers) -> (status, headers, body)`; remembers what was asked."""

    def __init__(self, reply):
        self.asked, outer = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers)))
                status, headers, body = reply(self.path, {k.lower(): v for k, v in self.headers.items()})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body if isinstance(body, bytes) else body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def serve():
    servers = []

    def start(reply):
        servers.append(Server(reply))
        return servers[-1]

    yield start
    for server in servers:
        server.server.shutdown()


def ok(value):
    return 200, {"Content-Type": "application/json"}, value if isinstance(value, str) else json.dumps(value)


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def live(ct, place, provider, server, *words, key=None, env=None):
    changes = {f"CARBONTRACKER_{provider}_URL": server.url if server else None, f"CARBONTRACKER_{provider}_KEY": key, **(env or {})}
    return ct("intensity", place, "--live", "--at", AT, "--format", "json", *words, env=changes)


def measured(answer):
    return {p["start"][:16]: p["g_per_kwh"] for p in answer["series"] if p["kind"] == "measured"}


def forecast(answer):
    return [p for p in answer["series"] if p["kind"] == "forecast"]


def neso(path, _):
    half_hours = range(0, 96) if path.endswith("fw48h") else range(-336, 0)
    return ok({"data": [{"from": stamp(h / 2), "to": stamp(h / 2 + 0.5), "intensity": {"forecast": 200, "actual": 100 if h < 0 else None, "index": "moderate"}} for h in half_hours]})


def test_uk_half_hours_measured_and_forecast(ct, serve):
    server = serve(neso)
    answer = told(live(ct, "GB", "UK_CARBON_INTENSITY", server))
    assert answer["provider"].startswith("NESO") and answer["basis"] == "average, direct" and answer["zone"] == "GB"
    assert measured(answer) == {"2026-11-25T09:30": 100}
    # 200 told, ours (100 for a week) 100: no error is known beside each other, so the geometric mean of both
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx((200 * 100) ** 0.5, rel=0.01)
    assert all(p["low"] < p["g_per_kwh"] < p["high"] for p in forecast(answer))
    assert [path.split("/")[1] for path, _ in server.asked] == ["intensity", "intensity"]


def test_denmark_five_minutes(ct, serve):
    def reply(path, _):
        dataset = path.split("/dataset/")[1].split("?")[0]
        minutes = range(5, 600, 5) if dataset == "CO2EmisProg" else range(-1500, 5, 5)
        return ok({"total": 1, "dataset": dataset, "records": [{"Minutes5UTC": stamp(m / 60, "%Y-%m-%dT%H:%M:%S"), "PriceArea": "DK2", "CO2Emission": 62.0} for m in minutes]})

    server = serve(reply)
    answer = told(live(ct, "DK", "ENERGI_DATA_SERVICE", server))
    assert answer["provider"] == "Energi Data Service" and answer["basis"] == "average, direct"
    assert all(p["g_per_kwh"] == pytest.approx(62, abs=0.5) for p in answer["series"])
    assert "%7B%22PriceArea%22%3A%5B%22DK2%22%5D%7D" in server.asked[0][0]


def test_energy_charts_quarter_hours_with_gaps(ct, serve):
    def reply(path, _):
        quarters = list(range(-400, 60))
        return ok({"unix_seconds": [int(NOW.timestamp()) + 900 * q for q in quarters], "co2eq": [None if q > 0 or q == -3 else 331.0 for q in quarters],
                   "co2eq_forecast": [331.0] * len(quarters), "deprecated": False})

    answer = told(live(ct, "DE", "ENERGY_CHARTS", serve(reply)))
    assert answer["provider"] == "Energy-Charts"
    assert all(p["g_per_kwh"] == pytest.approx(331, rel=0.01) for p in answer["series"])


def maps(path, headers):
    if headers.get("auth-token") != SECRET:
        return 401, {}, "{}"
    if "/forecast" in path:
        return 403, {}, '{"error":"no forecast in this plan"}'
    return ok({"zone": "PL", "history": [{"zone": "PL", "carbonIntensity": 700, "datetime": stamp(h, "%Y-%m-%dT%H:%M:%S.000Z"), "emissionFactorType": "lifecycle", "isEstimated": True}
                                          for h in range(-23, 1)]})


def test_electricity_maps_with_a_key_and_without_its_forecast(ct, serve):
    server = serve(maps)
    answer = told(live(ct, "PL", "ELECTRICITY_MAPS", server, "--provider", "electricity_maps", key=SECRET))
    assert answer["basis"] == "average, lifecycle"
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(700, rel=0.01) and forecast(answer)[0]["low"] < 500


def test_a_key_appears_nowhere(ct, serve):
    for key in (SECRET, "wrong-" + SECRET):
        done = live(ct, "PL", "ELECTRICITY_MAPS", serve(maps), "--provider", "electricity_maps", key=key)
        assert SECRET not in done.stdout + done.stderr
    assert not [path for path in ct.store.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert "401" in done.stderr and "key" in done.stderr and told(done)["provider"] != "Electricity Maps"


def test_eia_generation_times_factors_and_stamps_that_end_an_hour(ct, serve):
    def reply(path, _):
        assert f"api_key={SECRET}" in path and "CISO" in path
        rows = [{"period": stamp(h, "%Y-%m-%dT%H"), "respondent": "CISO", "fueltype": fuel, "value": value, "value-units": "megawatthours"}
                for h in range(-40, 1) for fuel, value in (("NG", "100"), ("SUN", 300), ("BAT", -50))]
        return ok({"response": {"data": rows}})

    done = live(ct, "US-CA", "EIA", serve(reply), "--provider", "eia", key=SECRET)
    answer = told(done)
    assert measured(answer) == {"2026-11-25T09:00": pytest.approx((100 * 490 + 300 * 48) / 400)}  # stamped 10, the hour from 9 to 10
    assert SECRET not in done.stdout + done.stderr


def test_watttime_logs_in_and_its_pounds_become_grams(ct, serve):
    def reply(path, headers):
        if path == "/login":
            assert headers["authorization"].startswith("Basic ")
            return ok({"token": "t0ken"})
        assert headers["authorization"] == "Bearer t0ken"
        minutes = range(0, 300, 5) if "forecast" in path else range(-1500, 5, 5)
        return ok({"data": [{"point_time": stamp(m / 60, "%Y-%m-%dT%H:%M:%S+00:00"), "value": 1000} for m in minutes], "meta": {"units": "lbs_co2_per_mwh"}})

    answer = told(live(ct, "US-CA", "WATTTIME", serve(reply), "--provider", "watttime", key="me:pw"))
    assert answer["basis"].startswith("marginal")
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(453.59237, rel=0.01)


def test_carbon_aware_sdk(ct, serve):
    def reply(path, _):
        if "forecasts" in path:
            return ok([{"location": "westeurope", "forecastData": [{"timestamp": stamp(h, "%Y-%m-%dT%H:%M:%S+00:00"), "duration": 60, "value": 300} for h in range(0, 20)]}])
        return ok([{"location": "westeurope", "time": stamp(h, "%Y-%m-%dT%H:%M:%S+00:00"), "rating": 300, "duration": "01:00:00"} for h in range(-48, 0)])

    answer = told(live(ct, "NL", "CARBON_AWARE_SDK", serve(reply), env={"CARBONTRACKER_CARBON_AWARE_SDK_LOCATION": "westeurope"}))
    assert answer["provider"] == "Carbon Aware SDK" and all(p["g_per_kwh"] == pytest.approx(300, rel=0.01) for p in answer["series"])


def wrong_unit(_path, _headers):
    return ok({"data": [{"point_time": stamp(0, "%Y-%m-%dT%H:%M:%S+00:00"), "value": 900}], "meta": {"units": "kg_co2_per_mwh"}})


FAULTS = {
    "empty object": lambda p, h: ok({}),
    "429": lambda p, h: (429, {"Retry-After": "120"}, "slow down"),
    "500": lambda p, h: (500, {}, "oops"),
    "HTML error page": lambda p, h: (200, {"Content-Type": "text/html"}, "<html><h1>Down for \x1b[31mmaintenance</h1></html>"),
    "truncated": lambda p, h: (200, {"Content-Length": "5000"}, '{"data": ['),
    "no figures": lambda p, h: ok({"data": []}),
    "beyond belief": lambda p, h: ok({"data": [{"from": stamp(-1), "intensity": {"actual": 250000, "forecast": 1}}]}),
    "text for a list": lambda p, h: ok({"data": "x"}),
    "redirect loop": lambda p, h: (302, {"Location": p}, ""),
    "clock a year off": lambda p, h: ok({"data": [{"from": "2025-11-25T09:30Z", "intensity": {"actual": 100, "forecast": 100}}]}),
    "not a list of objects": lambda p, h: ok({"data": [1, None, "x", [], {"from": 5, "intensity": []}]}),
    "endless": lambda p, h: (200, {}, b" " * (9 << 20)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_falls_back_to_the_table_and_says_so(ct, serve, fault):
    done = live(ct, "GB", "UK_CARBON_INTENSITY", serve(FAULTS[fault]))
    answer = told(done)
    assert "NESO" not in answer["provider"] and len(forecast(answer)) == 96
    assert "the table stands" in done.stderr and "\x1b" not in done.stderr


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


def test_a_gap_in_the_answer_is_bridged(ct, serve):
    def reply(path, headers):
        status, head, body = neso(path, headers)
        data = json.loads(body)["data"]
        return status, head, json.dumps({"data": data[:100] + data[108:]})

    assert told(live(ct, "GB", "UK_CARBON_INTENSITY", serve(reply)))["provider"].startswith("NESO")


def test_an_answer_is_kept_and_not_asked_for_again(ct, serve):
    server = serve(neso)
    first = told(live(ct, "GB", "UK_CARBON_INTENSITY", server))
    assert told(live(ct, "GB", "UK_CARBON_INTENSITY", server)) == first
    assert len(server.asked) == 2


def at(ct, server, when):
    return ct("intensity", "GB", "--live", "--at", when, "--format", "json", env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": server.url})


def test_an_old_answer_is_confirmed_by_its_etag(ct, serve):
    def reply(path, headers):
        if headers.get("if-none-match") == '"v1"':
            return 304, {}, ""
        status, head, body = neso(path, headers)
        return status, {**head, "ETag": '"v1"'}, body

    server = serve(reply)
    at(ct, server, AT)
    told(at(ct, server, "2026-11-25T10:20Z"))
    assert [headers.get("If-None-Match") for _, headers in server.asked] == [None, None, '"v1"', '"v1"']


def test_retry_after_is_respected_and_what_was_kept_stands(ct, serve):
    state = {"down": False}
    server = serve(lambda p, h: (429, {"Retry-After": "600"}, "") if state["down"] else neso(p, h))
    told(at(ct, server, AT))
    state["down"] = True
    answer = told(at(ct, server, "2026-11-25T10:20Z"))
    assert answer["provider"].startswith("NESO") and "does not answer" in answer["note"] and "10:00Z" in answer["note"]
    asked = len(server.asked)
    told(at(ct, server, "2026-11-25T10:25Z"))
    assert len(server.asked) == asked  # ten minutes of silence were asked for
    told(at(ct, server, "2026-11-25T10:31Z"))
    assert len(server.asked) > asked


def test_nothing_is_asked_unless_allowed(ct, serve):
    server = serve(neso)
    env = {"CARBONTRACKER_UK_CARBON_INTENSITY_URL": server.url}
    ct("intensity", "GB", env=env)
    ct("intensity", "GB", "--live", "--offline", env=env)
    ct("run", "--place", "GB", "--", "true", env={**env, "CARBONTRACKER_LIVE": "1"})
    assert server.asked == []
    (ct.home / ".config" / "carbontracker").mkdir(parents=True)
    (ct.home / ".config" / "carbontracker" / "config.toml").write_text("live = true\n")
    done = ct("intensity", "GB", "--at", AT, env=env)
    assert done.stderr == "" and len(server.asked) == 2


def test_no_provider_and_no_key_say_what_to_do(ct):
    done = ct("intensity", "PL", "--live", "--provider", "electricity_maps")
    assert "CARBONTRACKER_ELECTRICITY_MAPS_KEY" in done.stderr and "yearly mean" in done.stdout
    assert "--history" in ct("intensity", "--live", "KE", env={"CARBONTRACKER_SYNTHETIC": "gpu0=const:1"}).stderr


def test_a_run_is_judged_by_live_figures_of_its_hours(ct, serve):
    now = datetime.datetime.now(datetime.timezone.utc)

    def reply(path, _):
        start = now.replace(minute=0, second=0, microsecond=0)
        hours = range(0, 48) if path.endswith("fw48h") else range(-48, 0)
        return ok({"data": [{"from": (start + datetime.timedelta(hours=h / 2)).strftime("%Y-%m-%dT%H:%MZ"), "intensity": {"forecast": 50, "actual": 50 if h < 0 else None}} for h in hours]})

    ct("run", "--place", "GB", "--pue", "1", "--", "sleep", "0.2")
    env = {"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(reply).url}
    report = json.loads(ct("report", "last", "--live", "--format", "json", env=env).stdout)
    assert report["carbon"]["provider"].startswith("NESO") and report["carbon"]["basis"] == "average, direct"
    assert report["carbon"]["grams"] == pytest.approx(report["energy"]["total"]["joules"] / 3.6e6 * 50, rel=0.01)


def test_a_time_out_ends(ct, serve):
    stop = threading.Event()

    def reply(path, headers):
        stop.wait(30)
        return neso(path, headers)

    began = time.monotonic()
    done = live(ct, "GB", "UK_CARBON_INTENSITY", serve(reply), env={"CARBONTRACKER_LIVE_LIMIT": "300ms"})
    stop.set()
    assert "the table stands" in done.stderr and time.monotonic() - began < 15


def entsoe(path, _headers):
    """Gas 100 MW in hours, of which the second is left out (it repeats the first); wind 300 MW in quarter hours; pumping that is to be left out."""
    assert f"securityToken={SECRET}" in path and "in_Domain=10YPL-AREA-----S" in path

    def series(kind, resolution, points, extra=""):
        body = "".join(f"<Point><position>{i}</position><quantity>{q}</quantity></Point>" for i, q in points)
        return (f"<TimeSeries>{extra}<MktPSRType><psrType>{kind}</psrType></MktPSRType><Period><timeInterval><start>{stamp(-30)}</start><end>{stamp(0)}</end></timeInterval>"
                f"<resolution>{resolution}</resolution>{body}</Period></TimeSeries>")

    return 200, {}, ('<?xml version="1.0"?><GL_MarketDocument xmlns="urn:x">' + series("B04", "PT60M", [(1, 100)]) + series("B19", "PT15M", [(i, 300) for i in range(1, 121)])
                     + series("B10", "PT60M", [(1, 900)], "<outBiddingZone_Domain.mRID>X</outBiddingZone_Domain.mRID>") + "</GL_MarketDocument>")


def test_entsoe_generation_by_type(ct, serve):
    done = live(ct, "PL", "ENTSOE", serve(entsoe), "--provider", "entsoe", key=SECRET)
    answer = told(done)
    assert list(measured(answer).values()) == [pytest.approx((100 * 490 + 300 * 11) / 400)] and answer["basis"] == "average, lifecycle"
    assert SECRET not in done.stdout + done.stderr


def test_entsoe_says_why_it_has_none(ct, serve):
    none = "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>"
    done = live(ct, "PL", "ENTSOE", serve(lambda p, h: (200, {}, none)), "--provider", "entsoe", key=SECRET)
    assert "No matching data found" in done.stderr and "the table stands" in done.stderr


def test_a_run_waits_for_live_hours_and_starts_at_once_where_nobody_answers(ct, serve):
    now = datetime.datetime.now(datetime.timezone.utc)

    def reply(path, _):
        start = now.replace(minute=0, second=0, microsecond=0)
        hours = range(0, 96) if path.endswith("fw48h") else range(-336, 0)
        return ok({"data": [{"from": (start + datetime.timedelta(hours=h / 2)).strftime("%Y-%m-%dT%H:%MZ"),
                             "intensity": {"forecast": 500 if h < 12 else 20, "actual": 500 if h < 0 else None}} for h in hours]})

    words = ["run", "--when", "green", "--live", "--within", "24h", "--hours", "1", "--place", "GB", "--", "echo", "started"]
    with ct.start(*words, env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(reply).url}, text=True) as process:
        line = process.stderr.readline()
        process.terminate()
        assert "waiting for a greener grid" in line and process.wait(20) == 143 and process.stdout.read() == ""
    done = ct(*words, env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(FAULTS["500"]).url, "CARBONTRACKER_HOME": str(ct.folder / "other")})
    assert (done.returncode, done.stdout) == (0, "started\n") and "no hour is known to be better (asking" in done.stderr


def test_a_key_that_the_service_echoes_is_struck_out(ct, serve):
    done = live(ct, "US-CA", "EIA", serve(lambda p, h: (200, {}, f"Invalid api_key {SECRET}")), "--provider", "eia", key=SECRET)
    assert "***" in done.stderr and SECRET not in done.stdout + done.stderr
    assert not [path for path in ct.store.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_a_bad_answer_does_not_replace_what_was_known(ct, serve):
    state = {"bad": False}
    server = serve(lambda p, h: ok({}) if state["bad"] else neso(p, h))
    told(at(ct, server, AT))
    state["bad"] = True
    assert told(at(ct, server, "2026-11-25T10:20Z"))["provider"].startswith("NESO")
    state["bad"] = False
    assert "does not answer" not in told(at(ct, server, "2026-11-25T10:25Z"))["note"]


def test_a_run_from_before_the_providers_memory_keeps_the_table(ct, serve):
    ct("run", "--name", "old", "--place", "GB", "--", "true")
    only_to_come = serve(lambda p, h: ok({"data": [{"from": (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%MZ"),
                                                    "intensity": {"forecast": 50, "actual": None}}]}))
    done = ct("report", "old", "--live", "--format", "json", env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": only_to_come.url})
    assert "no figure for the time of this run" in done.stderr and "NESO" not in json.loads(done.stdout)["carbon"]["provider"]


def test_an_hour_whose_fuels_are_not_all_reported_is_no_figure(ct, serve):
    def reply(path, _):
        rows = [{"period": stamp(h, "%Y-%m-%dT%H"), "respondent": "CISO", "fueltype": fuel, "value": value, "value-units": "megawatthours"}
                for h in range(-40, 1) for fuel, value in (("NG", 100), ("WND", 300)) if fuel == "WND" or h < 0]
        return ok({"response": {"data": rows}})

    answer = told(live(ct, "US-CA", "EIA", serve(reply), "--provider", "eia", key=SECRET))
    assert measured(answer) == {"2026-11-25T08:00": pytest.approx((100 * 490 + 300 * 11) / 400)}  # the hour from 9 on has wind alone
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(130.75, rel=0.01)
