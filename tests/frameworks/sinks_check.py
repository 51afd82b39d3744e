"""The sinks against the real MLflow, TensorBoard, Weights & Biases and Aim: what was logged is read back from their own files."""
import json
import time

import pytest

import carbontracker


@pytest.fixture
def two_gpus(monkeypatch):
    """100 W in all: 60 W of GPUs, 40 W of the processor."""
    monkeypatch.setenv("CARBONTRACKER_SYNTHETIC", "gpu0=const:20 gpu1=const:40 package-0=const:40")


def train(sink, epochs=2):
    with carbontracker.track("sunk", sinks=sink, place="DK", pue=1.0) as run:
        for _ in run.epochs(range(epochs)):
            time.sleep(0.3)
    return run.report().to_dict()


def test_mlflow_with_a_file_store(two_gpus, machine):
    import mlflow
    mlflow.set_tracking_uri(f"file://{machine}/mlruns")
    with mlflow.start_run() as active:
        report = train(carbontracker.sinks.MLflow())
    client = mlflow.MlflowClient()
    metrics = client.get_run(active.info.run_id).data.metrics
    assert metrics["system/energy_kwh"] == pytest.approx(report["energy"]["total"]["joules"] / 3.6e6, rel=1e-6)
    assert metrics["system/gpu_0_power_usage_watts"] == pytest.approx(20, rel=0.3)
    assert metrics["system/gpu_1_power_usage_watts"] == pytest.approx(40, rel=0.3)
    assert metrics["system/power_watts"] == pytest.approx(100, rel=0.3) and metrics["system/co2_g"] > 0
    history = client.get_metric_history(active.info.run_id, "system/forecast_energy_kwh")
    assert [point.step for point in history] == [1, 2]
    assert history[0].value == pytest.approx(report["energy"]["total"]["joules"] / 3.6e6, rel=0.5)
    run = client.get_run(active.info.run_id)
    assert run.data.tags["carbontracker.run_id"] == report["run"]["id"]
    assert json.loads(mlflow.artifacts.load_text(run.info.artifact_uri + "/carbontracker.json")) == report


def test_mlflow_starts_no_run_of_its_own(machine, caplog):
    import mlflow
    mlflow.set_tracking_uri(f"file://{machine}/mlruns")
    train(carbontracker.sinks.MLflow(), epochs=1)
    assert "no MLflow run is active" in caplog.text and mlflow.active_run() is None


def test_a_node_of_several_has_its_own_prefix(machine, monkeypatch):
    import mlflow
    mlflow.set_tracking_uri(f"file://{machine}/mlruns")
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_NODE_ID", "n1")
    with mlflow.start_run() as active:
        train(carbontracker.sinks.MLflow(), epochs=1)
    assert "system/n1/energy_kwh" in mlflow.get_run(active.info.run_id).data.metrics


@pytest.mark.parametrize("by_path", [True, False])
def test_tensorboard(machine, two_gpus, by_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter
    report = train(carbontracker.sinks.TensorBoard(machine / "tb" if by_path else SummaryWriter(machine / "tb")))
    events = EventAccumulator(str(machine / "tb"))
    events.Reload()
    energy = events.Scalars("energy/energy_kwh")
    assert [point.step for point in energy] == [1, 2, 2]
    assert energy[-1].value == pytest.approx(report["energy"]["total"]["joules"] / 3.6e6, rel=1e-5)
    assert energy[0].value == pytest.approx(energy[1].value / 2, rel=0.3)
    assert events.Scalars("energy/power_watts")[1].value == pytest.approx(100, rel=0.3)
    assert {"energy/co2_g", "energy/forecast_energy_kwh", "energy/forecast_co2_g", "energy/gpu_1_power_usage_watts"} <= set(events.Tags()["scalars"])


def records(path):
    """The records of a LevelDB log, which an offline run's file is after its first 7 bytes: blocks of 32 KiB, each record or part of one
    with checksum, length and kind (1 whole, 2 first, 3 middle, 4 last) before it."""
    data, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = int.from_bytes(data[at + 4:at + 6], "little"), data[at + 6]
        if kind == 0 or at + 7 + length > len(data):  # not written yet
            return
        whole += data[at + 7:at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield whole
            whole = b""


def history_of(folder):
    from wandb.proto import wandb_internal_pb2
    [path] = folder.glob("wandb/offline-run-*/run-*.wandb")
    rows = []
    for data in records(path):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        if record.HasField("history"):
            rows.append({item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item})
    return rows


def test_wandb_offline(machine, two_gpus):
    import wandb
    run = wandb.init(project="p", dir=str(machine), mode="offline", settings=wandb.Settings(silent=True, x_disable_stats=True))

    class Also:  # the training logs too: ours goes with its step
        def log(self, seen, step):
            run.log({"loss": 1.0 / step})
    report = train((carbontracker.sinks.WandB(), Also()))
    energy = report["energy"]["total"]["joules"] / 3.6e6
    summary = dict(run.summary)
    assert summary["energy/energy_kwh"] == pytest.approx(energy, rel=1e-6) and summary["energy/co2_g"] > 0
    run.finish()  # which leaves its last records to another process
    until = time.monotonic() + 60
    while len(rows := [row for row in history_of(machine) if "loss" in row]) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert rows[0]["gpu.0.powerWatts"] == pytest.approx(20, rel=0.3) and rows[0]["system.powerWatts"] == pytest.approx(100, rel=0.3)
    assert rows[0]["cpu.powerWatts"] == pytest.approx(40, rel=0.3) and rows[0]["energy/forecast_energy_kwh"] == pytest.approx(energy, rel=0.5)
    assert len(rows) == 3 and rows[-1]["energy/energy_kwh"] == pytest.approx(energy, rel=1e-6)


def test_an_aim_like_run(two_gpus):
    class Run:
        def __init__(self):
            self.got = {}

        def track(self, value, name=None, step=None, epoch=None, *, context=None):
            self.got.setdefault((name, tuple(context.items())), []).append((step, value))
    aim = Run()
    train(carbontracker.sinks.Aim(aim))
    assert [step for step, _ in aim.got["__system__energy_kwh", ()]] == [1, 2, 2]
    assert aim.got["__system__gpu_power_watts", (("gpu", 1),)][0][1] == pytest.approx(40, rel=0.3)
    assert ("__system__forecast_co2_g", ()) in aim.got


def test_aim(machine, two_gpus):
    """As Aim's own storage has it after the run is closed."""
    import aim
    from aim.sdk.index_manager import RepoIndexManager
    run = aim.Run(repo=str(machine), system_tracking_interval=None, log_system_params=False, capture_terminal_logs=False)
    report = train(carbontracker.sinks.Aim(run))
    run.close()
    repo = aim.Repo(str(machine))
    RepoIndexManager.get_index_manager(repo).index(run.hash)
    found = {}
    for metric in repo.get_run(run.hash).metrics():
        steps, (values, *_) = metric.data.numpy()
        found[metric.name, metric.context.to_dict().get("gpu")] = (list(steps), list(values))
    steps, kwh = found["__system__energy_kwh", None]
    assert steps[:2] == [1, 2] and kwh[-1] == pytest.approx(report["energy"]["total"]["joules"] / 3.6e6, rel=1e-6)
    assert found["__system__gpu_power_watts", 1][1][0] == pytest.approx(40, rel=0.3)
    assert found["__system__gpu_power_watts", 0][1][0] == pytest.approx(20, rel=0.3)
