"""Hugging Face: Trainer(callbacks=[carbontracker.transformers.CarbontrackerCallback(place="DK")]).

Progress comes from the trainer: its planned epochs, and steps as fractions of one. Only the first rank of a node measures.
"""
from transformers import TrainerCallback

from . import _early
from ._api import track


class CarbontrackerCallback(TrainerCallback):
    """Arguments are those of carbontracker.track(). `run` is the Run, after training too; evaluation is a region, and an
    EarlyStoppingCallback beside it gives the forecast a likely end."""

    def __init__(self, **options):
        self._options = options
        self.run = track(**options)
        self._evaluating = False

    def on_train_begin(self, args, state, control, **kwargs):
        if self.run.stopped:  # a second train() is a second run
            self.run = track(**self._options)
        self.run.start()
        self._steps = state.max_steps / state.num_train_epochs if state.num_train_epochs else state.max_steps
        self.run.plan(state.max_steps / self._steps)
        self.run._guarded(self._find_early_stopping, args, state)

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.run.done = float(round(state.epoch or 0))
        self.run.epoch_begin()

    def on_step_end(self, args, state, control, **kwargs):
        self.run.step(state.global_step / self._steps, self.run.planned, "epoch")

    def on_prediction_step(self, args, state, control, **kwargs):
        if self.run.running and not self._evaluating:
            self._evaluating = True
            self.run.region_begin("validate")

    def on_evaluate(self, args, state, control, **kwargs):
        if self._evaluating:
            self._evaluating = False
            self.run.region_end("validate")
        self.run._guarded(_early.tell, self.run, kwargs.get("metrics"))

    on_predict = on_evaluate

    def _find_early_stopping(self, args, state):
        metric = args.metric_for_best_model
        for kept in (getattr(state, "stateful_callbacks", None) or {}).values():  # what the trainer's callbacks keep in a checkpoint
            told = (kept[0] if isinstance(kept, list) else kept).get("args", {})
            if metric and "early_stopping_patience" in told:
                name = metric if metric.startswith("eval_") else f"eval_{metric}"
                _early.found(self.run, name, patience=told["early_stopping_patience"], min_delta=told.get("early_stopping_threshold"), larger=bool(args.greater_is_better))

    def on_epoch_end(self, args, state, control, **kwargs):
        self.run.epoch_end(state.global_step / self._steps)

    def on_train_end(self, args, state, control, **kwargs):
        self.run.stop()
