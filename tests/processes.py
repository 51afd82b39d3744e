"""Other processes: begun, waited for, ended, and what /proc tells of them. Each may end between two looks, so a process that is gone
is an answer, never an error."""
import os
import signal
import subprocess
import time


def wait_until(true, seconds=120.0, what="what was waited for"):
    """A time limit for what another process does, far above what a busy machine takes; the steps in between are no part of any expectation."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, f"{what} did not happen in {seconds} s"
        time.sleep(0.01)
    return value


class Started(subprocess.Popen):
    """A program that a failed test ends: Popen's own `with` waits for it, for an hour where the command is paused."""

    def __exit__(self, kind, value, trace):
        if kind is not None:
            end(self)
        return super().__exit__(kind, value, trace)


def end(process):
    """Asks it to end, so that it takes what it started with it; and what is left then is killed."""
    if process.poll() is not None:
        return
    below = descendants(process.pid)
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid, began in below:
        if beginning_of(pid) == began:
            kill(pid)


def kill(pid, number=signal.SIGKILL):
    """Whether there was a process to send it to."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def descendants(pid):
    """With their beginnings: a number may be another's by the time that it is used."""
    below = [(child, beginning_of(child)) for child in children_of(pid)]
    return below + [deeper for child, _ in below for deeper in descendants(child)]


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def command_of(pid):
    """Its name, or "" where it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as name:
            return name.read().strip()
    except OSError:
        return ""


def stat_of(pid):
    """Its fields of proc(5) from the state on; none where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()
    except OSError:
        return []


def state_of(pid):
    """Its letter of proc(5), T where it is stopped; "X" where it is gone."""
    return next(iter(stat_of(pid)), "X")


def beginning_of(pid):
    """Ticks since the machine's boot; None where it is gone."""
    return next(iter(stat_of(pid)[19:]), None)


def stopped_child(pid):
    return next((child for child in children_of(pid) if state_of(child) == "T"), None)


def alive(pid):
    return state_of(pid) not in "ZX"
