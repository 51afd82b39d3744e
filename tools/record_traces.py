#!/usr/bin/env python3
"""Trains small real PyTorch models and records each as a trace: NAME.power.csv and NAME.events.csv, as docs/FORMATS.md lays down.

usage: record_traces.py DIRECTORY [NAME...]        (needs torch; a minute or so for each)

The marks are real. Power is not metered: it is the machine's CPU time over the last reading's interval, at IDLE_W to FULL_W a
hardware thread (Cloud Carbon Footprint, Sapphire Rapids: 1.04 to 4.16 W), as on any virtual machine without a counter.
"""
import os
import pathlib
import sys
import threading
import time

import torch
from torch import nn

IDLE_W, FULL_W, PERIOD_S = 1.04, 4.16, 0.5
SIZE = 3  # of the data: epochs of a second and more, several readings each


def busy_seconds() -> float:
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")  # all but idle and iowait


class Recorder:
    def __init__(self, directory: pathlib.Path, name: str):
        self.power, self.events = ["time_ms,watts"], ["time_ms,event_type,key,number,value"]
        self.base, self.stopped = directory / name, threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        time.sleep(2)  # the machine at rest
        self.mark("run_start")

    def read(self) -> None:
        threads, at, busy = os.cpu_count(), time.time(), busy_seconds()
        while not self.stopped.wait(PERIOD_S):
            now, after = time.time(), busy_seconds()
            share = min(1.0, (after - busy) / (now - at) / threads)
            self.power.append(f"{now * 1000:.0f},{threads * (IDLE_W + (FULL_W - IDLE_W) * share):.2f}")
            at, busy = now, after

    def mark(self, key: str, number="") -> None:
        kind = "INTERVAL_END" if key.endswith("_stop") else "INTERVAL_START"
        self.events.append(f"{time.time() * 1000:.0f},{kind},{key},{number},")

    def finish(self) -> None:
        self.mark("run_stop")
        time.sleep(2 * PERIOD_S)
        self.stopped.set()
        self.thread.join()
        pathlib.Path(f"{self.base}.power.csv").write_text("\n".join(self.power) + "\n")
        pathlib.Path(f"{self.base}.events.csv").write_text("\n".join(self.events) + "\n")


def cnn() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 10))


def mlp() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(128, 64)
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2)
        self.head = nn.Linear(64, 10)

    def forward(self, tokens):
        return self.head(self.layers(self.embed(tokens)).mean(1))


def images(count: int):
    return torch.randn(SIZE * count, 1, 28, 28), torch.randint(0, 10, (SIZE * count,))


def tokens(count: int, length: int = 64):
    return torch.randint(0, 128, (SIZE * count, length)), torch.randint(0, 10, (SIZE * count,))


def batches(data, size: int = 64):
    return zip(data[0].split(size), data[1].split(size))


def train_epoch(model, optimiser, data) -> None:
    model.train()
    for x, y in batches(data):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()


@torch.no_grad()
def evaluate(model, data) -> None:
    model.eval()
    for x, y in batches(data):
        (model(x).argmax(1) == y).sum().item()


def train(record: Recorder, model, epochs: int, data_of, held_out=None, first=1, every=1) -> None:
    """data_of(epoch) gives the data of an epoch; evaluation after epochs first, first + every, ..."""
    optimiser = torch.optim.Adam(model.parameters())
    for epoch in range(1, epochs + 1):
        record.mark("epoch_start", epoch)
        train_epoch(model, optimiser, data_of(epoch))
        record.mark("epoch_stop", epoch)
        if held_out is not None and epoch >= first and (epoch - first) % every == 0:
            record.mark("eval_start", epoch)
            evaluate(model, held_out)
            record.mark("eval_stop", epoch)


def run_cnn(record):
    data = images(1500)
    train(record, cnn(), 30, lambda _: data)


def run_mlp(record):
    data = images(3000)
    train(record, mlp(), 30, lambda _: data)


def run_transformer(record):
    data = tokens(700)
    train(record, Transformer(), 30, lambda _: data)


def run_cnn_validated(record):
    data, held_out = images(1500), images(1500)
    train(record, cnn(), 30, lambda _: data, held_out, first=2, every=2)


def run_mlp_late_validation(record):
    data, held_out = images(2500), images(2500)
    train(record, mlp(), 36, lambda _: data, held_out, first=12)


def run_cnn_compiled(record):
    data = images(1536)
    train(record, torch.compile(cnn()), 40, lambda _: data)


def run_transformer_growing(record):
    data = {n: tokens(600, 32 + 3 * n) for n in range(1, 31)}
    train(record, Transformer(), 30, data.get)


RUNS = {
    "cnn": run_cnn, "mlp": run_mlp, "transformer": run_transformer, "cnn_validated": run_cnn_validated,
    "mlp_late_validation": run_mlp_late_validation, "cnn_compiled": run_cnn_compiled, "transformer_growing": run_transformer_growing,
}


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or RUNS:
        torch.manual_seed(1)
        record = Recorder(directory, f"{name}__cpu")
        RUNS[name](record)
        record.finish()
        print(name, "recorded", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
