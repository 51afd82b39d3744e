"""Hugging Face Accelerate: Accelerator(log_with=carbontracker.accelerate.CarbontrackerTracker(place="DK")).

Progress is the `step` of accelerator.log(), out of the max_train_steps in the config of init_trackers(). One process of a node measures.
The Run itself is accelerator.get_tracker("carbontracker", unwrap=True): `for epoch in run.epochs(range(10))` tells of epochs as well.
"""
from accelerate.tracking import GeneralTracker

from ._api import track

_STEPS = ("max_train_steps", "max_steps", "num_training_steps", "total_steps", "num_steps")


def _planned(config):
    for name in _STEPS:
        value = config.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            return float(value)
    return 0.0


class CarbontrackerTracker(GeneralTracker):
    """Arguments are those of carbontracker.track(). `run` is the Run, after end_training() too."""

    name = "carbontracker"
    requires_logging_directory = False
    main_process_only = False  # each node's first process measures its node

    def __init__(self, **options):
        super().__init__()
        self.run = track(**options)
        self._steps = 0.0

    @property
    def tracker(self):
        return self.run

    def start(self):
        self.run.start()

    def store_init_configuration(self, values):
        self._steps = _planned(values)

    def log(self, values, step=None, **_ignored):
        if step is not None and self.run.running:
            self.run.step(step, self._steps)

    def finish(self):
        self.run.stop()
