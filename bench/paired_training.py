"""A small real PyTorch training in blocks of about 1 s, with and without a tracker around it, in pairs of random order: prints
[[[wall, processor seconds] bare, [...] tracked], ...] as JSON. Each block is the same work; what begins and ends a run is not timed."""
import json
import random
import sys
import time

import torch
from torch import nn

import carbontracker

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 60

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
    with carbontracker.track("paired", epochs=10, keep=False) as run:
        time.sleep(0.05)  # the sensors are open
        return block(steps, run)


def main():
    epoch(50)
    begin = time.perf_counter()
    epoch(100)
    steps = max(1, round(100 * 0.1 / (time.perf_counter() - begin)))
    pairs = []
    for _ in range(PAIRS):
        if random.random() < 0.5:
            first = block(steps)
            pairs.append((first, tracked(steps)))
        else:
            second = tracked(steps)
            pairs.append((block(steps), second))
    print(json.dumps(pairs))


main()
