"""The rule by which a training stops early, as told or as its framework has it."""


def number_of(value):
    """A float of whatever a framework gives (tensors and numpy's numbers too); None where it is none."""
    try:
        return float(value)
    except Exception:
        return None


def follow(run, rule):
    """From now on the run's forecasts have a likely end. Nothing where no rule is given, or the run goes on elsewhere."""
    run._rule = rule
    if rule and run.running:
        run._guarded(lambda: run._session.follow(**rule))


def found(run, metric, target=None, patience=None, min_delta=0.0, larger=None):
    """A framework's own early stopping, unless track(metric=...) told another. `larger` None: as the metric's name says, if it does."""
    if run._rule or not metric or (target is None and patience is None):
        return
    if larger is None:
        from . import _core
        larger = _core.larger_is_better(metric)
    if larger is not None:
        follow(run, {"metric": metric, "target": number_of(target), "patience": number_of(patience), "min_delta": abs(number_of(min_delta) or 0.0), "larger": bool(larger)})


def tell(run, figures):
    """The followed metric's value among those that a framework has after an evaluation."""
    name = run._rule["metric"] if run._rule else None
    if name is not None and figures and run.running:
        value = number_of(figures.get(name))
        if value is not None:
            run.metric(name, value)
