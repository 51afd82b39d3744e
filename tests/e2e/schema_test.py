"""`-o FILE` and `report --format json` against schema 1, key by key, as docs/FORMATS.md promises it."""
import json
import math
import os
import re
import signal
import subprocess

import pytest

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NUMBER, TEXT, NULL, WHOLE = (int, float), str, type(None), int


def check(value, kind, where):
    kinds = kind if isinstance(kind, tuple) else (kind,)
    flat = tuple(k for each in kinds for k in (each if isinstance(each, tuple) else (each,)))
    assert isinstance(value, flat) and not (isinstance(value, bool) and bool not in flat), f"{where}: {value!r}"
    if isinstance(value, float):
        assert math.isfinite(value), where


def check_keys(value, keys, where):
    check(value, dict, where)
    for key, kind in keys.items():
        assert key in value, f"{where}.{key} is missing"
        check(value[key], kind, f"{where}.{key}")


def check_time(value, where):
    assert isinstance(value, str) and TIME.fullmatch(value), f"{where}: {value!r}"


F = {"joules": (NUMBER, NULL), "low": (NUMBER, NULL), "high": (NUMBER, NULL)}


def check_f(value, where):
    """Energy with its interval: what is unknown is null, never 0; a known figure has a low end."""
    check_keys(value, F, where)
    if value["joules"] is None:
        assert value["low"] is None and value["high"] is None, where
        return
    assert 0 <= value["low"] <= value["joules"], where
    assert value["high"] is None or value["high"] >= value["joules"], where


def check_run(run):
    check_keys(run, {"id": TEXT, "name": (TEXT, NULL), "project": (TEXT, NULL), "tags": dict, "command": list, "started": TEXT,
                     "ended": (TEXT, NULL), "duration_s": NUMBER, "exit_code": (WHOLE, NULL), "state": TEXT}, "run")
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in run["tags"].items())
    assert all(isinstance(word, str) for word in run["command"])
    assert run["state"] in ("running", "finished", "interrupted")
    assert (run["exit_code"] is None) == (run["state"] != "finished")
    check_time(run["started"], "run.started")
    if run["ended"] is not None:
        check_time(run["ended"], "run.ended")


def check_energy(energy):
    check_f(energy["total"], "energy.total")
    check_keys(energy["total"], {"coverage": NUMBER, "facility_joules": (NUMBER, NULL)}, "energy.total")
    assert 0 <= energy["total"]["coverage"] <= 1
    check_f(energy["run"], "energy.run")
    check_keys(energy["run"], {"method": (TEXT, NULL)}, "energy.run")
    for channel in energy["channels"]:
        check_keys(channel, {"name": TEXT, "node": TEXT, "domain": TEXT, "device": (TEXT, NULL), "origin": TEXT, "coverage": NUMBER}, "channel")
        check_f(channel, "channel " + channel["name"])
        assert channel["origin"] in ("counter", "power", "model", "synthetic")
        assert 0 <= channel["coverage"] <= 1
    assert len({(c["node"], c["name"]) for c in energy["channels"]}) == len(energy["channels"])


def check_forecast(report):
    if report["forecast"] is None:
        check(report.get("forecast_reason"), TEXT, "forecast_reason")
        return
    f = report["forecast"]
    check_keys(f, {key: NUMBER for key in ("joules", "low", "high", "seconds", "seconds_low", "seconds_high", "grams", "done", "of")} | {"unit": TEXT, "method": TEXT}, "forecast")
    assert f["low"] <= f["joules"] <= f["high"] and f["seconds_low"] <= f["seconds"] <= f["seconds_high"]
    assert 0 < f["done"] <= f["of"]


def check_schema_1(report):
    check_keys(report, {"schema": WHOLE, "tool": dict, "run": dict, "segments": list, "energy": dict, "gaps": list, "carbon": dict,
                        "forecast": (dict, NULL), "regions": list, "equivalents": list}, "report")
    assert report["schema"] == 1
    check_keys(report["tool"], {"name": TEXT, "version": TEXT}, "tool")
    assert report["tool"] == {"name": "carbontracker", "version": "3.0.0"}
    check_run(report["run"])
    assert report["segments"]
    for segment in report["segments"]:
        check_keys(segment, {"node": TEXT, "attempt": WHOLE, "started": TEXT, "ended": (TEXT, NULL), "place": (TEXT, NULL), "pue": NUMBER}, "segment")
        check_time(segment["started"], "segment.started")
    check_energy(report["energy"])
    for gap in report["gaps"]:
        check_keys(gap, {"what": TEXT, "reason": TEXT, "remedy": (TEXT, NULL)}, "gap")
        assert gap["what"] and gap["reason"]
    check_keys(report["carbon"], {"grams": (NUMBER, NULL), "low": (NUMBER, NULL), "high": (NUMBER, NULL), "intensity_g_per_kwh": NUMBER, "place": (TEXT, NULL),
                                  "place_from": (TEXT, NULL), "provider": (TEXT, NULL), "year": (WHOLE, NULL), "basis": (TEXT, NULL), "pue": NUMBER, "pue_from": (TEXT, NULL)}, "carbon")
    check_forecast(report)
    for region in report["regions"]:
        check_keys(region, {"name": TEXT, "parent": (TEXT, NULL), "started": TEXT, "seconds": NUMBER}, "region")
        check_time(region["started"], "region.started")
        check_f(region, "region " + region["name"])
    for equal in report["equivalents"]:
        check_keys(equal, {"what": TEXT, "value": NUMBER, "unit": TEXT, "factor": NUMBER, "year": WHOLE, "source": TEXT}, "equivalent")


EPOCHS = "for i in 1 2; do sleep 0.3; echo epoch $i/2 loss 0.$i; done"


@pytest.mark.parametrize("env", [{}, {"CARBONTRACKER_SYNTHETIC": "gpu0=square:100:400:2s gpu1=const:300@gauge package-0=const:90 dram-0=const:10"},
                                 {"CARBONTRACKER_SYNTHETIC": "package-0=const:90@fail=0s.."}, {"CARBONTRACKER_SYNTHETIC": None},
                                 {"CARBONTRACKER_SYNTHETIC": None, "CARBONTRACKER_HOST_ROOT": "/nonexistent"}])
def test_a_finished_run(ct, env):
    report = ct.measured("--epochs", "2", "--name", "n", "--project", "p", "--tag", "a=b", "--tag", "c=d=e", "--place", "DK", "--", "sh", "-c", EPOCHS, env=env)
    check_schema_1(report)
    assert report["run"]["tags"] == {"a": "b", "c": "d=e"}
    assert report["run"]["command"] == ["sh", "-c", EPOCHS]
    assert (report["run"]["name"], report["run"]["project"]) == ("n", "p")
    assert [r["name"] for r in report["regions"]] == ["epoch 1", "epoch 2"]
    assert 0.5 < report["run"]["duration_s"] < 10
    check_schema_1(ct.report(env=env))


def test_the_file_and_the_store_tell_the_same(ct):
    written = ct.measured("--epochs", "2", "--place", "DK", "--", "sh", "-c", EPOCHS)
    assert ct.report() == written


def test_what_is_unknown_is_null_never_0(ct):
    report = ct.measured("--", "sleep", "0.2", env={"CARBONTRACKER_SYNTHETIC": "package-0=const:90@fail=0s.."})
    check_schema_1(report)
    total = report["energy"]["total"]
    assert (total["joules"], total["low"], total["high"], total["facility_joules"], total["coverage"]) == (None, None, None, None, 0)
    assert report["carbon"]["grams"] is None
    assert report["energy"]["channels"][0]["joules"] is None
    assert any(gap["what"] == "package-0" for gap in report["gaps"])
    assert report["equivalents"] == []
    assert report["run"]["name"] == "sleep" and report["run"]["project"] is None
    text = ct("report", "last").stdout
    assert "no data" in text and " 0 J" not in text


def test_a_running_run_is_seen_while_it_runs(ct, wait_until):
    path = ct.folder / "live.json"
    with ct.start("run", "-o", path, "--interval", "0.2s", "--", "sh", "-c", "sleep 1.5") as process:
        wait_until(path.exists)
        live = json.loads(path.read_text())
        check_schema_1(live)
        assert live["run"]["state"] == "running" and live["run"]["ended"] is None
        stored = ct.report()
        check_schema_1(stored)
        assert stored["run"]["state"] == "running"
        process.communicate(timeout=120)
    assert json.loads(path.read_text())["run"]["state"] == "finished"


def test_without_an_interval_the_file_is_written_once_at_the_end(ct, wait_until):
    path = ct.folder / "end.json"
    with ct.start("run", "-o", path, "--", "sh", "-c", "touch up; sleep 0.4") as process:
        wait_until((ct.work / "up").exists)
        assert not path.exists()
        process.communicate(timeout=120)
    check_schema_1(json.loads(path.read_text()))


def test_a_killed_run(ct, wait_until):
    process = ct.start("run", "--", "sh", "-c", "echo $$ > pid; exec sleep 30", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: ct.runs() and (ct.work / "pid").exists())
    process.kill()
    process.wait()
    os.kill(int((ct.work / "pid").read_text()), signal.SIGKILL)
    report = ct.report()
    check_schema_1(report)
    assert report["run"]["state"] == "interrupted"
    assert report["run"]["exit_code"] is None


def test_B139_numbers_do_not_depend_on_the_locale(ct):
    report = ct.measured("--pue", "1.5", "--", "true", env={"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"})
    check_schema_1(report)
    assert report["carbon"]["pue"] == 1.5


def test_an_output_file_that_cannot_be_written_is_said_before_anything_starts(ct):
    done = ct("run", "-o", ct.folder / "no" / "folder.json", "--", "touch", "started")
    assert done.returncode == 125 and not (ct.work / "started").exists()
    assert "--output" in done.stderr and "No such file or directory" in done.stderr


def test_B157_the_duration_is_of_one_monotonic_clock(ct):
    report = ct.measured("--", "sleep", "0.5")
    assert 0.5 <= report["run"]["duration_s"] < 10
