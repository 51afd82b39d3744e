"""PyTorch Lightning: Trainer(callbacks=[carbontracker.lightning.CarbontrackerCallback(place="DK")])."""
try:
    from lightning.pytorch.callbacks import Callback, EarlyStopping
except ImportError:
    from pytorch_lightning.callbacks import Callback, EarlyStopping

from . import _early
from ._api import track


class CarbontrackerCallback(Callback):
    """Arguments are those of carbontracker.track(). Epochs and batches are taken from the trainer, validation is a region, and an
    EarlyStopping beside it gives the forecast a likely end."""

    def __init__(self, **options):
        self._options = options
        self.run = track(**options)
        self._at_epoch_end = True

    def _find_early_stopping(self, trainer):
        stopping = next((each for each in trainer.callbacks if isinstance(each, EarlyStopping)), None)
        if stopping is None:
            return
        self._at_epoch_end = getattr(stopping, "_check_on_train_epoch_end", True) is not False
        _early.found(self.run, stopping.monitor, stopping.stopping_threshold, stopping.patience, stopping.min_delta, stopping.mode == "max")

    def on_train_start(self, trainer, pl_module):
        if self.run.stopped:  # a second fit() is a second run
            self.run = track(**self._options)
        self.run.start()
        if trainer.max_epochs and trainer.max_epochs > 0:
            self.run.plan(trainer.max_epochs)
        self.run._guarded(self._find_early_stopping, trainer)

    def on_train_epoch_start(self, trainer, pl_module):
        self.run.done = float(trainer.current_epoch)
        self.run.epoch_begin()

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        batches = trainer.num_training_batches  # inf for a stream
        if self.run.planned and 0 < batch_idx + 1 < batches < float("inf"):
            self.run.step(trainer.current_epoch + (batch_idx + 1) / batches, self.run.planned, "epoch")
        elif trainer.max_steps > 0 and not self.run.planned:
            self.run.step(trainer.global_step, trainer.max_steps)

    def on_validation_start(self, trainer, pl_module):
        if self.run.running and not trainer.sanity_checking:
            self.run.region_begin("validate")

    def on_validation_end(self, trainer, pl_module):
        if self.run.running and not trainer.sanity_checking:
            self.run.region_end("validate")
            if not self._at_epoch_end:
                self.run._guarded(_early.tell, self.run, trainer.callback_metrics)

    def on_train_epoch_end(self, trainer, pl_module):
        self.run.epoch_end(trainer.current_epoch + 1)
        if self._at_epoch_end:
            self.run._guarded(_early.tell, self.run, trainer.callback_metrics)

    def on_train_end(self, trainer, pl_module):
        self.run.stop()

    def on_exception(self, trainer, pl_module, exception):
        self.run.stop(130 if isinstance(exception, KeyboardInterrupt) else 1)
