"""What the tests of the tools' interfaces do with the meter of conftest.py."""
import csv
import pathlib
import re

STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - ", re.M)


def train(tracker, meter, epochs, seconds=60.0):
    for _ in range(epochs):
        tracker.epoch_start()
        meter.made[-1].wait(seconds)
        tracker.epoch_end()


def read(tracker, kind):
    """A log without its time stamps."""
    return STAMP.sub("", pathlib.Path(tracker.log_paths[kind]).read_text())


def rows(path="emissions.csv"):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def wait(meter, seconds):
    """Of the newest tracker's meter."""
    next(made for made in reversed(meter.made) if made.options.get("keep")).wait(seconds)
