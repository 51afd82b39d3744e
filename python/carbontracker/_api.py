"""track() and what it gives: Run while it runs, Report when asked."""
from . import _checks
from ._errors import BudgetExceeded, InvalidInput
from ._run import Report, Run


def track(name=None, *, epochs=None, project=None, tags=None, place=None, pue=None, budget=None, on_budget="warn",
          on_forecast=None, metric=None, target=None, patience=None, min_delta=0.0, mode=None, sinks=(), output=None, keep=True, wait=False, resume=None, verbose=None, live=None):
    """Measures what runs inside: `with track("name", epochs=10) as run:`, or `@track` above a function.

    epochs       how many are planned; without it there is no forecast unless the loop itself tells (run.epochs(range(10)))
    place        "DK", "US-CA", "aws:eu-west-1", "55.68,12.57"; found on the machine where it is left out
    pue          overhead of the building, 1 to 10
    budget       "5 kWh" (of the devices) or "2 kg" (CO2e, PUE included)
    on_budget    "warn", "stop" (BudgetExceeded at the next mark, in your own thread), or a function of the run
    on_forecast  a function of (run, forecast), called after each epoch that has one
    metric       the name of what run.metric(name, value) tells and the training stops early by: forecasts then have a likely end
    target       ... it stops when the metric reaches this
    patience     ... or after this many evaluations without a new best (by more than min_delta)
    mode         "min" or "max": which is better, where the metric's name does not say so (loss, accuracy, ...)
    sinks        functions of (figures, step) or the loggers of carbontracker.sinks
    output       a file for the JSON report
    keep         in the store, for `carbontracker report`
    wait         regions and epochs end when the devices' queues are empty (PyTorch and JAX, if loaded)
    resume       the id of a run to go on with
    live         True: a provider is asked about the grid while it runs, as `carbontracker run --live` does; or the provider's name, "electricity_maps". By default the setting `live`
                 decides; the setting `offline` (CARBONTRACKER_OFFLINE) forbids it always
    verbose      1: the summary on stderr at the end; 0: nothing is printed, not even by a logging that nobody has set up; else logging decides

    Raises InvalidInput (a ValueError) for arguments that make no sense. After that no fault of ours reaches the training.
    """
    if callable(name) or isinstance(name, (classmethod, staticmethod)):
        return track()(name)
    options = {
        "name": _checks.text(name, "name"),
        "project": _checks.text(project, "project"),
        "tags": _checks.tags(tags),
        "place": _checks.place(place),
        "pue": _checks.number(pue, "pue", low=1, high=10),
        "epochs": _checks.number(epochs, "epochs", above=0) or 0.0,
        "keep": _checks.flag(keep, "keep"),
        "output": _checks.path(output, "output"),
        "resume": _checks.text(resume, "resume"),
        "live": _checks.live(live),
    }
    limit = _checks.budget(budget)
    _checks.choice(on_budget, "on_budget", ("warn", "stop"))
    _checks.function(on_forecast, "on_forecast")
    rule = _checks.stop_rule(metric, target, patience, min_delta, mode)
    return Run(options, (budget, limit, on_budget) if limit else None, on_forecast, _checks.sinks(sinks), _checks.flag(wait, "wait"), _checks.verbosity(verbose), rule)


def current():
    """The innermost run that is active in this process, or None."""
    from ._run import active
    return active[-1] if active else None


__all__ = ["track", "current", "Run", "Report", "InvalidInput", "BudgetExceeded"]
