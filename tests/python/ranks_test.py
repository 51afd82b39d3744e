"""Real ranks, by torchrun on gloo: one process of a node measures, and what the nodes measured is one run. A node is a host name of its own."""
import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest

# Trains a little with gradients averaged over the ranks; prints its rank, whether it measures, and the run's id.
TRAIN = """
import os, signal, sys, time, torch, torch.distributed as dist, carbontracker as ct
rank = int(os.environ["RANK"])
dist.init_process_group("gloo")
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4, 1))
with ct.track("ddp", epochs=3) as run:
    sys.stdout.write(f"{rank} {run.measuring} {run.id}\\n")
    sys.stdout.flush()
    for epoch in run.epochs(range(3)):
        model(torch.ones(2, 4)).square().mean().backward()
        time.sleep(0.1)
        CRASH
dist.destroy_process_group()
"""
NODE = "import os, socket, sys; socket.sethostname(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])"


@pytest.fixture
def torchrun(machine, monkeypatch):
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    children = []

    def start(*options, crash="pass", node=None, code=None):
        script = machine / "train.py"
        script.write_text((code or TRAIN).replace("CRASH", crash))
        command = [sys.executable, "-m", "torch.distributed.run", *map(str, options), str(script)]
        if node:  # a host name of its own, in a namespace of its own
            unshare = [shutil.which("unshare"), "--uts", *([] if os.geteuid() == 0 else ["-r"])]
            command = [*unshare, sys.executable, "-c", NODE, node, *command]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL))
        return children[-1]
    yield start
    for child in children:
        if child.poll() is None:
            child.terminate()  # which it passes on to its ranks
            try:
                child.wait(40)
            except subprocess.TimeoutExpired:
                child.kill()
        child.stdout.close()
        child.stderr.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def printed(child):
    out, err = child.communicate(timeout=150)
    rows = {int(line.split()[0]): line.split()[1:] for line in out.splitlines()}
    return {rank: (row[0] == "True", row[1] if len(row) > 1 else "") for rank, row in rows.items()}, err


def test_of_two_ranks_of_a_node_one_measures(torchrun, stored):
    seen, errors = printed(torchrun("--standalone", "--nproc-per-node", 2))
    assert {rank: measuring for rank, (measuring, _) in seen.items()} == {0: True, 1: False}, errors
    [run] = stored()
    assert [r["name"] for r in run["regions"]] == ["epoch 1", "epoch 2", "epoch 3"] and run["run"]["exit_code"] == 0
    assert run["energy"]["total"]["joules"] == pytest.approx(100 * run["run"]["duration_s"], rel=0.05)


def test_virtual_ranks_are_all_local_rank_0_and_still_each_gpu_is_counted_once(torchrun, stored, gpus, monkeypatch):
    """Each rank sees one of the two GPUs that the launcher was given; the rank that measures counts both, and neither of the others."""
    for name, value in gpus(*[f"gpu name={name} power=const:{watts} tick=0.02" for name, watts in zip("ABCD", (100, 200, 300, 400))]).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    code = TRAIN.replace("time.sleep(0.1)", "time.sleep(0.7)").replace("{run.id}", "{os.environ['CUDA_VISIBLE_DEVICES']}")
    seen, errors = printed(torchrun("--standalone", "--nproc-per-node", 2, "--virtual-local-rank", code=code))
    assert sorted(seen.values())[0][0] is False and sorted(measuring for measuring, _ in seen.values()) == [False, True], errors
    assert sorted(device for _, device in seen.values()) == ["1", "3"]
    [run] = stored()
    watts = {c["name"]: c["joules"] / run["run"]["duration_s"] for c in run["energy"]["channels"] if c["counted"] and c["domain"] == "gpu"}
    assert watts == {"gpu1": pytest.approx(200, rel=0.2), "gpu3": pytest.approx(400, rel=0.2)}


@pytest.mark.parametrize("rendezvous", ["static", "c10d"])
def test_two_nodes_are_one_run(torchrun, stored, rendezvous):
    port = free_port()
    options = ["--nnodes", 2, "--nproc-per-node", 2]
    if rendezvous == "static":
        nodes = [torchrun(*options, "--node-rank", i, "--master-addr", "127.0.0.1", "--master-port", port, node=f"node-{i}") for i in (0, 1)]
    else:  # the same id as yesterday's training
        nodes = [torchrun(*options, "--rdzv-backend", "c10d", "--rdzv-id", "100", "--rdzv-endpoint", f"127.0.0.1:{port}", "--local-addr", "127.0.0.1",
                          node=f"node-{i}") for i in (0, 1)]
    rows, errors = zip(*map(printed, nodes))
    seen = {**rows[0], **rows[1]}
    assert sorted(measuring for measuring, _ in seen.values()) == [False, False, True, True], errors
    assert len({name for measuring, name in seen.values() if measuring}) == 1
    [run] = stored()
    assert [s["node"] for s in run["segments"]] == ["node-0", "node-1"]
    assert run["energy"]["total"]["joules"] == pytest.approx(2 * 100 * run["run"]["duration_s"], rel=0.15)
    assert "100" != run["run"]["id"]


def test_two_agents_on_one_machine_measure_it_once(torchrun, stored):
    port = free_port()
    agents = [torchrun("--nnodes", 2, "--nproc-per-node", 1, "--node-rank", i, "--master-addr", "127.0.0.1", "--master-port", port) for i in (0, 1)]
    rows, errors = zip(*map(printed, agents))
    assert sorted(measuring for row in rows for measuring, _ in row.values()) == [False, True], errors
    assert len(stored()) == 1


def test_a_rank_that_crashes_leaves_what_was_measured(torchrun, stored):
    """The measuring rank is then ended by torchrun, or by gloo, with or without a chance to report: what is on disk by then (every 5 s) stays."""
    child = torchrun("--standalone", "--nproc-per-node", 2, crash="rank == 1 and epoch == 1 and (time.sleep(7), os.kill(os.getpid(), signal.SIGKILL))")
    _, errors = printed(child)
    assert child.returncode != 0
    [run] = stored()
    assert run["energy"]["total"]["joules"] > 300 and run["run"]["exit_code"] != 0
    assert [r["name"] for r in run["regions"]][:1] == ["epoch 1"]


def test_a_node_that_dies_leaves_the_other_nodes_part(torchrun, stored):
    port = free_port()
    alone = TRAIN.replace("torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4, 1))", "torch.nn.Linear(4, 1); dist.barrier()") \
        .replace("dist.destroy_process_group()", "print('ended', flush=True)")
    nodes = [torchrun("--nnodes", 2, "--nproc-per-node", 1, "--node-rank", i, "--master-addr", "127.0.0.1", "--master-port", port, node=f"node-{i}",
                      code=alone, crash="rank == 1 and epoch == 1 and os.kill(os.getpid(), signal.SIGKILL)") for i in (0, 1)]
    assert nodes[0].stdout.readline().startswith("0 True") and nodes[0].stdout.readline() == "ended\n"  # torchrun itself would wait for node 1
    [run] = stored()
    assert [s["node"] for s in run["segments"]] == ["node-0", "node-1"] and run["run"]["state"] == "interrupted"
    [first] = [c for c in run["energy"]["channels"] if c["node"] == "node-0" and c["counted"]]
    assert first["joules"] > 25


def test_a_training_that_torchrun_starts_again_goes_on_with_its_run(torchrun, stored):
    first = "epoch == 1 and os.environ['TORCHELASTIC_RESTART_COUNT'] == '0' and rank == 1 and sys.exit(3)"
    alone = TRAIN.replace('dist.init_process_group("gloo")', "").replace("torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(4, 1))", "torch.nn.Linear(4, 1)") \
        .replace("dist.destroy_process_group()", "")  # gloo itself hangs now and then when it is set up anew in the store of a restart
    _, errors = printed(torchrun("--standalone", "--nproc-per-node", 2, "--max-restarts", 1, crash=first, code=alone))
    [run] = stored()
    assert [s["attempt"] for s in run["segments"]] == [0, 1], errors


def test_ranks_that_multiprocessing_spawned(python, stored):
    done = python("""
import os, sys, time, torch.multiprocessing as mp, carbontracker as ct
def rank(number, queue, both):
    with ct.track("spawned") as run:
        queue.put(run.measuring)
        both.wait(60)
if __name__ == "__main__":
    queue, both = mp.get_context("spawn").SimpleQueue(), mp.get_context("spawn").Event()
    context = mp.spawn(rank, (queue, both), nprocs=2, join=False)
    print(sorted([queue.get(), queue.get()]))
    both.set()
    while not context.join(): pass
""", timeout=120)
    assert done.stdout == "[False, True]\n" and done.returncode == 0, done.stderr
    assert len(stored()) == 1


def test_preemption_of_torchrun_leaves_the_report(torchrun, stored):
    child = torchrun("--standalone", "--nproc-per-node", 2, crash="time.sleep(600)")
    assert child.stdout.readline() and child.stdout.readline()  # both ranks have begun
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=120)
    [run] = stored()
    assert run["run"]["exit_code"] == 143 and run["run"]["ended"]
