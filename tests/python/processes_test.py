"""Forks, workers, ranks, signals, and the wrapper: one measures, nothing deadlocks, nothing is counted twice."""
import os
import signal
import subprocess
import sys
import time

import pytest

LOOP = """
import sys, time, carbontracker as ct
with ct.track('job', epochs=3) as run:
    print(run.measuring, run.attached, flush=True)
    for _ in run.epochs(range(3)):
        time.sleep(0.1)
"""


def test_forks_neither_measure_nor_end_the_run(python, stored):
    done = python("""
import os, sys, time, carbontracker as ct
with ct.track('parent') as run:
    for _ in range(3):
        child = os.fork()
        if child == 0:
            run.epoch_begin(); run.epoch_end(); run.stop()
            sys.exit(0)
        os.waitpid(child, 0)
    time.sleep(0.2)
print(len(run.report().to_dict()['regions']))
""", timeout=20)
    assert (done.stdout, done.stderr, done.returncode) == ("0\n", "", 0)
    assert [run["run"]["name"] for run in stored()] == ["parent"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pool_workers_do_not_measure(python, stored, method):
    done = python(f"""
import multiprocessing, carbontracker as ct
def work(x):
    with ct.track('worker') as run:
        return x, run.measuring
if __name__ == '__main__':
    with ct.track('main'):
        with multiprocessing.get_context({method!r}).Pool(2) as pool:
            print(pool.map(work, [1, 2]))
""", timeout=30)
    assert done.stdout == "[(1, False), (2, False)]\n" and done.returncode == 0, done.stderr
    assert [run["run"]["name"] for run in stored()] == ["main"]


def test_of_the_ranks_of_a_node_the_first_measures(python, stored):
    first, second = python(LOOP, LOCAL_RANK="0"), python(LOOP, LOCAL_RANK="1")
    assert first.stdout == "True False\n" and second.stdout == "False False\n" and second.stderr == ""
    assert len(stored()) == 1


def test_nodes_of_a_slurm_job_share_one_run(python, stored):
    env = {"SLURM_JOB_ID": "77", "SLURM_NNODES": "2", "SLURM_LOCALID": "0"}
    python(LOOP, **env)
    python(LOOP, **env, SLURM_RESTART_COUNT="1")  # requeued
    [run] = stored()
    assert run["run"]["id"] == "slurm-77" and [s["attempt"] for s in run["segments"]] == [0, 1]


def test_inside_the_wrapper_it_marks_and_does_not_measure(machine, stored):
    script = machine / "job.py"
    script.write_text(LOOP)
    program = os.environ.get("CARBONTRACKER_PROGRAM", "carbontracker")
    done = subprocess.run([program, "run", "--", sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert "False True" in done.stdout
    [run] = stored()
    assert [r["name"] for r in run["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]


def test_sigterm_still_gives_the_report_and_the_signal_its_effect(machine, stored):
    script = machine / "long.py"
    script.write_text("import time, carbontracker as ct\nwith ct.track('preempted'):\n    print('on', flush=True)\n    time.sleep(60)\n")
    child = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "on\n"
    time.sleep(0.2)
    child.send_signal(signal.SIGTERM)
    assert child.wait(10) == -signal.SIGTERM
    child.stdout.close()
    [run] = stored()
    assert run["run"]["exit_code"] == 143 and run["run"]["ended"]


def test_a_signal_handler_of_the_host_stays(python):
    done = python("""
import signal, carbontracker as ct
mine = lambda *a: None
signal.signal(signal.SIGTERM, mine)
with ct.track(): assert signal.getsignal(signal.SIGTERM) is mine
signal.signal(signal.SIGTERM, signal.SIG_DFL)
with ct.track(): assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
""")
    assert done.returncode == 0, done.stderr


def test_the_interpreter_exits_at_once_with_a_run_that_nobody_ended(python, stored):
    done = python("""
import time, carbontracker as ct
run = ct.track('left').start()
print(time.time())
""", timeout=10)
    assert done.returncode == 0 and time.time() - float(done.stdout) < 2
    assert stored()[0]["run"]["ended"]
