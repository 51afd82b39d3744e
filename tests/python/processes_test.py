"""Forks, workers, ranks, signals, and the wrapper: one measures, nothing deadlocks, nothing is counted twice."""
import os
import pathlib
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
""", timeout=120)
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
""", timeout=120)
    assert done.stdout == "[(1, False), (2, False)]\n" and done.returncode == 0, done.stderr
    assert [run["run"]["name"] for run in stored()] == ["main"]


def test_of_the_ranks_of_a_node_the_first_measures(python, stored):
    first, second = python(LOOP, LOCAL_RANK="0"), python(LOOP, LOCAL_RANK="1")
    assert first.stdout == "True False\n" and second.stdout == "False False\n" and second.stderr == ""
    assert len(stored()) == 1


@pytest.mark.parametrize("variable", ["LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK",
                                      "PALS_LOCAL_RANKID", "PMIX_LOCAL_RANK", "FLUX_TASK_LOCAL_ID", "JSM_NAMESPACE_LOCAL_RANK", "HOROVOD_LOCAL_RANK"])
def test_the_ranks_of_every_launcher_are_known(ct, monkeypatch, variable):
    for value, measures in (("0", True), ("3", False), ("", True)):
        monkeypatch.setenv(variable, value)
        with ct.track(keep=False) as run:
            assert run.measuring is measures


@pytest.mark.parametrize("env, expected", [
    ({}, None),
    ({"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_SIZE": "4", "PMIX_NAMESPACE": "prterun-a-1@1"}, None),  # one node
    ({"OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_LOCAL_SIZE": "4", "PMIX_NAMESPACE": "prterun-a-1@1"}, "mpi-prterun-a-1-1"),
    ({"PMI_SIZE": "8", "MPI_LOCALNRANKS": "4", "PBS_JOBID": "12.server"}, "pbs-12-server"),
    ({"WORLD_SIZE": "8", "LOCAL_WORLD_SIZE": "4", "LSB_JOBID": "9"}, "lsf-9"),
    ({"GROUP_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "my job"}, "torchrun-my-job"),
    ({"GROUP_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "none"}, None),
    ({"SLURM_JOB_ID": "5", "SLURM_NNODES": "2"}, "slurm-5"),
    ({"SLURM_JOB_ID": "5", "SLURM_NNODES": "1", "SLURM_PROCID": "0", "SLURM_STEP_ID": "1"}, "slurm-5-1"),
    ({"SLURM_JOB_ID": "5", "SLURM_NNODES": "1"}, None),  # a shell of salloc: each training is a run of its own
    ({"SLURM_JOB_ID": "5", "SLURM_NNODES": "2", "CARBONTRACKER_SOCKET": "/s"}, None),  # the wrapper's run
])
def test_what_the_nodes_of_a_job_share(machine, monkeypatch, env, expected):
    from carbontracker import _processes
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert _processes.shared_run_id() == expected


def test_nodes_of_a_slurm_job_share_one_run(python, stored):
    env = {"SLURM_JOB_ID": "77", "SLURM_NNODES": "2", "SLURM_LOCALID": "0"}
    python(LOOP, **env)
    python(LOOP, **env, SLURM_RESTART_COUNT="1")  # requeued
    [run] = stored()
    assert run["run"]["id"] == "slurm-77" and [s["attempt"] for s in run["segments"]] == [0, 1]


def test_trainings_of_one_slurm_job_are_runs_of_their_own_and_go_on_when_it_is_requeued(python, stored):
    env = {"SLURM_JOB_ID": "78", "SLURM_NNODES": "1", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"}
    for more in ({}, {}, {"SLURM_RESTART_COUNT": "1"}):
        assert python(LOOP, **env, **more).stderr == ""
    runs = {run["run"]["id"]: run for run in stored()}
    assert sorted(runs) == ["slurm-78", "slurm-78.2"]
    assert [s["attempt"] for s in runs["slurm-78"]["segments"]] == [0, 1] and len(runs["slurm-78.2"]["segments"]) == 1


@pytest.mark.parametrize("listed, own, unseen", [("0,1,2,3", "0", 3), ("0,1", "0,1", 0), ("", "0", 0)])
def test_gpus_that_the_measuring_rank_does_not_see_are_told(ct, monkeypatch, caplog, listed, own, unseen):
    for name, value in {"SLURM_JOB_ID": "9", "SLURM_LOCALID": "0", "SLURM_STEP_GPUS": listed, "CUDA_VISIBLE_DEVICES": own}.items():
        monkeypatch.setenv(name, value)
    with ct.track(keep=False):
        pass
    assert (f"{unseen} GPUs of this job" in caplog.text) is (unseen > 0)


def test_two_trainings_at_once_on_a_machine_are_two_runs(machine, stored):
    script = machine / "job.py"
    script.write_text(LOOP)
    children = [subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [child.communicate(timeout=120)[0] for child in children] == ["True False\n"] * 2
    assert len(stored()) == 2


def test_executors_of_a_process_that_measures_do_not(python, stored):
    done = python("""
import concurrent.futures, multiprocessing, carbontracker as ct
def work(x):
    with ct.track('worker') as run:
        return run.measuring, run.why_not()
if __name__ == '__main__':
    with ct.track('main'):
        for method in ('fork', 'spawn', 'forkserver'):
            with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
                print(*set(pool.map(work, range(4))))
    with ct.track('after') as run:  # what a fork left open holds nothing
        print(run.measuring)
""", timeout=120)
    assert done.stdout == "(False, 'a worker process: its parent measures')\n" * 3 + "True\n", done.stderr
    assert [run["run"]["name"] for run in stored()] == ["main", "after"]


def test_main_is_run_once(python):
    done = python("""
import time, carbontracker as ct
print('here')
with ct.track(epochs=2) as run:
    for _ in run.epochs(range(2)): time.sleep(0.05)
""")
    assert (done.stdout, done.stderr) == ("here\n", "")


def test_inside_the_wrapper_it_marks_and_does_not_measure(machine, stored):
    script = machine / "job.py"
    script.write_text(LOOP)
    program = os.environ.get("CARBONTRACKER_PROGRAM", str(pathlib.Path(__file__).resolve().parents[2] / "build" / "python" / "carbontracker"))
    done = subprocess.run([program, "run", "--", sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert "False True" in done.stdout
    [run] = stored()
    assert [r["name"] for r in run["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]


def test_sigterm_still_gives_the_report_and_the_signal_its_effect(machine, stored):
    script = machine / "long.py"
    script.write_text("import time, carbontracker as ct\nwith ct.track('preempted'):\n    print('on', flush=True)\n    time.sleep(600)\n")
    child = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "on\n"
    child.send_signal(signal.SIGTERM)
    assert child.wait(120) == -signal.SIGTERM
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
""", timeout=120)
    assert done.returncode == 0 and time.time() - float(done.stdout) < 30
    assert stored()[0]["run"]["ended"]
