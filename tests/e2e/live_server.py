"""A local server in the place of a live provider, and what its tests share. Every answer is invented."""
import contextlib
import datetime
import email.utils
import http.server
import json
import ssl
import threading

NOW = datetime.datetime(2026, 11, 25, 10, tzinfo=datetime.timezone.utc)
AT = "2026-11-25T10:00Z"
SECRET = "s3cret-k3y"


def stamp(hours, form="%Y-%m-%dT%H:%MZ"):
    return (NOW + datetime.timedelta(hours=hours)).strftime(form)


class Server:
    """Answers by `reply(path, headers) -> (status, headers, body)`; remembers what was asked. With `certificate` (a PEM file of both parts) it speaks TLS."""

    def __init__(self, reply, certificate=None):
        self.asked, outer = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers)))
                status, headers, body = reply(self.path, {k.lower(): v for k, v in self.headers.items()})
                self.send_response_only(status)
                for name, value in {"Date": email.utils.formatdate(usegmt=True), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body if isinstance(body, bytes) else body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def paths(self):
        return [path for path, _ in self.asked]


def ok(value):
    return 200, {"Content-Type": "application/json"}, value if isinstance(value, str) else json.dumps(value)


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def nameless(ct):
    """A machine without a name has no jitter: it asks when an answer is due, to the second."""
    return {"CARBONTRACKER_HOST_ROOT": str(ct.folder / "nameless")}


def live(ct, place, provider, server, *words, key=None, env=None):
    changes = {f"CARBONTRACKER_{provider}_URL": server.url if server else None, f"CARBONTRACKER_{provider}_KEY": key, **nameless(ct), **(env or {})}
    return ct("intensity", place, "--live", "--at", AT, "--format", "json", *words, env=changes)


def measured(answer):
    return {p["start"][:16]: p["g_per_kwh"] for p in answer["series"] if p["kind"] == "measured"}


def forecast(answer):
    return [p for p in answer["series"] if p["kind"] == "forecast"]


def neso(path, _):
    half_hours = range(0, 96) if path.endswith("fw48h") else range(-336, 0)
    return ok({"data": [{"from": stamp(h / 2), "to": stamp(h / 2 + 0.5), "intensity": {"forecast": 200, "actual": 100 if h < 0 else None, "index": "moderate"}} for h in half_hours]})


def ask(ct, place, provider, server, when, key=None):
    return ct("intensity", place, "--live", "--provider", provider, "--at", when, "--format", "json", env={f"CARBONTRACKER_{provider}_URL": server.url, f"CARBONTRACKER_{provider}_KEY": key, **nameless(ct)})


def at(ct, server, when):
    return ask(ct, "GB", "UK_CARBON_INTENSITY", server, when)


def watttime(path, headers, token="t0ken"):
    """1,000 lb/MWh in CAISO_NORTH, for whoever has logged in."""
    if path == "/login":
        return ok({"token": token}) if headers["authorization"].startswith("Basic ") else (401, {}, "")
    if headers.get("authorization") != f"Bearer {token}":
        return 401, {}, "{}"
    minutes = range(0, 300, 5) if "forecast" in path else range(-1500, 5, 5)
    return ok({"data": [{"point_time": stamp(m / 60, "%Y-%m-%dT%H:%M:%S+00:00"), "value": 1000} for m in minutes],
               "meta": {"region": "CAISO_NORTH", "signal_type": "co2_moer", "units": "lbs_co2_per_mwh"}})


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


def maps(path, headers):
    if headers.get("auth-token") != SECRET:
        return 401, {}, "{}"
    if "/forecast" in path:
        return 403, {}, '{"error":"no forecast in this plan"}'
    return ok({"zone": "PL", "history": [{"zone": "PL", "carbonIntensity": 700, "datetime": stamp(h, "%Y-%m-%dT%H:%M:%S.000Z"), "emissionFactorType": "lifecycle", "isEstimated": True}
                                          for h in range(-23, 1)]})
