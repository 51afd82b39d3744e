"""run --pause-above: the command's group is stopped while the grid is dirty, and is never left behind stopped."""
import datetime
import os
import signal
import time

import pytest

BEAT = """
import sys, time
for i in range(int(sys.argv[1])):
    time.sleep(0.05)
    if i == 2:
        print("Epoch 1: loss 0.5", file=sys.stderr, flush=True)   # it works: before a sign of that it is not stopped
print("done", flush=True)
"""


def series(path, dirty, clean):
    """A figure each ten minutes: `dirty` from an hour ago to an hour ahead, then `clean` for a day. Put in place at once."""
    now = int(time.time())
    rows = ["utc_start,g_per_kwh"]
    for step in range(-6, 144):
        moment = datetime.datetime.fromtimestamp(now + 600 * step, datetime.timezone.utc)
        rows.append(f"{moment:%Y-%m-%dT%H:%M:%SZ},{dirty if step < 6 else clean}")
    new = path.with_suffix(".new")
    new.write_text("\n".join(rows) + "\n")
    new.rename(path)


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def stopped_child(wrapper):
    with open(f"/proc/{wrapper}/task/{wrapper}/children", encoding="ascii") as children:
        return next((int(pid) for pid in children.read().split() if state_of(pid) == "T"), None)


@pytest.fixture
def grid(ct):
    (ct.work / "beat.py").write_text(BEAT)
    return ct.work / "grid.csv"


@pytest.fixture
def paused(ct, grid, wait_until):
    """A run of two seconds that is paused, and its child's pid."""
    series(grid, 500, 100)
    with ct.start("run", "--pause-above", "300g", "--history", grid, "--", "python3", "beat.py", "40", text=True) as process:
        try:
            yield process, wait_until(lambda: stopped_child(process.pid), what="the pause")
        finally:
            process.kill()


def test_it_goes_on_when_the_grid_is_clean_and_says_what_the_pause_took(ct, grid, paused, wait_until):
    process, pid = paused
    time.sleep(1)
    assert state_of(pid) == "T"
    series(grid, 100, 100)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "done\n"), err
    assert "paused: the grid is at 500 g/kWh" in err and "goes on: the grid is at 100 g/kWh" in err
    assert "while paused" in err
    regions = [region for segment in [ct.report()] for region in segment["regions"] if region["name"] == "paused"]
    assert len(regions) == 1 and regions[0]["joules"] == pytest.approx(100 * regions[0]["seconds"], rel=0.2)   # measured as any time: 100 W


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_continues_the_child_first(paused, number):
    process, _ = paused
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number, err


def test_a_killed_wrapper_leaves_no_stopped_child(ct, paused, wait_until):
    process, pid = paused
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}") or state_of(pid) != "T", seconds=5, what="the child going on")


def test_the_deadline_wins(ct, grid):
    series(grid, 500, 100)
    done = ct("run", "--pause-above", "300", "--within", "10m", "--hours", "0.1", "--history", grid, "--", "python3", "beat.py", "40")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert "not paused: the deadline leaves no time for it" in done.stderr and "while paused" not in done.stderr


def test_without_a_history_it_is_never_paused_and_bad_limits_are_named(ct, grid):
    done = ct("run", "--pause-above", "300g", "--", "true")
    assert done.returncode == 0 and "never paused" in done.stderr
    wrong = ct("run", "--pause-above", "300kg", "--history", grid, "--", "true")
    assert wrong.returncode == 125 and "300kg" in wrong.stderr


def test_a_command_that_shows_no_progress_yet_is_not_stopped(ct, grid):
    series(grid, 500, 100)
    done = ct("run", "--pause-above", "300g", "--history", grid, "--", "sleep", "2.5")
    assert done.returncode == 0 and "paused" not in done.stderr, done.stderr
