"""Signals reach the child exactly once, the report still comes, and a death by SIGKILL loses at most the last five seconds."""
import os
import signal
import sys
import subprocess
import time

import pytest
from processes import kill, state_of

COUNT = """
import signal, sys, time
seen = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, lambda n, _: seen.append(n))
open("ready", "w").close()
end = time.monotonic() + 120
while not seen and time.monotonic() < end:
    time.sleep(0.02)
time.sleep(0.3)
print(*[int(n) for n in seen], flush=True)
sys.exit(40 + len(seen))
"""


@pytest.fixture
def counting(ct, wait_until):
    """A wrapped program that counts the signals it gets, ready to get them."""
    (ct.work / "count.py").write_text(COUNT)
    process = ct.start("run", "--", "python3", "count.py", text=True, start_new_session=True)
    wait_until((ct.work / "ready").exists)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2])
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_signal_reaches_the_child_once_and_the_report_comes(counting, number, whole_group):
    if whole_group:  # as a terminal's Ctrl-C or a scheduler's kill of the process group does
        os.killpg(counting.pid, number)
    else:
        os.kill(counting.pid, number)
    out, err = counting.communicate(timeout=120)
    assert (counting.returncode, out.split()) == (41, [str(int(number))])
    assert "energy" in err and "exit 41" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_child_that_dies_of_it_gives_128_and_the_number(ct, wait_until, number):
    with ct.start("run", "--", "sh", "-c", "touch up; exec sleep 300", text=True) as process:
        wait_until((ct.work / "up").exists)
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert f"exit {128 + number}" in err
    assert ct.report()["run"]["state"] == "finished"


def test_an_ignored_hangup_stays_ignored(ct, wait_until):
    with ct.start("run", "--", "sh", "-c", "touch up; sleep 1; exit 3", text=True, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
        wait_until((ct.work / "up").exists)
        os.kill(process.pid, signal.SIGHUP)
        process.communicate(timeout=120)
    assert process.returncode == 3


def test_B142_the_childs_signals_are_as_we_got_them(ct):
    show = "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status"
    bare = subprocess.run(["sh", "-c", show], capture_output=True, text=True).stdout
    assert ct("run", "--", "sh", "-c", show).stdout == bare


def kept(ct):
    """The joules that the journal of the newest run holds."""
    runs = ct.runs()
    return (runs and ct.report()["energy"]["total"] or {}).get("joules") or 0


def test_kill_9_leaves_the_child_alone_and_an_interrupted_run_that_lacks_5_s_at_most(ct, wait_until):
    with ct.start("run", "--name", "killed", "--", "sh", "-c", "echo $$ > pid; sleep 8; echo done > end", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        began = time.monotonic()
        wait_until((ct.work / "pid").exists)
        wait_until(lambda: kept(ct) >= 400, what="the flush at 5 s")
        process.kill()
        lived = time.monotonic() - began
        process.wait()
    report = ct.report()
    assert report["run"]["state"] == "interrupted"
    assert report["run"]["exit_code"] is None
    lost = lived - report["energy"]["total"]["joules"] / 100  # the machine takes 100 W
    assert -0.3 < lost <= 5.3
    assert report["run"]["ended"] is not None
    assert report["energy"]["total"]["low"] <= report["energy"]["total"]["joules"] <= report["energy"]["total"]["high"]
    assert "interrupted" in ct("report", "last").stdout
    wait_until((ct.work / "end").exists)  # the child went on


def test_a_child_whose_wrapper_dies_can_still_print(ct, wait_until):
    out = ct.folder / "out"
    with open(out, "w") as file:
        process = ct.start("run", "--", "sh", "-c", "echo one; touch up; sleep 1; echo two; touch end", stdout=file, stderr=subprocess.DEVNULL)
        wait_until((ct.work / "up").exists)
        process.kill()
        process.wait()
        wait_until((ct.work / "end").exists)
    assert out.read_text() == "one\ntwo\n"
    reader, writer = os.pipe()
    process = ct.start("run", "--", "sh", "-c", "echo one; touch up2; sleep 1; echo two", stdout=writer, stderr=subprocess.DEVNULL)
    os.close(writer)
    wait_until((ct.work / "up2").exists)
    process.kill()
    process.wait()
    with os.fdopen(reader) as stream:
        assert stream.read() == "one\ntwo\n"


def test_a_stopped_run_goes_on(ct, wait_until):
    # No shell: one that is stopped amid its vfork() cannot say so before it is continued. A group of its own: in an orphaned one,
    # such as that of tests started by setsid, the kernel drops SIGTSTP.
    program = "import sys, time; open('up', 'w'); time.sleep(0.5); sys.exit(5)"
    with ct.start("run", "--", sys.executable, "-c", program, text=True, preexec_fn=os.setpgrp) as process:
        wait_until((ct.work / "up").exists)
        os.kill(process.pid, signal.SIGTSTP)
        wait_until(lambda: state_of(process.pid) == "T", what="the stop")
        os.kill(process.pid, signal.SIGCONT)
        process.communicate(timeout=120)
    assert process.returncode == 5


def test_a_grandchild_that_outlives_the_child_does_not_hold_us(ct):
    done = ct("run", "--", "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!; exit 2")
    assert done.returncode == 2
    assert kill(int(done.stdout))  # it was there all the while
