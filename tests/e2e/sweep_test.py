"""The runs of a sweep sum up, failed ones among them, and what remains of it is predicted."""
import json

import pytest

WATTS = 100  # the machine takes 100 W, always


def listed(ct, *words):
    done = ct("report", "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("words, env", [(("--project", "search"), {}), (("--tag", "sweep=slurm-4242"), {"SLURM_ARRAY_JOB_ID": "4242"}), (("--tag", "sweep=wandb-x1"), {"WANDB_SWEEP_ID": "x1"}),
                                        (("--tag", "sweep=optuna-7"), {"CARBONTRACKER_SWEEP": "optuna-7"})])
def test_failed_trials_count_and_the_rest_is_predicted(ct, words, env):
    options = words if words[0] == "--project" else ()
    for code, seconds in ((0, 0.5), (1, 0.5), (0, 1)):
        assert ct("run", "-q", *options, "--", "sh", "-c", f"sleep {seconds}; exit {code}", env=env).returncode == code
    assert ct("run", "-q", "--", "sleep", "0.3").returncode == 0  # of no sweep
    found = listed(ct, *words, "--trials", "10")
    assert len(found["runs"]) == 3
    total = found["sum"]
    assert (total["runs"], total["failed"]) == (3, 1)
    # 2 s at 100 W, of which 0.5 s failed; a start of some milliseconds comes on top.
    assert total["joules"] == pytest.approx(200, rel=0.15)
    assert total["failed_joules"] == pytest.approx(50, rel=0.2)
    forecast = found["forecast"]
    assert (forecast["seen"], forecast["remaining"]) == (3, 7)
    assert forecast["spent_joules"] == pytest.approx(total["joules"])
    assert forecast["joules"] == pytest.approx(total["joules"] * 10 / 3)  # 7 more like the mean of the three
    assert total["joules"] < forecast["low"] < forecast["joules"] < forecast["high"]
    text = ct("report", *words, "--trials", "10").stdout
    assert "in 1 that failed" in text and "for all 10: 7 more as the 3 seen" in text


def test_the_sweep_is_a_tag_that_one_of_ones_own_outranks(ct):
    assert ct.measured("--", "true", env={"SLURM_ARRAY_JOB_ID": "4242"})["run"]["tags"] == {"sweep": "slurm-4242"}
    assert ct.measured("--tag", "sweep=mine", "--", "true", env={"SLURM_ARRAY_JOB_ID": "4242"})["run"]["tags"] == {"sweep": "mine"}


def test_trials_side_by_side_and_one_that_still_runs(ct, wait_until):
    started = [ct.start("run", "-q", "--project", "wide", "--", "sh", "-c", f"sleep 0.5; exit {i % 2}") for i in range(4)]
    assert [each.wait(30) for each in started] == [0, 1, 0, 1]
    for each in started:
        each.communicate()
    still = ct.start("run", "-q", "--project", "wide", "--", "sleep", "60")
    try:
        wait_until(lambda: len(listed(ct, "--project", "wide")["runs"]) == 5)
        found = listed(ct, "--project", "wide", "--trials", "8")
        assert (found["sum"]["runs"], found["sum"]["failed"]) == (4, 2)
        ended = [run for run in found["runs"] if run["state"] == "finished"]
        assert len(ended) == 4 and all(run["duration_s"] >= 0.5 for run in ended)
        assert found["sum"]["joules"] == pytest.approx(WATTS * sum(run["duration_s"] for run in ended), rel=0.05)
        assert (found["forecast"]["seen"], found["forecast"]["remaining"]) == (4, 4)  # the one that runs is one of the four to come
        assert "1 still running, not in it" in ct("report", "--project", "wide").stdout
    finally:
        still.terminate()
        still.communicate()


def test_more_runs_than_planned_leave_nothing_to_come(ct):
    for _ in range(2):
        assert ct("run", "-q", "--project", "done", "--", "sleep", "0.2").returncode == 0
    found = listed(ct, "--project", "done", "--trials", "1")
    assert found["forecast"]["remaining"] == 0 and found["forecast"]["low"] == found["forecast"]["joules"] == found["forecast"]["high"] == pytest.approx(found["sum"]["joules"])


def test_of_a_sweep_without_a_run_that_has_ended_nothing_is_predicted(ct):
    done = ct("report", "--tag", "sweep=none", "--trials", "10")
    assert done.returncode == 1 and "no trial of the sweep has ended yet" in done.stderr
