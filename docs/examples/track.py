"""A training loop that tells carbontracker of its epochs and measures its validation apart."""
import time

import carbontracker


def train():
    time.sleep(0.1)


with carbontracker.track("example", epochs=3, place="DK") as run:
    for epoch in run.epochs(range(3)):
        train()
        with run.region("validate"):
            time.sleep(0.02)

print(run.report())
