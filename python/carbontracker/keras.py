"""Keras 3, on any backend: model.fit(..., callbacks=[carbontracker.keras.CarbontrackerCallback(place="DK")])."""
from keras.callbacks import Callback

from ._api import track


class CarbontrackerCallback(Callback):
    """Arguments are those of carbontracker.track(). Epochs and batches are taken from fit(), validation is a region."""

    def __init__(self, **options):
        super().__init__()
        self._options = options
        self.run = track(**options)
        self._epoch = 0

    def on_train_begin(self, logs=None):
        if self.run.stopped:  # a second fit() is a second run
            self.run = track(**self._options)
        self.run.start()
        if self.params.get("epochs"):
            self.run.plan(self.params["epochs"])

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

    def on_train_end(self, logs=None):
        self.run.stop()
