"""advise: what a finished run shows that could be done with less, on a declared machine."""
import json

import pytest

STARVED = "gpu0=const:180@label=NVIDIA_H100_80GB_HBM3,busy=31,memory=60:80,limit=700 package-0=const:90"
ITEM = {"kind", "brief", "seen", "try", "saving", "unknown"}
SAVING = {"joules_low", "joules_high", "of_joules", "percent_low", "percent_high", "grams_low", "grams_high", "cost_low", "cost_high", "currency", "source"}


def advice(ct, *words):
    done = ct("advise", *words, "--format", "json")
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["schema"] == 1 and {"run", "items", "gauges"} <= out.keys()
    for item in out["items"]:
        assert ITEM <= item.keys() and (item["saving"] is None or SAVING <= item["saving"].keys())
    return out


def test_nothing_seen_nothing_said(ct):
    ct("run", "--name", "fine", "--", "true")
    text = ct("advise", "fine").stdout
    assert "nothing to advise: nothing stood out in energy by device" in text
    assert advice(ct, "fine")["items"] == []
    assert ct.report("fine")["advice"] == [] and "advise" not in ct("report", "fine").stdout


def test_a_card_that_waits_is_seen_and_the_report_points_to_it(ct):
    done = ct("run", "--name", "starved", "--place", "DK", "--pue", "1.5", "--", "timeout", "21", "sh", "-c", "while :; do :; done", env={"CARBONTRACKER_SYNTHETIC": STARVED, "SLURM_JOB_ID": "7", "SLURM_GPUS_ON_NODE": "4", "SLURM_CPUS_ON_NODE": "1", "SLURM_MEM_PER_NODE": "65536"})
    assert "advice " in done.stderr and "carbontracker advise" in done.stderr
    out = advice(ct, "starved")
    item = next(i for i in out["items"] if i["kind"] == "starved")
    assert "gpu0 was busy 31 % of the time" in item["seen"] and "VLDB 2021" in item["saving"]["source"]
    # Slurm's job had four GPUs, one processor and 64 GiB.
    seen = {i["kind"]: i["seen"] for i in out["items"]}
    assert "of 1 processors busy" in seen["starved"] and "gave the job 4 GPUs, and the run could see 1" in seen["unused-gpu"] and "may use 64 GiB of memory" in seen["job-memory"]
    report = ct.report("starved")
    assert [i["kind"] for i in report["advice"]] == [i["kind"] for i in out["items"]]
    saving = item["saving"]
    # 70 W at rest, of the time 1 - 0.31 / 0.95 = 67.4 %: 47.2 W of the run's 270 W
    assert saving["percent_high"] == pytest.approx(100 * 70 * (1 - 0.31 / 0.95) / 270, rel=0.02)
    # PUE 1.5, and the grid's own figure
    assert saving["grams_high"] == pytest.approx(saving["joules_high"] * 1.5 * report["carbon"]["intensity_g_per_kwh"] / 3.6e6, rel=1e-6)
    assert saving["cost_high"] is None
    # PUE 1.5 and 0.30 EUR a kWh, by the settings or as given
    for words, env in (([], {"CARBONTRACKER_PRICE": "0.30EUR"}), (["--price", "0.30EUR"], {})):
        money = json.loads(ct("advise", "starved", *words, "--format", "json", env=env).stdout)["items"]
        money = next(i for i in money if i["kind"] == "starved")["saving"]
        assert money["cost_high"] == pytest.approx(money["joules_high"] * 1.5 * 0.30 / 3.6e6) and money["currency"] == "EUR"
    assert " EUR" in ct("advise", "starved", "--price", "0.30EUR").stdout
    gpu = next(a for a in report["activity"] if a["name"] == "gpu0")
    assert gpu["busy"] == pytest.approx(0.31) and gpu["memory_total_bytes"] == 80 * 2**30 and gpu["limit_w"] == 700
    assert {"GPU utilisation", "GPU memory", "power limit", "processor time"} <= set(out["gauges"])


def test_failed_runs_of_a_project(ct):
    for code in (0, 1, 3):
        ct("run", "--project", "p", "--name", f"exit{code}", "--", "sh", "-c", f"sleep 0.2; exit {code}")
    item = next(i for i in advice(ct, "exit0")["items"] if i["kind"] == "failed-runs")
    assert "2 of 3 runs of this project failed" in item["seen"] and 40 < item["saving"]["percent_high"] < 90
    assert advice(ct, "exit0")["run"]["name"] == "exit0"


def test_what_a_point_more_costs(ct):
    ct("run", "--project", "p", "--name", "small", "--tag", "accuracy=0.90", "--", "sleep", "0.2")
    ct("run", "--project", "p", "--name", "large", "--tag", "accuracy=0.91", "--", "sleep", "0.8")
    item = next(i for i in advice(ct, "large")["items"] if i["kind"] == "accuracy")
    assert "small has 90 points" in item["seen"] and "a point more" in item["seen"]
    assert advice(ct, "small")["items"] == []
    beaten = advice(ct, "large", "--against", "small", "--points", "90,90.5")["items"][0]
    assert beaten["kind"] == "accuracy" and beaten["saving"]["joules_low"] == beaten["saving"]["joules_high"] > 0


@pytest.mark.parametrize("words,code", [(["--against", "nothing"], 1), (["--points", "1,2"], 2), (["--metric", "f1"], 2), (["--against", "a", "--points", "x"], 2), (["nothing"], 1)])
def test_wrong_usage_is_named(ct, words, code):
    ct("run", "--name", "a", "--", "true")
    done = ct("advise", *([] if words == ["nothing"] else ["a"]), *words)
    assert done.returncode == code and done.stdout == "" and "carbontracker:" in done.stderr
