"""A system that gives little: few descriptors, no threads, little memory, closed streams, files that are none. The command runs all the same."""
import os

import pytest

HELLO = ["/bin/sh", "-c", "echo hello; exit 3"]


def limited(ct, limit, *words, shell="bash"):
    return ct("run", "--", *words, prefix=[shell, "-c", f'ulimit {limit} && exec "$@"', shell])


@pytest.mark.parametrize("descriptors", [5, 6, 8, 10, 12, 16])
def test_few_descriptors_cost_what_is_measured_not_the_command(ct, descriptors):
    done = limited(ct, f"-n {descriptors}", *HELLO)
    assert (done.returncode, done.stdout) == (3, "hello\n"), done.stderr
    assert "exit 3" in done.stderr


def test_not_found_is_told_without_a_descriptor_to_spare(ct):
    assert limited(ct, "-n 5", "no-such-program").returncode == 127


@pytest.mark.parametrize("kibibytes", [14000, 20000, 30000])
def test_no_memory_for_a_thread_costs_the_thread(ct, kibibytes):
    done = limited(ct, f"-v {kibibytes}", *HELLO)
    assert (done.returncode, done.stdout) == (3, "hello\n"), done.stderr
    assert "exit 3" in done.stderr and "terminate called" not in done.stderr
    if kibibytes == 20000:  # room for one stack of 8 MiB
        assert "starting the thread of the writer" in done.stderr and "ulimit -v" in done.stderr
        assert len(ct.runs()) == 1


@pytest.mark.parametrize("processes", [3, 4, 5])
def test_no_processes_left_for_us_leave_one_for_the_command(ct, processes):
    # Each of its own user, who has no other process.
    ct.folder.chmod(0o777)
    ct.work.chmod(0o777)
    user = 65400 + processes
    done = ct("run", "--", *HELLO, env={"CARBONTRACKER_HOME": str(ct.work / "kept")},
              prefix=["setpriv", "--reuid", user, "--clear-groups", "prlimit", f"--nproc={processes}"])
    assert (done.returncode, done.stdout) == (3, "hello\n"), done.stderr
    assert "terminate called" not in done.stderr


def test_streams_that_are_closed_stay_closed_for_the_command(ct):
    look = "open=; for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && open=$open$n; done; exit 9$open"
    assert ct("run", "--", "sh", "-c", look, prefix=["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]).returncode == 9


def test_a_product_to_a_closed_stream_is_a_failure(ct):
    done = ct("report", prefix=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert done.returncode == 1 and "writing the output" in done.stderr


def test_a_pipe_named_like_the_configuration_is_not_waited_for(ct):
    os.mkfifo(ct.work / ".carbontracker.toml")
    done = ct("run", "--", *HELLO, timeout=120)
    assert done.returncode == 3
    assert "not a regular file; going on without it" in done.stderr


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)], ids=["pipe", "endless"])
def test_a_pipe_or_a_device_among_the_journals_is_named_and_left(ct, make):
    ct("run", "--", "true")
    make(ct.store / "journals" / "20200101-000000-abcdef.node.0.journal")
    make(ct.store / "journals" / "20200101-000000-abcdef.name")
    done = ct("report", timeout=120)
    assert done.returncode == 0 and "true" in done.stdout
    assert "not a regular file" in done.stderr
