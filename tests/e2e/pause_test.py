"""run --pause-above: the command's group is stopped while the grid is dirty, and is never left behind stopped."""
import datetime
import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

import pytest
from processes import children_of, command_of, state_of, stopped_child

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
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "done\n"), err
    assert "paused: the grid is at 500 g/kWh" in err and "goes on: the grid is at 100 g/kWh" in err
    assert "while paused" in err
    regions = [region for segment in [ct.report()] for region in segment["regions"] if region["name"] == "paused"]
    assert len(regions) == 1 and regions[0]["joules"] == pytest.approx(100 * regions[0]["seconds"], rel=0.2)   # measured as any time: 100 W


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_continues_the_child_first(paused, number):
    process, _ = paused
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number, err


def test_a_killed_wrapper_leaves_no_stopped_child(ct, paused, wait_until):
    process, pid = paused
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=120)
    wait_until(lambda: state_of(pid) != "T", what="the child going on")


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


APART = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "beat.py", sys.argv[1]], start_new_session=True)   # as torchrun does
print("worker", worker.pid, file=sys.stderr, flush=True)
sys.exit(worker.wait())
"""


def paused_apart(ct, grid, wait_until, **how):
    """A launcher whose worker has left its group, paused: the wrapper, and the pids of both."""
    (ct.work / "apart.py").write_text(APART)
    series(grid, 500, 100)
    process = ct.start("run", "--pause-above", "300g", "--history", grid, "--", sys.executable, "apart.py", "60", text=True, **how)
    launcher = wait_until(lambda: stopped_child(process.pid), what="the pause")
    (worker,) = children_of(launcher)
    return process, launcher, worker


def test_a_worker_in_a_session_of_its_own_is_stopped_and_continued_too(ct, grid, wait_until):
    """torchrun's workers have left the command's group: they went on while the run was told to be paused."""
    process, _, worker = paused_apart(ct, grid, wait_until)
    with process:
        wait_until(lambda: state_of(worker) == "T", what="the worker's stop")
        time.sleep(0.5)
        assert state_of(worker) == "T"
        series(grid, 100, 100)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "done\n"), err


def test_what_was_stopped_before_the_pause_stays_so_after_it(ct, grid, wait_until):
    (ct.work / "held.py").write_text("import os, subprocess, sys, time\nw = subprocess.Popen(['sleep', '600'], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\nos.kill(w.pid, 19)\n"
                                     "open('held', 'w').write(str(w.pid))\nprint('Epoch 1: loss 0.5', file=sys.stderr, flush=True)\ntime.sleep(2.5)\n")
    series(grid, 500, 100)
    with ct.start("run", "--pause-above", "300g", "--history", grid, "--", sys.executable, "held.py", text=True) as process:
        wait_until(lambda: stopped_child(process.pid), what="the pause")
        held = int((ct.work / "held").read_text())
        series(grid, 100, 100)
        process.communicate(timeout=120)
        assert state_of(held) == "T"
        os.kill(held, signal.SIGKILL)


def test_a_killed_wrapper_leaves_no_stopped_worker_outside_of_the_group(ct, grid, wait_until):
    process, launcher, worker = paused_apart(ct, grid, wait_until)
    with process:
        wait_until(lambda: state_of(worker) == "T")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=120)
        wait_until(lambda: "T" not in (state_of(worker), state_of(launcher)), what="both going on")


def guard_of(wrapper):
    return next((pid for pid in children_of(wrapper) if command_of(pid) == "ct-guard"), None)


def test_a_guard_that_is_killed_is_replaced(ct, grid, wait_until):
    process, launcher, worker = paused_apart(ct, grid, wait_until)
    with process:
        first = wait_until(lambda: guard_of(process.pid))
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: guard_of(process.pid) not in (None, first), what="another guard")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=120)
        wait_until(lambda: "T" not in (state_of(worker), state_of(launcher)), what="both going on")


def pauses_of(report):
    return [region for region in report["regions"] if region["name"] == "paused"]


def test_somebody_elses_sigcont_is_noticed(ct, paused):
    """It was not: the command worked while its pause went on in the account."""
    process, pid = paused
    began = time.monotonic()
    time.sleep(1)
    os.kill(pid, signal.SIGCONT)
    lasted = time.monotonic() - began
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "done\n"), err
    assert "goes on: somebody has continued it" in err and err.count("paused: ") == 1
    (pause,) = pauses_of(ct.report())
    assert pause["seconds"] == pytest.approx(lasted, abs=1)


def test_somebody_elses_sigstop_is_no_work_and_no_pause_of_ours(ct, grid, wait_until):
    series(grid, 500, 100)
    with ct.start("run", "--pause-above", "300g", "--history", grid, "--", "sleep", "4", text=True) as process:
        child = wait_until(lambda: next((pid for pid in children_of(process.pid) if command_of(pid) == "sleep"), None))
        os.kill(child, signal.SIGSTOP)
        began = time.monotonic()
        wait_until(lambda: state_of(child) == "T")
        time.sleep(2)
        lasted = time.monotonic() - began
        os.kill(child, signal.SIGCONT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0 and "goes on" not in err and "while paused" not in err
    (stop,) = pauses_of(ct.report())
    assert stop["seconds"] == pytest.approx(lasted, abs=1)


class Terminal:
    """The wrapper on a terminal of its own, which a shell looks after that waits for it as shells do."""

    def __init__(self, ct, *words):
        self.master, slave = pty.openpty()
        script = 'set -m; "$@"; code=$?; while [ $code = 148 ]; do echo shell has it; read line; fg >/dev/null; code=$?; done; echo ended with $code'
        self.process = subprocess.Popen(["bash", "-c", script, "bash", str(ct.program), *map(str, words)], env=ct.environment({"TERM": "dumb"}), cwd=ct.work, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.shown = ""

    def until(self, text, seconds=120):
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"no {text!r} in {self.shown!r}"
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    assert text in self.shown, self.shown
        return self.shown

    def keys(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.process.kill()
        self.process.wait(timeout=120)
        os.close(self.master)


def test_the_stop_key_while_paused_gives_the_shell_its_terminal_and_fg_goes_on(ct, grid):
    series(grid, 500, 100)
    terminal = Terminal(ct, "run", "--pause-above", "300g", "--history", grid, "--", sys.executable, "beat.py", "40")
    try:
        terminal.until("paused: ")
        terminal.keys("\x1a")
        terminal.until("shell has it")
        time.sleep(0.5)
        terminal.keys("on\n")
        terminal.until("ended with 0", seconds=120)
        assert "done" in terminal.shown
    finally:
        terminal.end()


def test_a_command_that_is_killed_while_paused_ends_the_run_at_once(ct, grid, wait_until):
    """What copies its output stands in its group and was stopped with it: the wrapper waited for it for ever."""
    series(grid, 500, 100)
    terminal = Terminal(ct, "run", "--pause-above", "300g", "--history", grid, "--", sys.executable, "beat.py", "400")
    try:
        terminal.until("paused: ")
        (wrapper,) = [pid for pid in children_of(terminal.process.pid) if command_of(pid) == "carbontracker"]
        os.kill(wait_until(lambda: next((pid for pid in children_of(wrapper) if command_of(pid).startswith("python")), None)), signal.SIGKILL)
        terminal.until("ended with 137", seconds=120)
    finally:
        terminal.end()


def test_what_the_killed_command_leaves_in_its_group_goes_on(ct, grid, wait_until):
    """Its leader gone, the group was not continued: what it had started stood still until the wrapper's end hung it up."""
    series(grid, 500, 100)
    script = "sleep 7 >/dev/null 2>&1 & echo $! > left; echo 'Epoch 1: loss 0.5' >&2; while :; do sleep 0.1; done"
    with ct.start("run", "--pause-above", "300g", "--history", grid, "--", "sh", "-c", script, text=True) as process:
        leader = wait_until(lambda: stopped_child(process.pid), what="the pause")
        left = int((ct.work / "left").read_text())
        wait_until(lambda: state_of(left) == "T")
        os.kill(leader, signal.SIGKILL)
        process.wait(timeout=120)
        assert process.returncode == 137
        assert state_of(left) == "S"
        os.kill(left, signal.SIGKILL)


def test_a_max_pause_below_the_shortest_pause_is_said(ct, grid):
    """It was told to be used up, before anything was paused."""
    series(grid, 500, 100)
    done = ct("run", "--pause-above", "300g", "--max-pause", "5m", "--history", grid, "--", sys.executable, "beat.py", "20")
    assert done.returncode == 0 and "never paused, since a pause lasts ten minutes at least" in done.stderr
