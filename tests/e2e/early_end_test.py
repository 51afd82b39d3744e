"""run --metric: a training that stops early by what it prints; the plan's end stays the ceiling, the likely end stands beside it."""
import json
import sys
import textwrap
import time

import pytest

# Falls, is best at 9, and is no better at 10, 11 and 12: with a patience of 3 it stops after 12 of 40.
FLATTENS = [0.90, 0.66, 0.52, 0.44, 0.39, 0.36, 0.345, 0.335, 0.33, 0.331, 0.333, 0.334]
EPOCH = 0.25
TRUTH = 12
KEYS = {"units", "low", "high", "before_plan", "joules", "joules_low", "joules_high", "seconds", "seconds_low", "seconds_high", "grams", "metric", "target",
        "patience", "min_delta", "better"}


def training(ct, values, line="epoch {e}/40 loss: 0.5 val_loss: {v}", epoch=EPOCH):
    """A script that prints a line after each epoch."""
    path = ct.work / "train.py"
    path.write_text(textwrap.dedent(f"""
        import time
        for e, v in enumerate({[str(v) for v in values]!r}, 1):
            time.sleep({epoch})
            print({line!r}.format(e=e, v=v, before=e - 1), flush=True)
        """))
    return ["--", sys.executable, path]


def seen_while_running(ct, words, ready):
    """The reports as they stood while it ran, from the first that is `ready` on, and the last."""
    path, seen = ct.folder / "live.json", []
    child = ct.start("run", "-q", "--interval", "0.2s", "-o", path, *words)
    while child.poll() is None:
        if path.exists():
            report = json.loads(path.read_text())
            if report["run"]["state"] == "running" and report["forecast"] and ready(report["forecast"]):
                seen.append(report["forecast"])
        time.sleep(0.05)
    assert child.returncode == 0, child.stderr.read()
    return seen, json.loads(path.read_text())


def known(forecast):
    return forecast.get("likely_end") is not None


def test_the_likely_end_holds_the_truth_and_the_plans_end_stays_the_ceiling(ct):
    seen, final = seen_while_running(ct, ["--metric", "val_loss", "--patience", "3", *training(ct, FLATTENS)], known)
    before = [f for f in seen if f["done"] < TRUTH]
    assert before and min(f["done"] for f in before) <= 6  # said by the half of it
    took = final["energy"]["total"]["joules"]  # 100 W, however slow the machine was; an epoch more would be 8 %
    for forecast in before:
        end = forecast["likely_end"]
        assert set(end) == KEYS
        assert end["low"] <= TRUTH <= end["high"] <= 40 and forecast["of"] == 40
        assert end["joules_low"] <= took * 1.06 and end["joules_high"] >= took * 0.98
        assert end["seconds_low"] <= end["seconds"] <= end["seconds_high"] <= forecast["seconds_high"] * 1.01
        assert (end["metric"], end["patience"], end["target"], end["better"]) == ("val_loss", 3, None, "smaller")
    late = [f["likely_end"] for f in before if f["done"] >= 9]
    assert late and all(end["before_plan"] > 0.5 for end in late)
    end = final["forecast"]["likely_end"]
    assert (end["units"], end["low"], end["high"], end["before_plan"]) == (TRUTH, TRUTH, TRUTH, 1)
    assert end["joules"] == pytest.approx(final["energy"]["total"]["joules"], rel=0.1)
    assert final["forecast"]["of"] == 40 and final["forecast"]["joules"] > 2 * end["joules"]


def test_it_is_kept_and_stands_in_the_report(ct):
    done = ct("run", "--metric", "val_loss", "--patience", "3", *training(ct, FLATTENS, epoch=0.1))
    assert "early end by val_loss at" in done.stderr
    report = ct.report()
    assert report["forecast"]["likely_end"]["units"] == TRUTH
    assert "early end by val_loss at" in ct("report", "last").stdout


@pytest.mark.parametrize("metric, line", [
    ("val_loss", '{{"epoch": {e}, "epochs": 40, "loss": 0.5, "val_loss": {v}}}'),
    ("eval_loss", "{{'eval_loss': {v}, 'eval_runtime': 0.01, 'epoch': {e}.0}}"),
    ("val_loss", "Epoch {e}/40\n100/100 - 1s - 5ms/step - loss: 0.5000 - val_loss: {v}"),
    ("validation loss is ([0-9.]+)", "epoch {e}/40 validation loss is {v}"),
    ("val loss", "step {e}/40: train loss 0.5, val loss {v}"),
])
def test_as_trainings_print_it(ct, metric, line):
    report = ct.measured("--epochs", 40, "--metric", metric, "--patience", 3, *training(ct, FLATTENS, line, epoch=0.1))
    end = report["forecast"]["likely_end"]
    assert (end["units"], end["before_plan"]) == (TRUTH, 1)


def test_a_target_is_where_the_metric_reaches_it(ct):
    accuracy = [round(0.9 - 0.5 / e, 4) for e in range(1, 11)]  # 0.85 at the tenth
    seen, final = seen_while_running(ct, ["--metric", "val_acc", "--target", "0.85", *training(ct, accuracy, "epoch {e}/40 loss: 0.5 val_acc: {v}")], known)
    assert seen and all(f["likely_end"]["low"] <= 10 <= f["likely_end"]["high"] for f in seen)
    assert (final["forecast"]["likely_end"]["units"], final["forecast"]["likely_end"]["better"]) == (10, "larger")


def test_a_metric_that_never_flattens_ends_with_the_plan(ct):
    falls = [round(2 - 0.04 * e, 3) for e in range(1, 31)]
    report = ct.measured("--metric", "val_loss", "--patience", "5", *training(ct, falls, epoch=0.05))
    end = report["forecast"]["likely_end"]
    assert end["units"] == end["high"] == 40 and end["before_plan"] < 0.5
    assert "no early end in sight by val_loss" in ct("report", "last").stdout


def test_the_values_stand_in_the_report(ct):
    report = ct.measured("--metric", "val_loss", "--patience", "3", *training(ct, [0.9, "nan", 0.5], epoch=0.05))
    [metric] = report["metrics"]
    assert (metric["name"], metric["unit"]) == ("val_loss", "epoch") and metric["node"]
    assert [(v["done"], v["value"]) for v in metric["values"]] == [(1, 0.9), (2, None), (3, 0.5)]
    assert 0.05 <= metric["values"][0]["at_s"] < metric["values"][1]["at_s"] < report["run"]["duration_s"]
    assert ct.report()["metrics"] == report["metrics"]


def test_without_the_options_there_is_no_such_key(ct):
    report = ct.measured(*training(ct, FLATTENS[:4], epoch=0.05))
    assert report["metrics"] == []
    assert report["forecast"]["of"] == 40 and "likely_end" not in report["forecast"] and "likely_end_reason" not in report["forecast"]


def reason_of(report):
    assert report["forecast"]["likely_end"] is None
    return report["forecast"]["likely_end_reason"]


def test_no_number_is_an_evaluation_without_a_new_best(ct):
    report = ct.measured("--metric", "val_loss", "--patience", "3", *training(ct, [0.9, 0.5, 0.4, "nan", "inf", "nan"], epoch=0.05))
    assert report["forecast"]["likely_end"]["units"] == 6


def test_a_metric_that_goes_missing_is_a_reason(ct):
    report = ct.measured("--metric", "val_loss", "--patience", "3", *training(ct, [*FLATTENS[:4], *["none"] * 6], epoch=0.05))
    assert "last seen after 4 of 40 epochs" in reason_of(report)


def test_a_metric_that_never_comes_is_a_reason(ct):
    report = ct.measured("--metric", "val_f1", "--patience", "3", *training(ct, FLATTENS[:4], epoch=0.05))
    assert "has not been seen" in reason_of(report)
    assert "no likely end by val_f1" in ct("report", "last").stdout


def test_a_training_that_goes_on_all_the_same_does_not_stop_by_the_rule(ct):
    report = ct.measured("--metric", "val_loss", "--target", "0.5", *training(ct, FLATTENS, epoch=0.05))
    assert "met after 4 epochs and the training went on" in reason_of(report)


def test_a_target_that_is_reached_is_the_end(ct):
    report = ct.measured("--metric", "val_loss", "--target", "0.5", *training(ct, FLATTENS[:4], epoch=0.05))
    assert report["forecast"]["likely_end"]["units"] == 4


def test_a_patience_of_none_is_the_first_that_is_no_better(ct):
    report = ct.measured("--metric", "val_loss", "--patience", "0", *training(ct, FLATTENS[:10], epoch=0.05))
    assert report["forecast"]["likely_end"]["units"] == 10


@pytest.mark.parametrize("words, what", [
    (["--metric", "score", "--patience", "3"], "--smaller or --larger"),
    (["--metric", "val_loss"], "--patience N, or --target VALUE"),
    (["--patience", "3"], "--patience goes with --metric"),
    (["--smaller"], "--smaller goes with --metric"),
    (["--metric", "val_loss", "--patience", "2.5"], "no whole number"),
    (["--metric", "val_loss", "--patience", "3", "--smaller", "--larger"], "exclude each other"),
    (["--metric", "val.*", "--patience", "3", "--smaller"], "no group"),
])
def test_what_makes_no_sense_is_told_before_anything_starts(ct, words, what):
    done = ct("run", *words, "--", "touch", "started")
    assert done.returncode in (2, 125) and what in done.stderr and not (ct.work / "started").exists()


def test_the_way_may_be_told(ct):
    report = ct.measured("--metric", "score", "--patience", "3", "--smaller", *training(ct, FLATTENS, "epoch {e}/40 loss: 0.5 score: {v}", epoch=0.05))
    assert (report["forecast"]["likely_end"]["units"], report["forecast"]["likely_end"]["better"]) == (TRUTH, "smaller")


def test_a_run_in_a_run_leaves_it_out(ct):
    done = ct("run", ct.program, "run", "--metric", "val_loss", "--patience", "3", "--", "true")
    assert done.returncode == 0 and "--metric is left out" in done.stderr


def test_the_live_line_says_it_once(ct):
    import os
    import pty
    ours, theirs = pty.openpty()
    child = ct.start("run", "--metric", "val_loss", "--patience", "3", *training(ct, FLATTENS), stdout=theirs, stderr=theirs)
    os.close(theirs)
    out = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    assert child.wait() == 0
    lines = [line for line in out.decode(errors="replace").splitlines() if "likely stops after" in line]
    assert len(lines) == 1 and "by val_loss" in lines[0] and "CO2e" in lines[0]
