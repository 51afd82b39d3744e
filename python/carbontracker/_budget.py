"""A limit on energy or carbon, looked at with every mark."""
import time

from . import _log
from ._errors import BudgetExceeded

_EVERY = 0.5  # seconds between looks at steps; an epoch's end is always looked at


class Budget:
    def __init__(self, words, amount, on_budget):
        self.words = words
        self.joules, self.grams = amount
        self.on_budget = on_budget
        self.passed = self.warned = False
        self._next = 0.0

    def exceeded_by(self, figures):
        """Whether joules (of the devices) or grams in a snapshot or forecast are above the limit."""
        spent, limit = (figures["joules"], self.joules) if self.joules else (figures["grams"], self.grams)
        return spent is not None and spent > limit

    def look(self, run, at_epoch):
        now = time.monotonic()
        if not at_epoch and now < self._next:
            return
        self._next = now + _EVERY
        if self.passed:
            self._stop_if_asked()
            return
        seen = run.snapshot()
        if seen is None:
            return
        if self.exceeded_by(seen):
            self.passed = True
            self._tell(run)
        elif at_epoch and not self.warned:
            self._look_ahead(run)

    def _look_ahead(self, run):
        forecast = run.forecast()
        if forecast is None or not self.exceeded_by(forecast):
            return
        self.warned = True
        end = forecast.get("likely_end")
        if end and not self.exceeded_by(end):
            _log.warn("carbontracker: the plan's end would pass the budget of %s; by %s this run is likely to end within it, after %g %ss",
                      self.words, end["metric"], round(end["units"], 2), forecast["unit"])
        else:
            _log.warn("carbontracker: this run is forecast to pass its budget of %s", self.words)

    def _tell(self, run):
        if callable(self.on_budget):
            run._call(self.on_budget, run)
            return
        if self.on_budget == "warn":
            _log.warn("carbontracker: the budget of %s is spent", self.words)
        self._stop_if_asked()

    def _stop_if_asked(self):
        if self.on_budget == "stop":
            raise BudgetExceeded(f"the budget of {self.words} is spent")
