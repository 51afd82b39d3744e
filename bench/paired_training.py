"""A small real PyTorch training in blocks of about 0.5 s, with and without a tracker around it, in pairs of random order: prints
[[[wall, processor seconds] bare, [...] tracked], ...] as JSON. Each block is the same work after the same doings: a run is begun,
its sensors open, and before a bare block it is ended again. Beginning and end are not timed."""
import json
import random
import sys
import time

import torch
from torch import nn

import carbontracker

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 120

torch.set_num_threads(1)
torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 16, 10))
optimiser = torch.optim.SGD(model.parameters(), lr=1e-3)
images, labels = torch.rand(64, 1, 8, 8), torch.randint(0, 10, (64,))


def epoch(steps):
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimiser.step()


def block(steps, run=None):
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(10):
        if run is None:
            epoch(steps)
        else:
            run.epoch_begin()
            epoch(steps)
            run.epoch_end()
    return time.perf_counter() - wall, time.process_time() - cpu


def tracked(steps):
    with begun() as run:
        return block(steps, run)


def bare(steps):
    begun().stop()
    return block(steps)


def begun():
    run = carbontracker.track("paired", epochs=10, keep=False).start()
    time.sleep(0.05)  # the sensors are open
    return run


def main():
    epoch(50)
    begin = time.perf_counter()
    epoch(100)
    steps = max(1, round(100 * 0.05 / (time.perf_counter() - begin)))
    pairs = []
    for _ in range(PAIRS):
        kinds = [bare, tracked]
        random.shuffle(kinds)
        times = {kind: kind(steps) for kind in kinds}
        pairs.append((times[bare], times[tracked]))
    print(json.dumps(pairs))


main()
