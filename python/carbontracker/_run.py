"""A tracked run: begins, marks, figures, end."""
import os
from _thread import RLock

from . import _device, _early, _endings, _live, _log, _processes
from ._errors import BudgetExceeded, InvalidInput
from ._report import Report
from ._scope import Scope

active = []  # runs that have begun and not ended, the innermost last


def _forked():
    """In the child of a fork: its copies are dead (their session knows), and locks that other threads held are made anew."""
    for run in active:
        run._lock = RLock()
        run.stopped = True
    active.clear()
    _processes.forget()


os.register_at_fork(after_in_child=_forked)


class Run:
    """Made by carbontracker.track(). Members may be called from any thread."""

    def __init__(self, options, budget, on_forecast, sinks, wait, verbose, rule=None):
        self._options, self._budget_words, self._on_forecast = options, budget, on_forecast
        self._sinks, self._wait, self._verbose, self._rule = sinks, bool(wait), verbose, rule
        self._lock = RLock()
        self._session = self._budget = self._live = self._final = None
        self._part = self._open = None
        self._told = set()
        self._told_sinks = ({}, 0.0)
        self.name, self.planned, self.done = options["name"], options["epochs"], 0.0
        self.stopped = self._let_go = False

    # --- begin and end ---

    def start(self):
        """Begins to measure; `with` does it. Starting twice does nothing."""
        with self._lock:
            if self._session is not None:
                if self.stopped and self._session.alive:
                    self._warn_once("a run that has ended does not begin again; call carbontracker.track() for another")
                return self
            if self._verbose == 0 and self._verbose is not None:
                _log.quiet()
            self._session = self._begin()
            _early.follow(self, self._rule)
            if self._budget_words:
                from ._budget import Budget
                self._budget = Budget(*self._budget_words)
            active.append(self)
            _endings.watch(self)
        return self

    def _begin(self):
        try:
            from . import _core
            self._part = _processes.Part(self._options["name"])
            options = dict(self._options, silent=self._part.silent is not None, visible=_processes.visible_devices())
            if self._part.silent is None and not options["resume"]:
                options["run_id"] = _processes.shared_run_id() or ""
                options["attempt"] = _processes.attempt() if options["run_id"] else 0
            if self._part.silent is None and _processes.unseen_gpus():
                _log.warn("carbontracker: %d GPUs of this job belong to other ranks alone: in the run as it is kept those ranks' trackers count them, and a rank "
                          "without a tracker leaves its own out; srun --gpu-bind=none shows them all to each",
                          _processes.unseen_gpus())
            session = _live.session(_core, options, _log.warn)
            if session.attached:
                self._tell_left_out()
            return session
        except BaseException as error:
            if self._part is not None:
                self._part.leave()
            if isinstance(error, InvalidInput) or not isinstance(error, Exception):
                raise
            _log.fault("carbontracker: nothing is measured; the training goes on")
            from ._nothing import Nothing
            return Nothing(f"{type(error).__name__}: {error}")

    def stop(self, exit_code=0):
        """Ends it and returns the Report. Later calls return it again."""
        with self._lock:
            if self._session is None or self.stopped:
                return self.report()
            self.stopped = True
            if self in active:
                active.remove(self)
            _endings.leave(self)
            if self._part is not None:
                self._part.leave(exit_code)
            self._final = self._guarded(self._session.finish, exit_code)
            self._guarded(self._tell_troubles)
            self._guarded(self._tell_sinks, True)
            if self._session.attached and self._options["output"]:
                self._guarded(self._write_output)
            if self._live is not None:
                self._guarded(self._live.end, self)
            if self._verbose and self._session.measuring:
                self._guarded(self._print)
        return self.report()

    def _end(self, exit_code):
        self._let_go = True
        self.stop(exit_code)

    def _tell_troubles(self):
        for what, hint in self._session.troubles():
            _log.warn("carbontracker: %s%s", what, f": {hint}" if hint else "")

    def _tell_left_out(self):
        left_out = [name for name in ("project", "tags", "place", "pue", "resume", "live") if self._options.get(name)]
        if left_out:
            _log.warn("carbontracker: %s: left out, for the run is that of carbontracker run around this program; give them there", ", ".join(left_out))

    def _write_output(self):
        try:
            with open(self._options["output"], "w", encoding="utf-8") as file:
                file.write(self._final + "\n")
        except OSError as error:
            _log.warn("carbontracker: writing %s: %s", self._options["output"], error.strerror)

    def _print(self):
        import sys
        if sys.stderr is not None:
            sys.stderr.write(self._session.summary())

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        self.stop(_endings.code_of(kind, error))
        return False

    def __call__(self, function):
        """As a decorator: each call of the function is a run of its own."""
        from ._decorate import decorate, is_function
        if not is_function(function):
            raise TypeError("carbontracker.track() decorates a function")
        return decorate(function, lambda: self._again(getattr(function, "__qualname__", "")))

    def _again(self, name):
        options, *rest = self._made_of()
        options["name"] = options["name"] or name
        return Run(options, *rest)

    # --- copies: of a run that has begun there is one, and what another process gets of it tells that ---

    def __copy__(self):
        return self if self._session is not None else self.__deepcopy__({})

    def __deepcopy__(self, _memo):
        return self if self._session is not None else Run(*self._made_of())

    def __reduce__(self):
        return (Run, self._made_of()) if self._session is None else (_left_behind, (self._options["name"],))

    def _made_of(self):
        return dict(self._options), self._budget_words, self._on_forecast, self._sinks, self._wait, self._verbose, self._rule

    # --- marks ---

    def epochs(self, iterable):
        """Yields from it, each turn an epoch; its length is the plan where none was given."""
        if not self.planned and _length(iterable):
            self.plan(_length(iterable))
        for item in iterable:
            self.epoch_begin()
            try:
                yield item
            except GeneratorExit:  # left within an epoch: it ends here, and is none of the finished ones
                if self.running:
                    self._mark("epoch_end", done=self.done, of=self.planned, unit="epoch")
                raise
            self.epoch_end()

    def steps(self, iterable, of=None):
        """Yields from it, each turn a step: progress for loops without epochs."""
        total = of if of is not None else _length(iterable)
        for done, item in enumerate(iterable, 1):
            yield item
            self.step(done, total)

    def epoch(self):
        """`with run.epoch():`"""
        return Scope(self.epoch_begin, self.epoch_end)

    def region(self, name, wait=None):
        """`with run.region("validate"):` wait: see track()."""
        waits = self._wait if wait is None else wait
        return Scope(lambda: self.region_begin(name, waits), lambda: self.region_end(name, waits))

    def plan(self, units, unit="epoch"):
        units = self._number(units, "plan")
        if units is not None:
            self.planned = units
            self._mark("plan", of=units, unit=unit)

    def epoch_begin(self):
        self._mark("epoch_begin", done=self.done, of=self.planned, unit="epoch")

    def epoch_end(self, done=None):
        """`done`: how many are finished now; by default one more."""
        if self._wait:
            _device.wait()
        done = self._number(self.done + 1 if done is None else done, "epoch_end")
        if done is None:
            return
        self.done = done
        self._mark("epoch_end", done=self.done, of=self.planned, unit="epoch")
        self._after_mark(True)

    def step(self, done, of=0, unit="step"):
        done, of = self._number(done, "step"), self._number(of or 0, "step")
        if done is not None and of is not None:
            self._mark("step", done=done, of=of, unit=unit)
            self._after_mark(False)

    def metric(self, name, value):
        """A value of a metric, told after each evaluation: kept with the run, and what track(metric=...) follows."""
        if (value := _early.number_of(value)) is None:
            self._warn_once("metric() was given what is no number; it is left out")
        elif self._marks():
            self._guarded(lambda: self._session.metric(name if type(name) is str else str(name), value))

    def region_begin(self, name, wait=False):
        if wait:
            _device.wait()
        self._mark("region_begin", name)

    def region_end(self, name, wait=False):
        if wait:
            _device.wait()
        self._mark("region_end", name)
        self._after_mark(False)

    def _mark(self, kind, name="", done=0.0, of=0.0, unit=""):
        if not self._marks():
            return
        try:
            self._session.mark(kind, name if type(name) is str else str(name), done, of, unit)
        except Exception:
            if kind not in self._told:
                self._told.add(kind)
                _log.fault("carbontracker: a mark failed and is left out; the training goes on")

    def _marks(self):  # whether they can be taken now; a word where not
        if self._session is None:
            self._warn_once("a mark before the run has begun is left out; call start(), or use `with`")
        elif not self.stopped or not self._session.alive:
            return True
        elif not self._let_go:  # by the process's end, of which a thread in the background need not know
            self._warn_once("a mark after the run has ended is left out")
        return False

    def _number(self, value, method):
        """A float of 0 or more, or None with a word about it."""
        number = _early.number_of(value)
        if number is not None and 0 <= number < float("inf"):
            return number
        self._guarded(lambda: self._warn_once(f"{method}() was given {value!r:.40}, which is no number of 0 or more; it is left out"))
        return None

    def _after_mark(self, at_epoch):
        if self._session is None or self.stopped or not self._session.alive:
            return
        if at_epoch:
            if self._on_forecast is not None:
                forecast = self._guarded(self.forecast)
                if forecast is not None:
                    self._call(self._on_forecast, self, forecast)
            self._guarded(self._tell_sinks, False)
        if self._live is not None:
            self._guarded(self._live.update, self)
        if self._budget is not None:
            self._guarded(self._budget.look, self, at_epoch)

    # --- figures ---

    @property
    def id(self):
        return self._session.id if self._session is not None else ""

    @property
    def attached(self):
        """Inside `carbontracker run`: the wrapper measures, and this run tells it of its epochs and regions."""
        return self._session is not None and self._session.attached

    @property
    def measuring(self):
        return self._session is not None and self._session.measuring

    @property
    def _state(self):
        return "finished" if self.stopped else "not begun" if self._session is None else "running"

    @property
    def running(self):
        """Begun and not ended, whoever measures."""
        return self._session is not None and not self.stopped

    def why_not(self):
        """Why there are no figures here; empty where there are."""
        if self._session is None:
            return "not begun"
        if self.measuring:
            return "" if self._session.alive else "a forked copy of the process that measures"
        if self.attached:
            return "" if self._session.snapshot() is not None else "measured by carbontracker run, which does not answer"
        return self._session.forecast_reason() if self._part is None or not self._part.silent else self._part.silent

    def snapshot(self):
        """Everything so far as a dict, or None where nobody measures (why_not()). Inside `carbontracker run` it is of the wrapper's run,
        from its beginning; so are the forecast and the report."""
        return self._session.snapshot() if self._session is not None else None

    def forecast(self):
        """The newest forecast of the whole run as a dict, or None (forecast_reason())."""
        return self._session.forecast() if self._session is not None else None

    def forecast_reason(self):
        return self._session.forecast_reason() if self._session is not None else "not begun"

    def report(self):
        if self._final is not None:
            return Report(self._final, self._session)
        return Report(self._session.report() if self._session is not None else "{}", self._session)

    def live(self):
        """Shows this run in the notebook's cell and keeps the view up to date."""
        if self._live is None:
            from ._html import Live
            self._live = Live(self)
        return self

    def _repr_html_(self):
        from ._html import run_html
        return run_html(self)

    def __repr__(self):
        return f"<carbontracker.Run {' '.join(filter(None, (repr(self.name), self.id, self._state)))}>"

    # --- never in the way ---

    def _tell_sinks(self, final):
        if not self._sinks:
            return
        from .sinks import figures
        seen = figures(self, final)
        if not seen:
            return
        for sink in self._sinks:
            self._call(getattr(sink, "log", sink), seen, int(self.done))
            if final and hasattr(sink, "finish"):
                self._call(sink.finish, self)

    def _call(self, function, *arguments):
        """The user's own functions: what they raise is told and passed over, unless it is BudgetExceeded."""
        try:
            function(*arguments)
        except BudgetExceeded:
            raise
        except Exception:
            _log.fault("carbontracker: a callback failed; the training goes on")

    def _guarded(self, function, *arguments):
        try:
            return function(*arguments)
        except BudgetExceeded:
            raise
        except Exception:
            _log.fault("carbontracker: a fault of ours; the training goes on")
            return None

    def _warn_once(self, text):
        if text not in self._told:
            self._told.add(text)
            _log.warn("carbontracker: %s", text)


def _left_behind(name):
    """What becomes of a run that has begun when it is pickled: in the other process it does nothing."""
    from ._nothing import Nothing
    run = Run({"name": name, "epochs": 0.0, "output": "", "live": False}, None, None, (), False, None)
    run._session, run.stopped = Nothing("a copy: the run is measured where it began"), True
    return run


def _length(iterable):
    """0 where it has none, or does not know (a loader of a stream has the method, and it raises one thing or another)."""
    try:
        return len(iterable)
    except Exception:
        return 0
