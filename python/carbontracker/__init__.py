"""Measures, predicts and explains the energy and carbon of training.

    with carbontracker.track("resnet", epochs=10) as run:
        for epoch in run.epochs(range(10)):
            ...
    print(run.report())

Nothing is loaded before it is used: what is named here comes from the modules beside this file at first sight.
"""

_HOMES = {
    "track": "_api", "current": "_api", "Run": "_api", "Report": "_api",
    "Error": "_errors", "InvalidInput": "_errors", "BudgetExceeded": "_errors",
    "sources": "_core", "table_intensity": "_core", "footprint": "_core", "equivalents": "_core", "__version__": "_core",
}

__all__ = sorted(name for name in _HOMES if not name.startswith("_"))


_MODULES = ("sinks",)  # carbontracker.sinks without an import of its own


def __getattr__(name):
    if name in _MODULES:
        return __import__(f"{__name__}.{name}", fromlist=["*"])
    if name in _HOMES:
        module = __import__(f"{__name__}.{_HOMES[name]}", fromlist=["*"])
        value = globals()[name] = getattr(module, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_HOMES})
