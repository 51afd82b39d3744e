"""Where the limits allow few processes: the command runs as it would without us, measured as far as that goes, and what is missing is said."""
import os

import pytest

FEW = 54321  # a user who has no other process


def limited(ct, number, *words):
    for folder, folders, files in os.walk(ct.folder):
        for name in (".", *folders, *files):
            os.chown(os.path.join(folder, name), FEW, FEW)
    return ct("run", "--", *words, prefix=["setpriv", f"--reuid={FEW}", f"--regid={FEW}", "--clear-groups", "--", "prlimit", f"--nproc={number}"], env={"PATH": "/usr/bin:/bin"})


@pytest.mark.parametrize("number", [1, 2])
def test_where_no_process_can_be_had_the_command_runs_in_our_place(ct, number):
    done = limited(ct, number, "sh", "-c", "echo hi; exit 7")
    assert (done.returncode, done.stdout) == (7, "hi\n")
    assert "the command runs without being measured: starting a process: " in done.stderr and "ulimit -u" in done.stderr


def test_signals_are_put_back_there(ct):
    done = limited(ct, 1, "grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status")
    assert [line.split()[1] for line in done.stdout.splitlines()][0] == "0" * 16, done.stdout  # nothing blocked


@pytest.mark.parametrize("number", [1, 2])
def test_there_a_program_that_is_none_gives_127(ct, number):
    done = limited(ct, number, "no-such-program")
    assert done.returncode == 127 and "no-such-program: not found" in done.stderr


def test_where_no_relay_can_be_had_the_output_is_not_read_and_that_is_said(ct):
    done = limited(ct, 3, "echo", "hi")
    assert (done.returncode, done.stdout) == (0, "hi\n")
    assert "progress is not read from the output: " in done.stderr and "energy" in done.stderr
