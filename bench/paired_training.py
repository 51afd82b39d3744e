"""A small real PyTorch training in blocks of about 0.1 s, an epoch each, one tracked and one bare by turns, many times: prints
[[[wall, processor seconds] bare, [...] tracked], ...] as JSON. A machine's speed wavers by as much from one block to the next whether
blocks are long or short, so many short pairs tell more than few long ones. A tracked block begins at a moment of the run taken by
lot, so that whatever the tracker does at any time is met as often as it occurs; beginning and end of the run are not timed, and before
each block the training has the caches to itself again."""
import json
import random
import sys
import time

import torch
from torch import nn

import carbontracker

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 400

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
    epoch(steps)  # warm again
    wall, cpu = time.perf_counter(), time.process_time()
    if run is not None:
        run.epoch_begin()
    epoch(4 * steps)
    if run is not None:
        run.epoch_end()
    return time.perf_counter() - wall, time.process_time() - cpu


def tracked_block(steps):
    with carbontracker.track("paired", epochs=4, keep=False) as run:
        until = time.perf_counter() + random.uniform(0, 1)  # any phase of the sensors' second
        while time.perf_counter() < until:
            epoch(1)
        return block(steps, run)


def pair(steps, bare_first):
    """Which of the two comes first must not matter: a machine's second minute is not its first."""
    if bare_first:
        return block(steps), tracked_block(steps)
    tracked = tracked_block(steps)
    return block(steps), tracked


def main():
    epoch(50)
    begin = time.perf_counter()
    epoch(100)
    steps = max(1, round(100 * 0.025 / (time.perf_counter() - begin)))
    print(json.dumps([pair(steps, bare_first=i % 2 == 1) for i in range(PAIRS)]))


main()
