"""Keras 3, on any backend: model.fit(..., callbacks=[carbontracker.keras.CarbontrackerCallback(place="DK")])."""
import sys

from keras.callbacks import Callback, EarlyStopping

from . import _early
from ._api import track


def _early_stopping(callback):
    """The EarlyStopping beside ours: Keras tells a callback nothing of the others, but the list that calls it has them."""
    frame = sys._getframe(2)
    for _ in range(3):
        beside = getattr(frame.f_locals.get("self"), "callbacks", None) if frame is not None else None
        if isinstance(beside, list) and any(each is callback for each in beside):
            return next((each for each in beside if isinstance(each, EarlyStopping)), None)
        frame = frame.f_back if frame is not None else None
    return None


class CarbontrackerCallback(Callback):
    """Arguments are those of carbontracker.track(). Epochs and batches are taken from fit(), validation is a region, and an EarlyStopping beside it gives
    the forecast a likely end."""

    def __init__(self, **options):
        super().__init__()
        self._options = options
        self.run = track(**options)
        self._epoch = 0
        self._stopping = None

    def on_train_begin(self, logs=None):
        if self.run.stopped:  # a second fit() is a second run
            self.run = track(**self._options)
        self.run.start()
        if self.params.get("epochs"):
            self.run.plan(self.params["epochs"])
        self._stopping = self.run._guarded(_early_stopping, self)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self.run.done = float(epoch)
        self.run.epoch_begin()

    def on_train_batch_end(self, batch, logs=None):
        steps = self.params.get("steps")
        if steps and batch + 1 < steps:
            self.run.step(self._epoch + (batch + 1) / steps, self.run.planned, "epoch")

    def on_test_begin(self, logs=None):
        if self.run.running:  # not an evaluate() on its own
            self.run.region_begin("validate")

    def on_test_end(self, logs=None):
        if self.run.running:
            self.run.region_end("validate")

    def on_epoch_end(self, epoch, logs=None):
        self.run.epoch_end(epoch + 1)
        self.run._guarded(self._tell_metric, epoch, logs)

    def _tell_metric(self, epoch, logs):
        stopping = self._stopping
        if stopping is not None:
            if epoch < stopping.start_from_epoch:
                return
            better = stopping.monitor_op  # None until the metrics are built
            larger = None if better is None else bool(better(1.0, 0.0))
            _early.found(self.run, stopping.monitor, patience=stopping.patience, min_delta=stopping.min_delta, larger=larger)
        _early.tell(self.run, logs)

    def on_train_end(self, logs=None):
        self.run.stop()
