"""The grid asked about while a training runs in Python: by a process that the training does not see, of a provider that a local server plays."""
import json
import pathlib
import sys
import threading

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests" / "e2e"))
from live_run_test import half_hours  # noqa: E402
from live_server import SECRET, Server  # noqa: E402

UK = "CARBONTRACKER_UK_CARBON_INTENSITY_URL"


@pytest.fixture
def serve():
    servers = []

    def start(reply):
        servers.append(Server(reply))
        return servers[-1]

    yield start
    for server in servers:
        server.server.shutdown()


@pytest.fixture
def online(python, serve):
    """online(code, reply) runs it where asking is not forbidden, and returns the process and the server."""
    def run(code, reply=half_hours(50), **env):
        server = serve(reply) if callable(reply) else None
        url = server.url if server else reply
        head = "import json, os, sys, time, carbontracker\nfrom carbontracker.tracker import CarbonTracker\n" + WAIT
        done = python(head + code, **{"CARBONTRACKER_OFFLINE": "0", UK: url, "CARBONTRACKER_ELECTRICITY_MAPS_URL": url, "CARBONTRACKER_PUE": "1", **env})
        assert done.returncode == 0, done.stderr
        return done, server
    return run


# Until it is told, at most half a minute.
WAIT = """
def told(run, provider="NESO"):
    for _ in range(300):
        if provider in (run.snapshot()["carbon"]["grid"]["provider"] or ""):
            return True
        time.sleep(0.1)
"""
TRAIN = """
with carbontracker.track("x", place="GB", live=True) as run:
    assert told(run)
    time.sleep(1.2)
    seen = run.snapshot()
    time.sleep(0.2)
print(run.report())
"""


def asking():
    return [words for words in map(cmdline, pathlib.Path("/proc").glob("[0-9]*")) if b"grid-feed" in words]


def cmdline(process):
    try:
        return (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def test_a_tracked_run_is_judged_by_what_a_provider_told_while_it_ran(online, stored):
    done, server = online(TRAIN + "print(seen['grams'] * 3.6e6 / seen['joules'], file=sys.stderr)")
    assert float(done.stderr.split()[-1]) == pytest.approx(50)  # while it ran, too
    assert "50.0 g/kWh" in done.stdout and "direct emissions" in done.stdout
    (run,) = stored()
    carbon = run["carbon"]
    assert (carbon["provider"], carbon["zone"], carbon["basis"], carbon["note"]) == ("NESO Carbon Intensity API", "GB", "average, direct", None)
    assert carbon["told"] == pytest.approx(1) and carbon["intensity_g_per_kwh"] == pytest.approx(50)
    assert carbon["grams"] == pytest.approx(run["energy"]["total"]["joules"] / 3.6e6 * 50, rel=1e-3)
    assert len(server.asked) == 2  # what was, and what is to come


@pytest.mark.parametrize("how", [{"CARBONTRACKER_LIVE": "1"}, {"file": 'live = true\n'}])
def test_a_setting_does_it_too(online, machine, how):
    if "file" in how:
        (machine / ".carbontracker.toml").write_text(how.pop("file"))
    done, server = online(TRAIN.replace(", live=True", ""), **how)
    assert "50.0 g/kWh" in done.stdout and len(server.asked) == 2


SHORT = 'with carbontracker.track("x", place="GB"{}) as run:\n    time.sleep(1.5)\nprint(run.report().to_dict()["carbon"]["provider"])\n'


@pytest.mark.parametrize("call, env", [("", {}), (", live=False", {"CARBONTRACKER_LIVE": "1"}), (", live=True", {"CARBONTRACKER_OFFLINE": "1"}), ("", {"CARBONTRACKER_LIVE": "1", "CARBONTRACKER_OFFLINE": "1"})])
def test_nothing_is_asked_unless_it_is_wanted_and_never_offline(online, call, env):
    done, server = online(SHORT.format(call), **env)
    assert server.asked == [] and "Ember" in done.stdout


def test_the_training_has_no_child_no_signal_and_no_descriptor_of_it(online):
    code = """
import signal
seen = []
signal.signal(signal.SIGCHLD, lambda *_: seen.append(1))
with carbontracker.track("x", place="GB", live=True) as run:
    children = 0
    for _ in range(40):
        try:
            os.waitpid(-1, os.WNOHANG)
            children += 1
        except ChildProcessError:
            pass
        time.sleep(0.05)
    assert told(run)
    pid = os.fork()
    if pid == 0:
        run.stop()
        assert run.snapshot() is None
        os._exit(7)
    assert os.waitpid(-1, 0) == (pid, 7 << 8)
print(children, len(seen))
"""
    done, server = online(code)
    assert done.stdout.split() == ["0", "1"]  # the one is of the fork above
    assert len(server.asked) == 2


@pytest.mark.parametrize("reply", [lambda *_: (500, {}, "down"), lambda *_: (200, {}, "{}"), lambda *_: (200, {}, "<html>"), lambda *_: (429, {"Retry-After": "60"}, ""), "http://127.0.0.1:9"])
def test_no_fault_of_a_provider_reaches_the_training_and_the_figure_says_so(online, stored, reply):
    done, _ = online(SHORT.format(", live=True"), reply)
    assert "Ember" in done.stdout and done.stderr == ""
    assert "the table stands" in stored()[0]["carbon"]["note"]


def test_a_provider_that_hangs_holds_up_no_end_and_nobody_goes_on_asking(online, stored):
    over = threading.Event()

    def reply(*_):
        over.wait(60)
        return 500, {}, ""

    code = 'began = time.monotonic()\nrun = carbontracker.track("x", place="GB", live=True).start()\ntime.sleep(1)\nmiddle = time.monotonic()\nrun.stop()\nprint(time.monotonic() - middle)\n'
    done, server = online(code, reply)
    assert float(done.stdout) < 3 and len(server.asked) == 1
    assert "ended before it was told of its grid" in stored()[0]["carbon"]["note"]
    assert asking() == []
    over.set()


def test_without_the_program_the_reason_is_told(online, stored):
    done, server = online('from carbontracker import _live\n_live._program = lambda core: ""\n' + SHORT.format(", live=True"))
    assert "Ember" in done.stdout and server.asked == []
    assert "there is no program carbontracker beside the package" in stored()[0]["carbon"]["note"]


def test_ranks_and_workers_do_not_ask(online):
    _, server = online('with carbontracker.track("x", place="GB", live=True) as run:\n    time.sleep(1.5)\nprint(run.why_not())', LOCAL_RANK="1")
    assert server.asked == []


def test_bad_values_are_named(ct):
    for value in ("nobody", "", 3, object()):
        with pytest.raises(ct.InvalidInput, match="live"):
            ct.track("x", live=value)
    ct.track("x", live="energy-charts")


def maps(path, headers):
    """Poland at 700 g/kWh, for who has the key; the present hour with it."""
    import datetime
    if headers.get("auth-token") != SECRET:
        return 401, {}, "{}"
    if "/forecast" in path:
        return 403, {}, "{}"
    now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    rows = [{"zone": "PL", "carbonIntensity": 700, "datetime": f"{now - datetime.timedelta(hours=h):%Y-%m-%dT%H:%M:%S.000Z}", "emissionFactorType": "lifecycle", "isEstimated": False} for h in range(23, -1, -1)]
    return 200, {"Content-Type": "application/json"}, json.dumps({"zone": "PL", "history": rows})


DROP_IN = """
tracker = CarbonTracker(epochs=2, log_dir="logs", verbose=0, api_keys={"electricitymaps": %r}, epochs_before_pred=1)
for epoch in range(2):
    tracker.epoch_start()
    for _ in range(300):
        time.sleep(0.1)
        if epoch or tracker.tracker._meter.told_grid() is not None:
            break
    tracker.epoch_end()
print(tracker.actual["co2eq (g)"] / tracker.actual["energy (kWh)"], tracker.pred["co2eq (g)"] / tracker.pred["energy (kWh)"])
print(repr(tracker), vars(tracker.tracker._meter))
"""


def test_the_drop_in_fetches_with_its_key_while_it_trains(online, machine, stored):
    done, server = online(DROP_IN % SECRET, maps, CARBONTRACKER_PLACE="PL")
    assert [float(figure) for figure in done.stdout.split()[:2]] == pytest.approx([700, 700])
    logs = "".join(path.read_text() for path in (machine / "logs").iterdir())
    assert "Average carbon intensity during training was 700.00 gCO2eq/kWh" in logs
    assert "fetched every 900 s at detected location: PL: [700.0] (Electricity Maps, " in logs
    (run,) = stored()
    assert run["carbon"]["provider"] == "Electricity Maps" and run["carbon"]["intensity_g_per_kwh"] == pytest.approx(700)
    kept = b"".join(path.read_bytes() for path in (machine / "store").rglob("*") if path.is_file())
    for text in (done.stdout, done.stderr, logs, kept.decode(errors="replace")):
        assert SECRET not in text
    assert {headers.get("auth-token") for _, headers in server.asked} == {SECRET}


def test_the_key_is_in_no_words_and_no_environment(online):
    """Looked for in every process of this user while the question is under way."""
    seen, over = [], threading.Event()

    def reply(path, headers):
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            words = cmdline(process)
            if b"grid-feed" in words:
                try:
                    seen.append((b"\0".join(words), (process / "environ").read_bytes()))
                except OSError:
                    pass
        return maps(path, headers)

    online(DROP_IN % SECRET, reply, CARBONTRACKER_PLACE="PL")
    assert seen and all(SECRET.encode() not in words + environment for words, environment in seen)


def test_a_wrong_key_falls_back_and_the_warning_does_not_show_it(online, stored):
    code = (DROP_IN % "wr0ng-k3y").replace("range(300)", "range(15)").replace("print(repr", "#")
    done, _ = online(code, maps, CARBONTRACKER_PLACE="PL")
    assert "the key or the account is not accepted" in stored()[0]["carbon"]["note"] and "wr0ng" not in json.dumps(stored()[0]) + done.stdout + done.stderr


def test_the_drop_in_offline_says_that_nobody_is_asked(python, serve, machine):
    server = serve(maps)
    done = python("from carbontracker.tracker import CarbonTracker\nt = CarbonTracker(epochs=1, api_keys={'electricitymaps': 'K'})\nt.epoch_start()\nt.epoch_end()\n", CARBONTRACKER_ELECTRICITY_MAPS_URL=server.url)
    assert done.returncode == 0 and server.asked == []
    assert "electricitymaps is not asked while the training runs: CARBONTRACKER_OFFLINE forbids it" in done.stdout + done.stderr
