"""track(metric=...): where a training that stops early is likely to; alone and inside `carbontracker run`."""
import json
import pathlib
import subprocess
import sys
import time

import pytest

# Falls, is best at 9, and is no better at 10, 11 and 12: with a patience of 3 it stops after 12.
FLATTENS = [0.90, 0.66, 0.52, 0.44, 0.39, 0.36, 0.345, 0.335, 0.33, 0.331, 0.333, 0.334]


def train(ct, values=FLATTENS, name="val_loss", **how):
    """The forecasts after each epoch, and the report."""
    told = []
    with ct.track("early", epochs=40, **how) as run:
        for _, value in zip(run.epochs(range(40)), values):
            time.sleep(0.02)
            run.metric(name, value)
            told.append(run.forecast())
    return [forecast for forecast in told if forecast], run.report().to_dict()["forecast"]


def test_the_likely_end_holds_the_truth_and_the_plan_stays_the_ceiling(ct):
    told, final = train(ct, metric="val_loss", patience=3)
    before = [forecast["likely_end"] for forecast in told if forecast.get("likely_end") and forecast["done"] < 11]
    assert before and all(end["low"] <= 12 <= end["high"] <= 40 for end in before)
    assert before[-1]["before_plan"] > 0.5 and before[-1]["joules_low"] < before[-1]["joules_high"] < told[-1]["joules"]
    assert final["of"] == 40 and (final["likely_end"]["units"], final["likely_end"]["better"]) == (12, "smaller")


def test_the_snapshot_has_it_too(ct):
    with ct.track("early", epochs=40, metric="val_loss", patience=3) as run:
        for _, value in zip(run.epochs(range(40)), FLATTENS[:8]):
            time.sleep(0.02)
            run.metric("val_loss", value)
        assert run.snapshot()["likely_end"] == run.forecast()["likely_end"]


def test_without_a_rule_there_is_no_such_key_and_values_are_kept_all_the_same(ct):
    told, final = train(ct)
    assert told and not any("likely_end" in forecast for forecast in told) and "likely_end" not in final
    with ct.track("kept") as run:
        for _ in run.epochs(range(2)):
            run.metric("val_f1", 0.5)
    [kept] = run.report().to_dict()["metrics"]
    assert kept["name"] == "val_f1" and [(v["done"], v["value"]) for v in kept["values"]] == [(1, 0.5), (2, 0.5)]


def test_a_reason_where_there_is_none(ct):
    told, final = train(ct, name="another", metric="val_loss", patience=3)
    assert final["likely_end"] is None and "not been seen" in final["likely_end_reason"]
    told, final = train(ct, FLATTENS[:2], metric="val_loss", patience=3)
    assert "fewer than three" in final["likely_end_reason"]


def test_values_of_other_kinds(ct, caplog):
    import numpy
    told, final = train(ct, [0.9, numpy.float32(0.5), numpy.array([0.4]).sum(), float("nan"), float("inf"), "0.5"], metric="val_loss", patience=3)
    assert final["likely_end"]["units"] == 6
    with ct.track("early") as run:
        run.metric("val_loss", object())
        run.metric("val_loss", None)
    assert [r.getMessage() for r in caplog.records if "metric()" in r.getMessage()] == ["carbontracker: metric() was given what is no number; it is left out"]


@pytest.mark.parametrize("arguments, what", [
    ({"metric": "score", "patience": 3}, "mode"),
    ({"metric": "val_loss"}, "what stops the training is not told"),
    ({"patience": 3}, "go with metric"),
    ({"metric": "val_loss", "patience": -1}, "patience"),
    ({"metric": "val_loss", "patience": "3"}, "patience"),
    ({"metric": "val_loss", "target": float("nan")}, "target"),
    ({"metric": "val_loss", "patience": 3, "mode": "up"}, "mode"),
    ({"metric": 3, "patience": 3}, "metric"),
])
def test_arguments_that_make_no_sense_are_told_at_once(ct, arguments, what):
    with pytest.raises(ct.InvalidInput, match=what):
        ct.track("early", **arguments)


def test_the_way_may_be_told(ct):
    told, final = train(ct, name="score", metric="score", patience=3, mode="min")
    assert (final["likely_end"]["units"], final["likely_end"]["better"]) == (12, "smaller")


INSIDE = """
import time
import carbontracker
with carbontracker.track("inside", epochs=40, metric="val_loss", patience=3) as run:
    assert run.attached
    for epoch, value in zip(run.epochs(range(40)), {values}):
        time.sleep(0.05)
        run.metric("val_loss", value)
        if epoch == 8:
            print(run.forecast()["likely_end"]["low"], run.forecast()["likely_end"]["high"], run.snapshot()["likely_end"] is not None)
"""


@pytest.mark.parametrize("options, patience", [((), 3), (("--metric", "val_loss", "--patience", "2"), 2)])
def test_inside_run_the_wrapper_is_told_and_its_own_rule_outranks(machine, options, patience):
    program = pathlib.Path(__file__).resolve().parents[2] / "build" / "python" / "carbontracker"
    (machine / "inside.py").write_text(INSIDE.format(values=FLATTENS))
    done = subprocess.run([program, "run", "-q", "-o", "report.json", *options, "--", sys.executable, "inside.py"], cwd=machine, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    low, high, known = done.stdout.split()
    assert float(low) <= 12 <= float(high) and known == "True"
    forecast = json.loads((machine / "report.json").read_text())["forecast"]
    assert forecast["of"] == 40
    if patience == 3:
        assert (forecast["likely_end"]["units"], forecast["likely_end"]["patience"]) == (12, 3)
    else:  # which is met at 11, and the training goes on to 12
        assert "met after 11 epochs and the training went on" in forecast["likely_end_reason"]
