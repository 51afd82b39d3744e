"""What the command finds: its descriptors with progress off are its caller's own; a log of both streams keeps their order."""
import os
import pty

import pytest

# What the descriptors 0 to 2 are.
SHOW = 'a=$(for f in 0 1 2; do readlink /proc/$$/fd/$f; done); echo "$a" > shown'


def shown(ct):
    return (ct.work / "shown").read_text()


def test_progress_off_touches_no_pipe(ct):
    reader, writer = os.pipe()
    name = os.readlink(f"/proc/self/fd/{writer}")
    done = ct("run", "-q", "--progress", "off", "--", "sh", "-c", SHOW, stdout=writer, stderr=writer)
    os.close(reader)
    os.close(writer)
    assert done.returncode == 0
    assert shown(ct) == f"/dev/null\n{name}\n{name}\n"


def test_progress_off_touches_no_terminal_and_starts_no_process_of_ours(ct):
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    relays = "; cat /proc/$PPID/task/$PPID/children > children"
    done = ct("run", "-q", "--progress", "off", "--", "sh", "-c", SHOW + relays, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.close(master)
    assert done.returncode == 0
    assert shown(ct) == f"{name}\n" * 3
    assert len((ct.work / "children").read_text().split()) == 1  # the shell itself


@pytest.mark.parametrize("progress", ["auto", "off"])
def test_a_log_of_both_streams_is_the_commands_own_file_in_its_order(ct, progress):
    log = ct.folder / "log"
    with open(log, "w", encoding="ascii") as file:
        done = ct("run", "-q", "--progress", progress, "--", "sh", "-c", SHOW + "; for i in $(seq 200); do echo out $i; echo err $i >&2; done", stdout=file, stderr=file)
    assert done.returncode == 0
    assert shown(ct) == f"/dev/null\n{log}\n{log}\n"
    assert log.read_text().splitlines() == [f"{word} {i}" for i in range(1, 201) for word in ("out", "err")]


def test_progress_in_a_log_is_read(ct):
    log = ct.folder / "log"
    with open(log, "a", encoding="ascii") as file:
        report = ct.measured("-q", "--", "sh", "-c", "for i in 1 2 3; do sleep 0.4; echo epoch $i/3 loss 0.5; done", stdout=file, stderr=file)
    assert (report["forecast"]["done"], report["forecast"]["of"]) == (3, 3)


@pytest.mark.parametrize("pattern, lines", [(r"tour (\d+) sur (\d+)", "tour $i sur 4"), (r"(?P<done>[0-9]+) von (?P<of>[0-9]+)", "$i von 4")])
def test_a_pattern_of_ones_own(ct, pattern, lines):
    report = ct.measured("--progress-pattern", pattern, "--", "sh", "-c", f"for i in 1 2 3 4; do sleep 0.3; echo {lines}; done")
    assert (report["forecast"]["done"], report["forecast"]["of"], report["forecast"]["unit"]) == (4, 4, "step")


@pytest.mark.parametrize("pattern", ["(a*)*(b|a)*c([0-9]+)", "((a|aa)+)+c([0-9]+)", "(a{1,30}){1,30}c([0-9]+)"])
def test_a_pattern_that_takes_long_holds_no_output_back(ct, pattern):
    """A megabyte of lines that such patterns are slow at, in a pipe: it passes as fast as ever, and the command ends."""
    done = ct("run", "-q", "--progress-pattern", pattern, "--", "sh", "-c", "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 1000000", timeout=120)
    assert (done.returncode, len(done.stdout)) == (0, 1_000_000)


def test_a_pattern_that_is_none_is_refused_before_the_command_starts(ct):
    done = ct("run", "--progress-pattern", "(", "--", "touch", "started")
    assert done.returncode == 125 and "progress pattern '('" in done.stderr
    assert not (ct.work / "started").exists()
