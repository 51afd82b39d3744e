"""Ranks that have each been given some of a node's GPUs: each GPU is counted once, whoever can see it; and containers that share a store."""
import os
import shutil
import subprocess
import sys

import pytest

TRAIN = """
import os, sys, time
START
print("on", flush=True)
time.sleep(1.6)
END
"""
APIS = {
    "own": ("import carbontracker as ct; run = ct.track('ranks').start()", "run.stop()"),
    "drop-in": ("from carbontracker.tracker import CarbonTracker; t = CarbonTracker(epochs=1, verbose=0); t.epoch_start()", "t.epoch_end()"),
    "codecarbon": ("from carbontracker.codecarbon import OfflineEmissionsTracker; t = OfflineEmissionsTracker(country_iso_code='DNK', log_level='error', "
                   "save_to_file=False); t.start()", "t.stop()"),
}
SLURM = {"SLURM_JOB_ID": "40", "SLURM_NNODES": "1", "SLURM_STEP_ID": "0", "SLURM_STEP_GPUS": "0-3"}
WATTS = (100, 200, 300, 400)


@pytest.fixture
def ranks(machine, gpus):
    """Runs one process a rank, all at once; `places` is the folder of each rank's devices, `scripts` what its driver shows."""
    env = gpus("gpu name=A power=const:1")
    started = []

    def run(api, number, options, devices, cards):
        begin, end = APIS[api]
        script = machine / "rank.py"
        script.write_text(TRAIN.replace("START", begin).replace("END", end))
        for rank in range(number):
            root = machine / f"root{rank}"
            (root / "dev").mkdir(parents=True)
            for device in devices(rank):
                (root / "dev" / f"nvidia{device}").write_text("")
            driver = machine / f"nvml{rank}.txt"
            driver.write_text("".join(f"gpu name={'ABCD'[card]} power=const:{WATTS[card]} tick=0.02\n" for card in cards(rank)))
            started.append(subprocess.Popen([sys.executable, script], cwd=machine, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={
                **os.environ, **env, "CT_FAKE_NVML": str(driver), "CARBONTRACKER_HOST_ROOT": str(root), **{name: value.format(rank) for name, value in options.items()}}))
        errors = [child.communicate(timeout=120)[1] for child in started]
        assert [child.returncode for child in started] == [0] * number, errors
        return errors
    yield run
    for child in started:
        if child.poll() is None:
            child.kill()


def watts(run):
    """By the name of the card. Ranks begin within a moment of each other, and each part lasts as long as its own segment."""
    return sorted(round(c["joules"] / run["run"]["duration_s"] / 100) * 100 for c in run["energy"]["channels"] if c["counted"] and c["domain"] == "gpu")


@pytest.mark.parametrize("api", APIS)
def test_gpus_per_task_where_all_can_be_seen(ranks, stored, api):
    """srun --gpus-per-task=1 without ConstrainDevices: each rank is told of its own, and the driver shows all."""
    errors = ranks(api, 2, {**SLURM, "SLURM_PROCID": "{}", "SLURM_LOCALID": "{}", "CUDA_VISIBLE_DEVICES": "{}"}, lambda rank: range(4), lambda rank: range(4))
    assert "GPUs of this job" not in "".join(errors)
    [run] = stored()
    assert len(run["segments"]) == 1 and watts(run) == [100, 200, 300, 400]


@pytest.mark.parametrize("api", APIS)
def test_gpus_per_task_where_each_rank_is_kept_to_its_own(ranks, stored, api):
    """With ConstrainDevices each rank's driver shows one GPU, which is number 0 to it: each rank counts its own, as a part of the one run."""
    ranks(api, 2, {**SLURM, "SLURM_STEP_GPUS": "1,2", "SLURM_PROCID": "{}", "SLURM_LOCALID": "{}", "CUDA_VISIBLE_DEVICES": "0"},
          lambda rank: [1 + rank], lambda rank: [1 + rank])
    [run] = stored()
    assert run["run"]["id"] == "slurm-40-0" and watts(run) == [200, 300]
    nodes = [segment["node"] for segment in run["segments"]]
    assert nodes[1] == nodes[0] + ".rank1"


def test_a_gpu_that_two_ranks_share_is_counted_once(ranks, stored):
    ranks("own", 2, {**SLURM, "SLURM_STEP_GPUS": "1,2", "SLURM_PROCID": "{}", "SLURM_LOCALID": "{}", "CUDA_VISIBLE_DEVICES": "0"}, lambda rank: [1], lambda rank: [1])
    [run] = stored()
    assert watts(run) == [200]


def test_ranks_of_mpi_that_a_script_has_given_their_gpus(ranks, stored):
    """CUDA_VISIBLE_DEVICES=$OMPI_COMM_WORLD_LOCAL_RANK: what the other ranks were given is read from their environment."""
    ranks("own", 3, {"PMIX_NAMESPACE": "prterun-a-1@1", "OMPI_COMM_WORLD_LOCAL_RANK": "{}", "OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_LOCAL_SIZE": "3",
                     "CUDA_VISIBLE_DEVICES": "{}"}, lambda rank: [], lambda rank: range(4))
    [run] = stored()
    assert watts(run) == [100, 200, 300]


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
@pytest.mark.parametrize("given", [None, "1,3"])
def test_ranks_of_multiprocessing_whose_own_code_picks_their_gpus(python, stored, gpus, method, given):
    """os.environ["CUDA_VISIBLE_DEVICES"] set by the rank itself: the rank that measures speaks for what they were given together."""
    env = gpus(*[f"gpu name={name} power=const:{watts} tick=0.02" for name, watts in zip("ABCD", WATTS)])
    given = {"CUDA_VISIBLE_DEVICES": given} if given else {}
    done = python(f"""
import multiprocessing, os, time, carbontracker as ct
def rank(number, both):
    os.environ.update(CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", "0,1,2,3").split(",")[number], WORLD_SIZE="2", RANK=str(number))
    with ct.track("ranks") as run:
        both.wait(60)
        time.sleep(1.2)
        both.wait(60)
if __name__ == "__main__":
    kind = multiprocessing.get_context({method!r})
    both = kind.Barrier(2)
    ranks = [kind.Process(target=rank, args=(number, both)) for number in range(2)]
    for one in ranks: one.start()
    for one in ranks: one.join()
""", **env, **given)
    assert done.returncode == 0, done.stderr
    [run] = stored()
    assert watts(run) == ([200, 400] if given else [100, 200, 300, 400])


def test_a_program_that_picks_its_gpus_itself_has_those_and_no_others(python, stored, gpus):
    """After the import, before the run begins; and a child of its own that trains alone."""
    env = gpus(*[f"gpu name={name} power=const:{watts} tick=0.02" for name, watts in zip("ABCD", WATTS)])
    done = python("""
import multiprocessing, os, time, carbontracker as ct
def training(gpu):
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    with ct.track("alone"): time.sleep(1.2)
if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=training, args=("2",))
    child.start(); child.join()
    training("1")
""", **env)
    assert done.returncode == 0, done.stderr
    assert [watts(run) for run in stored()] == [[300], [200]]


def test_containers_with_networks_of_their_own_agree_by_the_store(machine, stored):
    """Two agents of one launch, each in a network namespace: abstract sockets do not reach from one to the other."""
    script = machine / "job.py"
    script.write_text("import sys, time, carbontracker as ct\nwith ct.track('c') as run:\n  print(run.measuring, run.why_not(), flush=True)\n  sys.stdin.readline()\n")
    apart = [shutil.which("unshare"), "--net", *([] if os.geteuid() == 0 else ["-r"])]
    env = {**os.environ, "TORCHELASTIC_RUN_ID": "7", "MASTER_ADDR": "a", "MASTER_PORT": "1", "LOCAL_RANK": "0"}
    both = [subprocess.Popen([*apart, sys.executable, script], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(child.stdout.readline() for child in both)
    assert said == ["False another process of this training measures this node\n", "True \n"]
    assert [child.communicate("\n", timeout=120)[1] for child in both] == ["", ""]
    assert len(stored()) == 1 and list((machine / "store" / "locks").iterdir()) == []
